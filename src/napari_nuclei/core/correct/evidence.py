"""Estimate how likely each pixel near a click belongs to a nucleus."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.correct.crop import Crop
from napari_nuclei.core.correct.edit import Region

MIN_PROBABILITY = 0.02
"""Foreground probability at a click below which the image is used instead."""

SMOOTHING = 0.06
"""Sigma of the Gaussian that smooths an image, as a fraction of the expected
diameter."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Maps:
    """Maps that distinguish nuclei from background: at least one of the two.

    Attributes
    ----------
    probability : ndarray of float, optional
        The network's foreground probability of the array, the plane, or a part of it.
    image : ndarray, optional
        The image of the array or plane; colours along a last axis are averaged.
    origin : sequence of int, optional
        Position of the first pixel of the maps, if they are a part.
    """

    probability: NDArray[np.floating[Any]] | None = None
    image: NDArray[Any] | None = None
    origin: Sequence[int] | None = None

    def __post_init__(self) -> None:
        if self.probability is None and self.image is None:
            raise ValueError(
                "Adding a nucleus needs the foreground probability or the image"
            )

    def evidence(
        self, crop: Crop, centre: Region, diameter: float, background: NDArray[np.bool_]
    ) -> Floats:
        """Return the evidence for a nucleus in a crop of a plane, 0 to 1.

        The network's probability is used if it is above `MIN_PROBABILITY` at the
        click, else the contrast of the image; without an image there is no evidence
        then.

        Parameters
        ----------
        crop : Crop
        centre : tuple of slice
            Pixels of the crop that lie in the nucleus.
        diameter : float
            Expected diameter, in pixels.
        background : ndarray of bool, of the shape of the crop
            Pixels that may be background.
        """
        if self.probability is not None:
            values = np.array(crop.map(self.probability, self.origin))
            if values[centre].max() >= MIN_PROBABILITY:
                return values
            if self.image is None:
                return np.zeros(values.shape, np.float32)
        assert self.image is not None
        image = np.asarray(self.image)
        if image.ndim > 2 and image.shape[-1] in {3, 4} and self.is_colour(crop):
            image = image[..., :3].mean(axis=-1)
        values = np.array(crop.map(image, self.origin))
        return contrast(values, centre, diameter, background)

    def is_colour(self, crop: Crop) -> bool:
        """Return whether the image has a last axis of colours."""
        assert self.image is not None
        ndim = self.image.ndim
        return ndim == crop.source.ndim + 1 or (ndim == 3 and crop.labels.ndim == 2)


def contrast(
    image: Floats, centre: Region, diameter: float, background: NDArray[np.bool_]
) -> Floats:
    """Return the intensity between the background (0) and the clicked pixels (1).

    Nuclei may be brighter or darker than the background.

    Parameters
    ----------
    image : ndarray of float32, shape (Y, X)
    centre, diameter, background
        As for `Maps.evidence`.
    """
    sigma = max(0.7, SMOOTHING * diameter)
    smooth = np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.float32)
    inside = float(np.median(smooth[centre]))
    outside = smooth[background] if background.any() else smooth.ravel()
    low, middle, high = np.percentile(outside, (10, 50, 90))
    level = float(low) if inside >= middle else float(high)
    if inside == level:
        return np.zeros(image.shape, np.float32)
    share = (smooth - level) / (inside - level)
    return np.asarray(np.clip(share, 0, 1), np.float32)
