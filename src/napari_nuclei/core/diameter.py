"""Diameters of labelled nuclei, and the network scale that follows from them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

NATIVE_RANGE = (0.6, 1.8)
"""Images are not resized if the diameter lies between these multiples of the model's
diameter."""

TARGET_RATIO = 1.82
"""Other images are resized until nuclei have this multiple of the model's diameter.

More pixels make more accurate outlines. Instead of 1.4, this ratio raises the mean AP
of .50 to .95 on validation images from .715 to .773 (six shrunk images of S-BSST265),
from .379 to .423 (five of purple tissue) and from .44 to .464 (fifteen enlarged images
of Pap cytology); ten shrunk fluorescence images lose .006."""

SCALE_LIMITS = (1 / 32, 8.0)
"""Smallest and largest network scale."""

MIN_DIAMETER = 2.0
"""Smallest diameter of nuclei that can be found, in pixels."""

Labels = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class PlaneDiameter:
    """Typical diameter of the nuclei in a plane.

    Attributes
    ----------
    diameter : float
        In pixels of the plane; NaN if no nucleus is found at any scale.
    confident : bool
        Whether any of the nuclei is confident.
    """

    diameter: float
    confident: bool

    @property
    def found(self) -> bool:
        """Whether there is a nucleus."""
        return bool(np.isfinite(self.diameter))


def object_areas(labels: Labels) -> NDArray[np.int64]:
    """Return the area of every object, in pixels."""
    inside = np.flatnonzero(labels > 0)
    areas: NDArray[np.int64] = np.bincount(labels.ravel()[inside])
    return areas[areas > 0]


def area_weighted_diameter(areas: NDArray[np.integer]) -> float:
    """Return the area-weighted median of the diameters.

    Half of the nuclear area belongs to nuclei of at most this diameter. Debris and
    fragments, which are many but small, hardly change it.

    Parameters
    ----------
    areas : ndarray of int
        Areas, in pixels.

    Returns
    -------
    float
        In pixels; NaN if there is no nucleus.
    """
    if not len(areas):
        return float("nan")
    ordered = np.sort(areas)
    share = np.cumsum(ordered) / ordered.sum()
    return float(np.sqrt(ordered[np.searchsorted(share, 0.5)] * 4 / np.pi))


def median_diameter(planes: Iterable[Labels]) -> float:
    """Return the median diameter of the nuclei in planes, in pixels; NaN for none."""
    areas = [np.zeros(0, np.int64), *(object_areas(plane) for plane in planes)]
    return median_of_areas(np.concatenate(areas))


def median_of_areas(areas: NDArray[np.integer]) -> float:
    """Return the median diameter of nuclei of these areas, in pixels; NaN for none."""
    return float(np.median(np.sqrt(areas * 4 / np.pi))) if len(areas) else np.nan


def describe_impossible_diameter(
    diameter: float | str, plane_shape: tuple[int, int]
) -> tuple[str, ...]:
    """Return a note if nuclei of a given diameter cannot be found in a plane.

    Parameters
    ----------
    diameter : float or str
        In pixels, or "auto" or "native".
    plane_shape : tuple of int
        Height and width, in pixels.

    Examples
    --------
    >>> describe_impossible_diameter(18.0, (256, 256))
    ()
    """
    if isinstance(diameter, str) or MIN_DIAMETER <= diameter <= max(plane_shape):
        return ()
    height, width = plane_shape
    limit = (
        f"larger than the image of {height} x {width} px"
        if diameter > MIN_DIAMETER
        else f"smaller than {MIN_DIAMETER:g} px"
    )
    return (
        f"The diameter of {diameter:g} px is {limit}. Check the diameter, and the "
        "pixel size if the diameter is in µm.",
    )


def network_scale(ratio: float) -> float:
    """Return the factor by which an image is resized for a network.

    Parameters
    ----------
    ratio : float
        Diameter of the nuclei over the diameter that the model was trained for.

    Returns
    -------
    float
        1 if the network needs no resizing.

    Examples
    --------
    >>> network_scale(1.0), network_scale(3.64)
    (1.0, 0.5)
    """
    if NATIVE_RANGE[0] <= ratio <= NATIVE_RANGE[1]:
        return 1.0
    return float(np.clip(TARGET_RATIO / ratio, *SCALE_LIMITS))
