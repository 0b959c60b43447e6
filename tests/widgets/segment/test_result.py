"""The finished planes of a cancelled run."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image

from napari_nuclei import SegmentConfig
from napari_nuclei.widgets.layers.image_source import CURRENT_SLICE, make_image_source
from napari_nuclei.widgets.segment.in_memory import segment_in_memory
from napari_nuclei.widgets.segment.result import completed_part


@pytest.fixture
def finished(stack, network, own_models):
    """Return a run on a stack of 6, 0 and 6 nuclei."""
    source = make_image_source(Image(stack), (0, 0, 0))
    model, config = own_models / "discs", SegmentConfig()
    return segment_in_memory(source, model, config, lambda step: None)


def test_the_table_and_the_count_cover_all_planes(finished) -> None:
    assert finished.nuclei == 12
    assert len(finished.table) == 12
    assert finished.diameter == pytest.approx(20, rel=0.1)


def test_unfinished_planes_are_empty_in_the_part_but_not_in_the_run(finished) -> None:
    planes = finished.planes
    finished.planes = planes[:2]
    part = completed_part(finished)
    assert part is not None
    assert part.nuclei == 6
    assert part.plane_labels((0,)).max() == 6
    assert not part.plane_labels((2,)).any()
    assert finished.plane_labels((2,)).any()


def test_there_is_no_part_without_a_finished_plane(finished) -> None:
    finished.planes = []
    assert completed_part(finished) is None


def test_the_labels_of_a_plane_are_a_view(finished) -> None:
    finished.plane_labels((1,))[3, 4] = 99
    assert np.argwhere(finished.labels == 99).tolist() == [[1, 3, 4]]


@pytest.mark.parametrize(
    ("label", "phrase"),
    [("t", "in 3 frames (not tracked)"), ("z", "in 3 slices (not joined)")],
)
def test_the_status_line_counts_outlines_of_a_stack(
    opened, run, network, stack, label, phrase
) -> None:
    viewer, widget = opened(stack, axis_labels=(label, "y", "x"))
    widget.form.join.box.value = False
    run(widget)
    assert widget.status_panel.status.value.startswith(f"12 outlines {phrase}, median")
    viewer.dims.set_point(0, 2)
    widget.form.region_controls.region.value = CURRENT_SLICE
    run(widget)
    assert widget.status_panel.status.value.startswith("6 nuclei, median")
