from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.core.instances.smaller_nuclei import (
    describe_smaller_nuclei,
    find_smaller_nuclei,
)

LARGE = [(150, 150, 60), (150, 400, 60)]
SMALL = [(40 + 30 * row, 40 + 25 * column, 4) for row in (0, 1) for column in range(8)]


@pytest.fixture
def plane(discs) -> NDArray[np.float32]:
    """Return two large nuclei, and 16 small ones in a corner that is otherwise dark."""
    grey = (discs((600, 600), [*LARGE, *SMALL]) > 0).astype(np.float32)
    return np.repeat(grey[..., np.newaxis], 3, axis=-1)


@pytest.fixture
def labels(discs) -> NDArray[np.int32]:
    return discs((600, 600), LARGE)


def segment_bright(
    window: NDArray[np.float32], scale: float
) -> tuple[NDArray[np.int32], NDArray[np.float32], NDArray[np.float32]]:
    """Return the bright components of a window that is resized by a scale."""
    grey = cv2.resize(window[..., 0], None, fx=scale, fy=scale)
    _, found = cv2.connectedComponents((grey > 0.5).astype(np.uint8))
    return found.astype(np.int32), grey, grey


def test_small_nuclei_that_have_no_label_are_found(plane, labels) -> None:
    found = find_smaller_nuclei(plane, labels, 0.25, segment_bright, 0.8)
    assert found is not None
    assert found.count == 16
    assert found.diameter == pytest.approx(8, abs=1.5)


def test_labelled_nuclei_are_not_missing(plane, discs) -> None:
    every = discs((600, 600), [*LARGE, *SMALL])
    assert find_smaller_nuclei(plane, every, 0.25, segment_bright, 0.8) is None


def test_faint_objects_and_a_single_one_are_no_evidence(plane, labels, discs) -> None:
    small = discs((600, 600), SMALL) > 0
    faint = np.where(small[..., np.newaxis], plane * np.float32(0.7), plane)
    assert find_smaller_nuclei(faint, labels, 0.25, segment_bright, 0.8) is None
    others = np.isin(discs((600, 600), SMALL), np.arange(2, 17))
    single = np.where(others[..., np.newaxis], np.float32(0), plane)
    assert find_smaller_nuclei(single, labels, 0.25, segment_bright, 0.8) is None


def test_nothing_is_looked_for_at_a_fine_scale(plane, labels) -> None:
    def never(window, scale):
        raise AssertionError("no window is segmented")

    assert find_smaller_nuclei(plane, labels, 0.7, never, 0.8) is None
    assert describe_smaller_nuclei(plane, labels, 0.25, never, None) == []
    assert describe_smaller_nuclei(plane, labels * 0, 0.25, never, 0.8) == []


def test_the_note_names_the_diameter_to_set(plane, labels) -> None:
    (note,) = describe_smaller_nuclei(plane, labels, 0.25, segment_bright, 0.8)
    assert note.startswith("The image also has nuclei of about ")
    assert note.endswith(
        " px, which are too small to be found at this scale. To find "
        "them, set the diameter to 8."
    )
