from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.correct.outline_candidates import Outline
from napari_nuclei.widgets.correct.added_nucleus import AddedNucleus
from napari_nuclei.widgets.correct.shown_part import shown_part


@pytest.fixture
def added(volume):
    """Return a nucleus of 7 x 7 pixels in slice 1, which may be 11 or 3 wide."""
    volume.dims.set_current_step(0, 1)
    part = shown_part(volume, volume.layers["nuclei"], volume=True)
    outlines = tuple(
        Outline(
            (slice(60 - half, 61 + half), slice(60 - half, 61 + half)),
            np.ones((2 * half + 1,) * 2, bool),
            level,
            1.0,
        )
        for half, level in ((5, 0.3), (3, 0.5), (1, 0.7))
    )
    part.plane[57:64, 57:64] = 9
    return AddedNucleus(part, outlines, 1, 9)


@pytest.mark.parametrize(("steps", "side"), [(1, 11), (-1, 3), (8, 11), (-8, 3)])
def test_the_change_and_the_whole_edit_give_the_outline(added, steps, side) -> None:
    labels = added.part.labels
    without = np.where(labels == 9, 0, labels)
    larger, change, edit = added.resized(steps)
    change.apply(labels)
    assert (labels == 9).sum() == side * side and (labels[1] == 9).any()
    edit.apply(without)
    np.testing.assert_array_equal(without, labels)
    assert larger.is_unchanged and edit.new == (9,) and edit.kind == "add"


def test_neighbours_are_not_covered(added) -> None:
    added.part.plane[55, 55] = 4
    _, change, _ = added.resized(1)
    change.apply(added.part.labels)
    assert added.part.plane[55, 55] == 4


def test_there_is_no_change_without_another_outline(added) -> None:
    largest, change, _ = added.resized(1)
    change.apply(added.part.labels)
    assert largest.resized(1) is None and added.resized(-1) is None
