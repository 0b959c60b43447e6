from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.widgets.correct.marks import NAME, Marks
from napari_nuclei.widgets.correct.shown_part import shown_part


@pytest.fixture
def marked(volume):
    labels = volume.layers["nuclei"]
    labels.scale = (3, 0.5, 0.5)
    volume.scene.camera.zoom = 8
    volume.dims.set_current_step(0, 1)
    return Marks(volume), labels, shown_part(volume, labels)


def test_lines_lie_on_the_plane_and_leave_the_active_layer(marked, volume) -> None:
    marks, labels, part = marked
    marks.show_path(labels, part, [(1, 2), (5, 2), (5, 9)], closed=True)
    assert marks.layer.data[:, 0].tolist() == [[1, 1, 2], [1, 5, 2], [1, 5, 9]]
    assert marks.layer.data.sum(axis=1)[-1].tolist() == [1, 1, 2]
    assert volume.layers.selection.active is labels and not marks.adding
    np.testing.assert_array_equal(marks.layer.scale, labels.scale)
    assert marks.layer.edge_width == pytest.approx(2 / (0.5 * 8))


def test_the_ring_stays_when_the_stroke_is_cleared(marked) -> None:
    marks, labels, part = marked
    marks.show_ring(labels, part, (30, 50), 20)
    ring = marks.layer.data.copy()
    distance = np.hypot(*(ring[:, 0, 1:] - (30, 50)).T)
    np.testing.assert_allclose(distance, 13.5)
    marks.show_cross(labels, part, (30, 50))
    assert len(marks.layer.data) == len(ring) + 2
    marks.clear_stroke()
    np.testing.assert_array_equal(marks.layer.data, ring)
    marks.clear_ring()
    # napari's 3-D view fails to draw vectors of a 2-D layer that has none.
    assert len(marks.layer.data) == 0 and not marks.layer.visible
    marks.show_cross(labels, part, (30, 50))
    assert marks.layer.visible


def test_the_layer_comes_back_and_goes_with_the_dock(marked, volume) -> None:
    marks, labels, part = marked
    marks.show_path(labels, part, [(1, 2), (5, 2)])
    volume.layers.remove(NAME)
    marks.show_path(labels, part, [(1, 2), (5, 2)])
    assert [layer.name for layer in volume.layers] == ["nuclei", NAME]
    marks.remove()
    marks.remove()
    assert [layer.name for layer in volume.layers] == ["nuclei"]
