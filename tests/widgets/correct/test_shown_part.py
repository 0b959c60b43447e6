from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from napari.components import ViewerModel

from napari_nuclei.core.correct.delete import delete
from napari_nuclei.widgets.correct.shown_part import (
    shown_part,
    spans_slices,
    steps_of,
    write_edit,
)


def test_the_part_is_a_view_of_the_plane_on_display(volume) -> None:
    layer = volume.layers["nuclei"]
    part = shown_part(volume, layer)
    assert np.shares_memory(part.labels, layer.data[1])
    assert part.axes == (1, 2) and part.slice_index is None
    assert part.label_at((30.4, 29.6)) == 1 and part.label_at((-1, 0)) == 0


def test_a_volume_has_its_slices_first_whatever_the_order_of_the_axes(volume) -> None:
    layer = volume.layers["nuclei"]
    volume.dims.order = (0, 2, 1)
    part = shown_part(volume, layer, volume=True)
    assert part.labels.shape == (4, 192, 128) and part.slice_index == 1
    assert part.label_at((52, 30)) == 2
    volume.dims.order = (1, 0, 2)
    volume.dims.set_current_step(1, 30)
    part = shown_part(volume, layer, volume=True)
    assert part.labels.shape == (128, 4, 192) and part.slice_index == 30
    assert part.label_at((2, 52)) == 2


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 2, 1), (1, 0, 2), (2, 1, 0)])
@pytest.mark.parametrize("whole", [True, False])
def test_an_edit_is_written_where_it_belongs(volume, order, whole) -> None:
    layer = volume.layers["nuclei"]
    volume.dims.order = order
    for axis, index in enumerate((1, 30, 52)):
        volume.dims.set_current_step(axis, index)
    before = layer.data.copy()
    part = shown_part(volume, layer, volume=whole)
    write_edit(layer, part.to_layer(delete(part.labels, 2)))
    expected = before == 2
    if not whole:
        outside = np.ones(before.shape, bool)
        index = [1, 30, 52]
        for axis in order[1:]:
            index[axis] = slice(None)
        outside[tuple(index)] = False
        expected &= ~outside
    np.testing.assert_array_equal(layer.data != before, expected)
    layer.undo()
    np.testing.assert_array_equal(layer.data, before)


def test_a_point_of_the_world_becomes_a_pixel_of_a_rotated_layer(plane) -> None:
    viewer = ViewerModel()
    layer = viewer.add_labels(plane, scale=(0.5, 0.25), translate=(7, -3), rotate=30)
    viewer.add_image(np.zeros((5, *plane.shape)))  # gives the viewer a third axis
    part = shown_part(viewer, layer)
    world = [2.0, *layer.data_to_world((90, 150))]
    assert part.pixel(layer, world) == pytest.approx((90, 150))


def test_a_path_names_its_nuclei_in_order(volume) -> None:
    part = shown_part(volume, volume.layers["nuclei"])
    counts = part.labels_on_path([(30, 60), (30, 20), (90, 30)])
    assert list(counts) == [2, 1, 4] and counts[1] > counts[4]
    assert len(list(steps_of([(0, 0), (0, 10)]))) == 11


def test_another_slice_of_the_volume_becomes_the_plane(volume) -> None:
    part = shown_part(volume, volume.layers["nuclei"], volume=True)
    assert part.label_at((30, 30)) == 1
    assert part.at_slice(0).label_at((30, 30)) == 0
    assert part.at_slice(0).plane_key != part.plane_key


def test_an_outline_is_meant_for_the_nucleus_that_fills_it(volume) -> None:
    part = shown_part(volume, volume.layers["nuclei"])
    box = np.array([(0, 0), (0, 1), (1, 1), (1, 0)])
    assert part.label_inside(box * 20 + (20, 45)) == 2
    assert part.label_inside(box * 30 + (40, 60)) == 0


def test_a_nucleus_is_found_without_a_guess(volume) -> None:
    part = shown_part(volume, volume.layers["nuclei"])
    assert part.find(3, (30, 149)) == (30, 149)
    assert part.label_at(part.find(3, (0, 0))) == 3
    assert part.find(99) is None and part.find(0) is None
    assert set(part.boxes([(30, 30), (0, 0)])._boxes) == {1}


def test_labels_that_cannot_be_corrected_are_refused(volume, plane) -> None:
    layer = volume.layers["nuclei"]
    volume.dims.ndisplay = 3
    with pytest.raises(ValueError, match="made in the 2-D view: press Ctrl"):
        shown_part(volume, layer)
    volume.dims.ndisplay = 2
    layer.editable = False
    with pytest.raises(ValueError, match="nuclei cannot be edited: duplicate"):
        shown_part(volume, layer)
    lazy = volume.add_labels(da.from_array(plane), name="lazy")
    with pytest.raises(ValueError, match="lazy is read from files"):
        shown_part(volume, lazy)


def test_numbers_that_differ_from_slice_to_slice_span_no_slices(volume) -> None:
    layer = volume.layers["nuclei"]
    assert spans_slices(layer)
    layer.data[2] = np.where(layer.data[2] > 0, layer.data[2] + 6, 0)
    assert not spans_slices(layer)
    flat = volume.add_labels(layer.data[1].copy())
    assert not spans_slices(flat)
