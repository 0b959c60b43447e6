"""Optical densities of the stains of a tissue section."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

STAINS = ("haematoxylin", "eosin", "dab")
"""Stains that are separated, in the order of `skimage.color.rgb2hed`."""

DECADES = 6
"""Factor from values of `rgb2hed` to optical densities.

An optical density is the decimal logarithm of the incident over the transmitted light;
`rgb2hed` takes logarithms to the base of a million.
"""


def check_stains(stains: tuple[str, ...]) -> None:
    """Raise a ValueError unless all stains are known.

    Examples
    --------
    >>> check_stains(("dab",))
    """
    for stain in stains:
        if stain not in STAINS:
            raise ValueError(f"stain must be one of {', '.join(STAINS)}; got {stain!r}")


def stain_densities(
    colours: NDArray[Any], stains: tuple[str, ...]
) -> dict[str, NDArray[np.float64]]:
    """Return the optical density of each stain in pixels of a brightfield image.

    The stains are separated after Ruifrok and Johnston (2001) by
    `skimage.color.rgb2hed`.

    Parameters
    ----------
    colours : ndarray of shape (pixels, 3 or 4)
        Red, green and blue of each pixel: integers of the full range of their type, or
        floats of 0 to 1. Alpha is left out.
    stains : tuple of str
        Some of `STAINS`.

    Returns
    -------
    dict of str to ndarray of float64, shape (pixels,)

    Examples
    --------
    >>> brown = np.array([[120, 80, 40]], np.uint8)
    >>> densities = stain_densities(brown, ("haematoxylin", "dab"))
    >>> bool(densities["dab"] > densities["haematoxylin"])
    True
    """
    from skimage.color import rgb2hed

    check_stains(stains)
    absorbed = rgb2hed(colours[:, None, :3])[:, 0] * DECADES
    return {stain: absorbed[:, STAINS.index(stain)] for stain in stains}
