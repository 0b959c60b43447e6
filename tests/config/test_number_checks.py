from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.config.number_checks import (
    check_above_zero,
    check_flag,
    check_share,
    check_whole,
)


@pytest.mark.parametrize("value", [0, -1, np.nan, np.inf, "1", True, (1, 1)])
def test_what_is_not_above_zero_is_refused(value) -> None:
    with pytest.raises(ValueError, match=r"^side must be above 0, in µm; got "):
        check_above_zero("side", value, "µm")


@pytest.mark.parametrize("value", [-0.1, 1.1, np.nan, None, "1", True])
def test_what_is_no_share_is_refused(value) -> None:
    with pytest.raises(ValueError, match=r"^waist must be 0 to 1; got "):
        check_share("waist", value)


@pytest.mark.parametrize("value", [1, 2.5, np.nan, "3", None, True])
def test_what_is_no_whole_number_is_refused(value) -> None:
    with pytest.raises(ValueError, match=r"^max_gap must be 2 or more frames; got "):
        check_whole("max_gap", value, 2, "frames")


@pytest.mark.parametrize("value", ["no", 2, None])
def test_what_is_no_flag_is_refused(value) -> None:
    with pytest.raises(ValueError, match=r"^divisions must be True or False; got "):
        check_flag("divisions", value)


def test_numbers_of_python_and_numpy_are_taken() -> None:
    for number in (2, 2.0, np.int8(2), np.float32(2)):
        check_above_zero("side", number)
        check_whole("max_gap", number, 2)
    check_above_zero("side", None)
    check_share("waist", np.float32(1))
    check_flag("divisions", np.True_)
