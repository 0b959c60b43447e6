"""Check whether nuclei have the diameter that was set; without Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.diameter import network_scale

if TYPE_CHECKING:
    from napari_nuclei.config import SegmentConfig
    from napari_nuclei.core.segmenter import Segmenter


class DiameterCheck:
    """Measure the diameter of the nuclei in some planes of a stack.

    One plane is not enough: the first may be empty, and nuclei may grow over time.
    Planes 1, 2, 4, 8 and so on are measured, so long stacks take little more time.

    Parameters
    ----------
    segmenter : Segmenter
    config : SegmentConfig
    pixel_size : float, optional
        In micrometres.

    Attributes
    ----------
    expected : float, optional
        The diameter that was set, in pixels; None for "auto", which needs no check.
    """

    def __init__(
        self, segmenter: Segmenter, config: SegmentConfig, pixel_size: float | None
    ) -> None:
        self._segmenter, self._config = segmenter, config
        diameter = config.diameter_in_pixels(pixel_size)
        if diameter == "native":
            diameter = segmenter.card.diameter
        self.expected = None if diameter == "auto" else float(diameter)
        self._measured: list[float] = []

    def check_plane(self, number: int, pixels: NDArray[Any]) -> None:
        """Measure a plane if its number is a power of two.

        Parameters
        ----------
        number : int
            1 for the first plane.
        pixels : ndarray of shape (Y, X[, 3])
        """
        from napari_nuclei.core.normalize import normalize

        if self.expected is None or number & (number - 1):
            return
        diameter = self._segmenter.estimate_diameter([normalize(pixels)], self._config)
        if np.isfinite(diameter):
            self._measured.append(diameter)

    @property
    def mismatch(self) -> float | None:
        """The measured diameter, in pixels, if it is far from the one that was set."""
        if self.expected is None or not self._measured:
            return None
        diameter = float(np.median(self._measured))
        return None if network_scale(diameter / self.expected) == 1 else diameter
