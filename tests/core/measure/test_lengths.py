from __future__ import annotations

import pytest

from napari_nuclei.core.measure.lengths import (
    length_in_pixels,
    parse_ring,
    ring_in_pixels,
)


@pytest.mark.parametrize(
    ("length", "pixels"),
    [(3, 3), ("3", 3), ("2.5px", 2.5), ("2 um", 4), ("1µm", 2), ("0um", 0)],
)
def test_lengths_become_pixels(length: float | str, pixels: float) -> None:
    assert length_in_pixels(length, 0.5) == pixels


@pytest.mark.parametrize(
    ("length", "message"),
    [
        ("3um", "3um needs the size of a pixel"),
        ("3 feet", "must be like 3um or 4px; got '3 feet'"),
        (-1, "must be a number, 0 or more"),
        (float("nan"), "or like 3um or 4px; got nan"),
        (None, "or like 3um or 4px; got None"),
    ],
)
def test_other_lengths_are_refused(length: float | str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        length_in_pixels(length, None)


@pytest.mark.parametrize("text", ["1um:", "ring", "1um:2um:3um", ""])
def test_a_ring_is_two_lengths(text: str) -> None:
    with pytest.raises(ValueError, match="gap and width, such as 1um:3um"):
        parse_ring(text)


def test_a_ring_is_a_pair_or_text() -> None:
    assert ring_in_pixels(["1um", "3um"], 0.5) == (2, 6)
    assert ring_in_pixels("1:3", None) == (1, 3)


@pytest.mark.parametrize("ring", [3, ("1px",), (1, 2, 3), {1: 2}], ids=repr)
def test_a_ring_of_other_kinds_is_refused(ring: object) -> None:
    with pytest.raises(ValueError, match=r'gap and width, such as \("1um", "3um"\)'):
        ring_in_pixels(ring, 1.0)


@pytest.mark.parametrize("ring", [(3, 0), "2px:0px", ("1um", "0.0um")], ids=repr)
def test_a_ring_without_width_is_refused(ring: object) -> None:
    with pytest.raises(ValueError, match="width of a ring must be above 0"):
        ring_in_pixels(ring, 1.0)
