from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.evaluation.nucleus_outcomes import nucleus_outcomes


def outcomes(true, predicted):
    result = nucleus_outcomes(np.array(true), np.array(predicted))
    return result.found.tolist(), [x.tolist() for x in result.false_detections]


@pytest.mark.parametrize(
    ("true", "predicted", "expected"),
    [
        ([4, 4, 0, 9, 9], [7, 7, 0, 0, 0], ([True, False], [])),
        ([4, 4, 0, 0, 0], [7, 7, 0, 3, 3], ([True], [[3, 4]])),
        ([0, 0, 0, 0, 0], [0, 7, 0, 0, 3], ([], [[4], [1]])),
        # One nucleus in three parts, and two nuclei in one: the misses alone count.
        ([1, 1, 1, 1, 1, 1], [1, 1, 2, 2, 3, 3], ([False], [])),
        ([1, 1, 2, 2, 0, 0], [5, 5, 5, 5, 5, 0], ([False, False], [])),
        # A part of a nucleus that is found is an error of its own.
        ([1, 1, 1, 1, 0, 0], [5, 5, 5, 6, 0, 0], ([True], [[3]])),
        # A nucleus that touches the edge of a missed one is a false detection.
        (
            [1, 1, 1, 1, 0, 0, 0, 0],
            [0, 0, 0, 5, 5, 5, 5, 5],
            ([False], [[3, 4, 5, 6, 7]]),
        ),
    ],
    ids=["missed", "false", "empty", "split", "merged", "part", "next to it"],
)
def test_each_error_counts_once(true, predicted, expected) -> None:
    assert outcomes(true, predicted) == expected


def test_volumes_are_compared_too(discs) -> None:
    plane = discs((60, 60), [(20, 20, 8), (40, 40, 8)])
    volume = np.stack([plane, plane])
    found, false = outcomes(volume, np.where(volume == 1, 3, 0))
    assert (found, false) == ([True, False], [])
