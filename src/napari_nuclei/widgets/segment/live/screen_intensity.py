"""The intensities of a plane and its colour channel, the same for all its views."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.intensity.composite import choose_channel
from napari_nuclei.core.normalize import is_grey, percentile_limits
from napari_nuclei.core.segmenter import Segmenter


@dataclass(frozen=True, slots=True)
class ScreenIntensity:
    """How pixels of a plane become network input.

    Attributes
    ----------
    limits : tuple of float
        Intensities that are normalised to 0 and 1.
    channel : int, optional
        The colour channel of a fluorescence composite that is read: 0, 1 or 2 for red,
        green or blue. None reads all pixels.
    """

    limits: tuple[float, float]
    channel: int | None = None

    def select(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Return the colour channel that is read, or all pixels."""
        return pixels if self.channel is None else pixels[..., self.channel]


def measure_intensity(
    segmenter: Segmenter, views: Iterable[NDArray[Any]], config: SegmentConfig
) -> ScreenIntensity:
    """Measure the intensities, and choose the channel of a composite as Run does.

    Parameters
    ----------
    segmenter : Segmenter
    views : iterable of ndarray of shape (Y, X) or (Y, X, S)
        The plane, then its visible part, or only the latter. Limits are measured in the
        first one. The channel is the first that is chosen in any, since nuclei may be
        too small to be found in the plane.
    config : SegmentConfig
        With ``correct=False`` all channels are read.
    """
    limits = None
    for view in views:
        colours = view[..., :3] if view.ndim == 3 else view
        own = percentile_limits(colours)
        limits = limits or own
        channel = None
        if (
            config.correct
            and segmenter.card.noise_confidence is not None
            and not is_grey(view)
            and own[0] < own[1]
        ):
            channel = choose_channel(
                view, own, lambda plane: segmenter.count_confident(plane, config)
            )
        if channel is not None:
            return ScreenIntensity(percentile_limits(view[..., channel]), channel)
        if view.ndim == 2:
            break
    assert limits is not None
    return ScreenIntensity(limits)
