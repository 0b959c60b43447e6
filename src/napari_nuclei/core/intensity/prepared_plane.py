"""A plane of an image, ready for the network."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.blocks import Window
from napari_nuclei.core.intensity.preparation import Preparation


@dataclass(frozen=True, slots=True)
class PreparedPlane:
    """A plane of an image, ready for the network.

    Attributes
    ----------
    pixels : ndarray of shape (Y, X) or (Y, X, S)
        The plane as it was read.
    preparation : Preparation
    values : ndarray of float32, shape (Y, X, 3)
        The prepared plane.
    """

    pixels: NDArray[Any]
    preparation: Preparation
    values: NDArray[np.float32]

    @classmethod
    def of_pixels(cls, pixels: NDArray[Any], preparation: Preparation) -> PreparedPlane:
        """Prepare the pixels of a whole plane, of shape (Y, X) or (Y, X, S)."""
        plane = Window(0, pixels.shape[0], 0, pixels.shape[1])
        return cls(pixels, preparation, preparation.apply(pixels, plane))
