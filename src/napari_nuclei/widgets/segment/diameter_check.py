"""Whether the nuclei are as large as the diameter that was set; without Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.diameter import network_scale

if TYPE_CHECKING:
    from napari_nuclei.config import SegmentConfig
    from napari_nuclei.core.segmenter import Segmenter


class DiameterCheck:
    """Measures the nuclei of a stack now and then, as its planes come.

    A first plane may be empty, and nuclei may change over time: planes 1, 2, 4, 8 and
    so on are looked at, so that looking takes little beside segmenting.

    Parameters
    ----------
    segmenter : Segmenter
    config : SegmentConfig
    pixel_size : float, optional
        In micrometres.
    """

    def __init__(
        self, segmenter: Segmenter, config: SegmentConfig, pixel_size: float | None
    ) -> None:
        self._segmenter, self._config = segmenter, config
        known = config.diameter_in_pixels(pixel_size)
        if known == "native":
            known = segmenter.card.diameter
        # What "auto" has measured needs no second look.
        self.expected = None if known == "auto" else float(known)
        self._measured: list[float] = []

    def check_plane(self, number: int, pixels: NDArray[Any]) -> None:
        """Measure a plane, if its turn has come; `number` is 1 for the first."""
        from napari_nuclei.core.normalize import normalize

        if self.expected is None or number & (number - 1):
            return
        diameter = self._segmenter.estimate_diameter([normalize(pixels)], self._config)
        if np.isfinite(diameter):
            self._measured.append(diameter)

    @property
    def diameter(self) -> float | None:
        """That of the nuclei, in pixels, if it is far from the one that was set."""
        if self.expected is None or not self._measured:
            return None
        diameter = float(np.median(self._measured))
        return None if network_scale(diameter / self.expected) == 1 else diameter
