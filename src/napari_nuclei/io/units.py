"""Units of length, and which pixel sizes a microscope can have."""

from __future__ import annotations

MICROMETRES_PER_UNIT = {
    "um": 1.0,
    "µm": 1.0,
    "μm": 1.0,
    "micron": 1.0,
    "microns": 1.0,
    "micrometer": 1.0,
    "micrometers": 1.0,
    "micrometre": 1.0,
    "pm": 1e-6,
    "Å": 1e-4,
    "nm": 1e-3,
    "mm": 1e3,
    "cm": 1e4,
    "m": 1e6,
}

PRINT_RESOLUTIONS = (1 * 2.54, 72, 96, 150, 300, 600, 1200)
"""Resolutions of print and screens, in pixels per inch; the first is one per cm."""

MICROMETRES_PER_INCH = 25400.0

MIN_PIXEL_SIZE, MAX_PIXEL_SIZE = 0.01, 20.0
"""Sizes of a pixel, in µm, between which a resolution without a unit is believed."""

MAX_STATED_SIZE = 1000.0
"""Largest size of a pixel, in µm, that is believed of a file with a unit of length."""


def is_plausible_size(pixel_size: float, *, has_unit: bool) -> bool:
    """Return whether a pixel can have a size, in an image of nuclei.

    Parameters
    ----------
    pixel_size : float
        Side of a pixel, in µm.
    has_unit : bool
        Whether the file states a unit of length, as OME and ImageJ files do. Other
        programs write the resolution of print into a TIFF.

    Examples
    --------
    >>> is_plausible_size(0.5, has_unit=False), is_plausible_size(50, has_unit=False)
    (True, False)
    >>> is_plausible_size(50, has_unit=True), is_plausible_size(352.78, has_unit=True)
    (True, False)
    """
    if not has_unit:
        return MIN_PIXEL_SIZE <= pixel_size <= MAX_PIXEL_SIZE
    per_inch = MICROMETRES_PER_INCH / pixel_size
    is_print = any(abs(per_inch / usual - 1) < 0.01 for usual in PRINT_RESOLUTIONS)
    return pixel_size <= MAX_STATED_SIZE and not is_print


def implausible_size_note(pixel_size: float) -> str:
    """Return the sentence that says why the pixel size of a file is not used."""
    return (
        f"The file states pixels of {pixel_size:,.6g} µm, a size of print or a "
        "placeholder, so the pixel size is taken as not stated. Set it with "
        "--pixel-size (pixel_size=)"
    )
