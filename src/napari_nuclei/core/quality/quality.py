"""The quality of a segmented image in numbers, and the flags that follow from them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace
from math import isfinite, nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.quality.flags import Flag

MIN_FOCUS = 0.41
"""Blurred nuclei have less fine detail; see `measure_focus`."""

MAX_SATURATED_SHARE = 0.03
"""Largest fraction of saturated pixels in nuclei."""

MIN_CONTRAST = 3.5
"""Lowest contrast of nuclei, in standard deviations of the noise."""

MIN_CONTRAST_FOR_FOCUS = 2.0
"""Nuclei of a lower contrast are hidden by noise, and their focus is not known."""

MAX_BACKGROUND_UNEVENNESS = 0.55
"""Largest range of the background, as a fraction of the contrast of nuclei."""

MAX_BORDER_SHARE, MIN_AT_BORDER = 0.6, 2
"""Largest fraction of nuclei at the border, and the smallest number of such nuclei for
a flag."""

MIN_CONFIDENCE = 0.65
"""Lowest median confidence of nuclei."""

NETWORK_DIAMETERS = (0.55, 2.3)
"""Range of the diameter in the network, in multiples of the model's."""

NETWORK_SCALES = (0.125, 6.0)
"""Range of the network scale."""

MAX_SIGNS = 2
"""Largest number of signs of other objects in an image of nuclei."""


@dataclass(frozen=True, slots=True)
class Quality:
    """The quality of a segmented image.

    Numbers are NaN if they cannot be measured, such as the focus of an empty image.

    Attributes
    ----------
    nuclei : int
        Number of nuclei.
    focus : float
        Ratio of the finer to the coarser detail of nuclei; about 0.5 in focus.
    saturated_share : float
        Fraction of the pixels of nuclei at the upper limit of the camera or file.
    contrast : float
        Median difference between a nucleus and the background, in standard deviations
        of the noise.
    background_unevenness : float
        Range of the background, as a fraction of the contrast; NaN for colour images.
    border_share : float
        Fraction of the nuclei that touch the border of the image.
    median_confidence : float
        Median confidence of the nuclei, 0 to 1.
    network_diameter : float
        Typical diameter of the nuclei as the network sees them, in multiples of the
        model's diameter.
    network_scale : float
        Factor by which the image was resized for the network.
    other_object_signs : int
        Number of signs, 0 to 13, that the objects are not nuclei.
    """

    nuclei: int = 0
    focus: float = nan
    saturated_share: float = nan
    contrast: float = nan
    background_unevenness: float = nan
    border_share: float = nan
    median_confidence: float = nan
    network_diameter: float = nan
    network_scale: float = nan
    other_object_signs: int = 0

    @property
    def flags(self) -> tuple[Flag, ...]:
        """What is unusual about the image, without a comparison with other images."""
        low, high = NETWORK_DIAMETERS
        smallest, largest = NETWORK_SCALES
        if not self.nuclei:
            resized = self.network_scale < smallest or self.network_scale > largest
            return (Flag.EMPTY, Flag.UNUSUAL_SIZE) if resized else (Flag.EMPTY,)
        hidden = self.contrast < MIN_CONTRAST_FOR_FOCUS
        at_border = self.border_share * self.nuclei
        is_flagged = {
            Flag.NOT_NUCLEI: self.other_object_signs > MAX_SIGNS,
            Flag.OUT_OF_FOCUS: self.focus < MIN_FOCUS and not hidden,
            Flag.SATURATED: self.saturated_share > MAX_SATURATED_SHARE,
            Flag.LOW_CONTRAST: self.contrast < MIN_CONTRAST,
            Flag.UNEVEN_BACKGROUND: (
                self.background_unevenness > MAX_BACKGROUND_UNEVENNESS
            ),
            Flag.UNUSUAL_SIZE: (
                self.network_diameter < low
                or self.network_diameter > high
                or self.network_scale < smallest
                or self.network_scale > largest
            ),
            Flag.CUT_BY_BORDER: (
                self.border_share > MAX_BORDER_SHARE and at_border >= MIN_AT_BORDER
            ),
            Flag.LOW_CONFIDENCE: self.median_confidence < MIN_CONFIDENCE,
        }
        return tuple(flag for flag, is_set in is_flagged.items() if is_set)


def combine_planes(planes: Sequence[Quality], nuclei: int) -> Quality | None:
    """Return the quality of a stack: the medians of its planes that have nuclei.

    Parameters
    ----------
    planes : sequence of Quality
    nuclei : int
        Number of nuclei of the stack.

    Returns
    -------
    Quality, optional
        None if there is no plane.

    Examples
    --------
    >>> planes = [Quality(3, focus=0.4), Quality(), Quality(5, focus=0.6)]
    >>> combined = combine_planes(planes, 6)
    >>> combined.nuclei, combined.focus
    (6, 0.5)
    """
    if not planes:
        return None
    filled = [plane for plane in planes if plane.nuclei]
    if not filled:
        return replace(planes[0], nuclei=nuclei)
    medians: dict[str, Any] = {}
    for item in fields(Quality):
        values = [getattr(plane, item.name) for plane in filled]
        finite = [value for value in values if isfinite(value)]
        medians[item.name] = float(np.median(finite)) if finite else nan
    signs = int(medians["other_object_signs"])
    return Quality(**{**medians, "nuclei": nuclei, "other_object_signs": signs})


def share_at_border(labels: NDArray[np.integer], nuclei: int) -> float:
    """Return the fraction of the nuclei of a plane that touch its border."""
    edges = (labels[0], labels[-1], labels[:, 0], labels[:, -1])
    touching = np.unique(np.concatenate(edges))
    return int((touching > 0).sum()) / nuclei
