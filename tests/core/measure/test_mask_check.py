from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.measure.mask_check import MaskCheck, class_note

TWO = np.zeros((9, 9), np.uint8)
TWO[1:4, 1:4] = TWO[6:8, 6:8] = 255
ONE = np.where(np.arange(9) < 5, TWO, 0)


@pytest.mark.parametrize(
    ("planes", "is_mask"),
    [
        ([TWO], True),
        ([TWO * 0, ONE, TWO], True),
        ([np.stack([TWO, TWO])], True),
        ([TWO * 0], False),
        ([ONE, ONE], False),  # one nucleus
        ([TWO, TWO // 255], False),  # numbers differ between frames
        ([np.where(ONE, 254, TWO)], False),
    ],
    ids=["plane", "frames", "volume", "empty", "one nucleus", "numbers", "labels"],
)
def test_one_number_in_several_places_is_a_mask(planes, is_mask: bool) -> None:
    check = MaskCheck()
    for plane in planes:
        check.add(plane)
    assert ("the number 255, as in a mask" in check.note) == is_mask
    assert bool(check.note) == is_mask


@pytest.mark.parametrize(
    ("solidity", "is_noted"),
    [([0.2], True), ([0.2, 0.3, 0.9], True), ([0.2, 0.9, 0.9], False), ([], False)],
)
def test_scattered_numbers_are_noted(solidity, is_noted: bool) -> None:
    assert bool(class_note(solidity)) == is_noted
    assert not class_note([0.2] * 13)
