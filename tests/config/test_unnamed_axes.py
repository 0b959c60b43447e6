from __future__ import annotations

import pytest

from napari_nuclei.config.unnamed_axes import (
    guess_axes,
    has_channels_last,
    suggest_axes,
)


@pytest.mark.parametrize("count", [2, 3, 4])
def test_a_short_first_axis_is_never_taken_for_planes(count: int) -> None:
    expected = f'axes="CYX" and channel .0 to {count - 1}.*axes="ZYX" or "TYX"'
    with pytest.raises(ValueError, match=expected):
        guess_axes((count, 64, 50))


def test_a_long_first_axis_needs_a_name_too() -> None:
    with pytest.raises(ValueError, match="such as TYX, ZYX or YXC"):
        guess_axes((5, 64, 50))


def test_channels_last_are_few() -> None:
    assert has_channels_last((64, 50, 2))
    assert not has_channels_last((64, 50, 9))
    assert not has_channels_last((2, 64, 50))


def test_suggested_axes_have_one_letter_each() -> None:
    assert suggest_axes("QQQYX") == "TZCYX"
