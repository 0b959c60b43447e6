from __future__ import annotations

import cv2
import numpy as np
import pytest

from napari_nuclei.core.instances.sparse_labels import connected_components
from napari_nuclei.core.measure.touching import TouchingEstimate, estimate_touching


@pytest.mark.parametrize(
    ("circles", "parts", "nuclei"),
    [
        ([(40, 40, 12)], 0, 0),
        ([(40, 30, 12), (40, 51, 12)], 1, 2),
        ([(40, 30, 12), (40, 53, 12), (60, 41, 12)], 1, 3),
        ([(20, 20, 9), (20, 35, 9), (60, 20, 12), (60, 42, 12)], 2, 4),
        ([(40, 30, 2), (40, 33, 2)], 0, 0),
    ],
    ids=["one", "two", "three in a clump", "two pairs", "too small"],
)
def test_touching_discs_are_counted(discs, circles, parts: int, nuclei: int) -> None:
    mask = discs((80, 90), circles) > 0
    found = estimate_touching(connected_components(mask))
    assert found == TouchingEstimate(parts, nuclei)


def test_long_nuclei_are_not_touching_ones() -> None:
    plane = np.zeros((80, 120), np.int32)
    cv2.ellipse(plane, (60, 40), (35, 10), 20, 0, 360, 1, cv2.FILLED)
    assert estimate_touching(plane) == TouchingEstimate()


def test_numbers_may_have_gaps_and_the_input_is_unchanged(discs) -> None:
    labels = discs((80, 90), [(40, 30, 12), (40, 51, 12)]) > 0
    labels = np.where(labels, 7, 0)
    labels.flags.writeable = False
    assert estimate_touching(labels) == TouchingEstimate(1, 2)
    assert estimate_touching(0 * labels) == TouchingEstimate()
