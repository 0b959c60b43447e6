from __future__ import annotations

import pytest

from napari_nuclei.config.stated_calibration import check_calibration


def test_axes_of_any_order_and_case_are_accepted() -> None:
    for axes in ("YX", "xy", "TZCYX", "pyxs", None):
        check_calibration(axes, 0.3, 2)


@pytest.mark.parametrize("axes", ["", "Y", "TZ", "YXX", "QYX", "Y,X", "1YX"])
def test_axes_that_fit_no_image_are_refused(axes: str) -> None:
    with pytest.raises(ValueError, match="one letter per axis, with Y and X, such as"):
        check_calibration(axes)


def test_axes_are_text_and_sizes_numbers() -> None:
    with pytest.raises(TypeError, match="axes must be text"):
        check_calibration(3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"pixel_size must be above 0, in µm; got nan"):
        check_calibration(None, float("nan"))
