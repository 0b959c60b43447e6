"""Check what the caller says about files that do not say it: axes and sizes."""

from __future__ import annotations

from napari_nuclei.config.number_checks import check_above_zero
from napari_nuclei.config.unnamed_axes import UNNAMED_AXIS


def check_calibration(
    axes: str | None = None,
    pixel_size: float | None = None,
    z_spacing: float | None = None,
) -> None:
    """Raise an error if axes or sizes fit no image, whatever its shape.

    Parameters
    ----------
    axes : str, optional
        One letter for each axis, such as TZYX; upper or lower case.
    pixel_size, z_spacing : float, optional
        In µm.

    Raises
    ------
    TypeError
        If `axes` is not text.
    ValueError
        If `axes` are not letters, lack Y or X, or have a letter twice; or a size is not
        a number above 0.

    Examples
    --------
    >>> check_calibration("tzyx", 0.5)
    >>> check_calibration("TZ")
    Traceback (most recent call last):
        ...
    ValueError: axes must be one letter per axis, with Y and X, such as TZYX; got 'TZ'
    """
    check_above_zero("pixel_size", pixel_size, "µm")
    check_above_zero("z_spacing", z_spacing, "µm")
    if axes is None:
        return
    if not isinstance(axes, str):
        raise TypeError(
            f"axes must be text with one letter per axis, such as TYX; got {axes!r}"
        )
    letters = axes.upper()
    if (
        not letters.isalpha()
        or len(set(letters)) < len(letters)
        or not {"Y", "X"} <= set(letters)
        or UNNAMED_AXIS in letters
    ):
        raise ValueError(
            "axes must be one letter per axis, with Y and X, such as TZYX; got "
            f"{axes!r}"
        )
