"""Subtract the uneven background of a plane that is too large to read at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.blocks import Window
from napari_nuclei.core.intensity.background import (
    estimate_background_in_bands,
    has_bright_objects,
)
from napari_nuclei.core.intensity.preparation import (
    BACKGROUND_DIAMETERS,
    MIN_GAIN,
    Preparation,
)
from napari_nuclei.core.normalize import as_grey

if TYPE_CHECKING:
    from napari_nuclei.core.segmenter import Segmenter

ReadWindow = Callable[[Window], NDArray[Any]]
"""Takes a window of the plane, returns its pixels."""


def try_background(
    segmenter: Segmenter,
    shape: tuple[int, int],
    read: ReadWindow,
    windows: Sequence[Window],
    config: SegmentConfig,
    without: Preparation,
    find_limits: Callable[[ReadWindow], tuple[float, float]],
) -> Preparation:
    """Return a preparation that subtracts the background, if more nuclei are found.

    Parameters
    ----------
    segmenter : Segmenter
    shape : tuple of int
        Height and width of the plane.
    read : callable
        Reads a window; all of the plane is read, band by band.
    windows : sequence of Window
        The parts of the plane in which nuclei are counted.
    config : SegmentConfig
    without : Preparation
        Without a background. It is returned if the background is not subtracted.
    find_limits : callable
        Takes a function that returns corrected pixels of a window, returns the
        intensity range of the plane.
    """
    clip = without.limits[1] if without.cutoff is None else without.cutoff
    ceiling = np.float32(clip)
    diameter = segmenter.card.diameter
    regions = [read(window) for window in windows]
    bright = (as_grey(without.select(region)) for region in regions)
    if not any(has_bright_objects(values, diameter) for values in bright):
        return without
    background = estimate_background_in_bands(
        shape,
        BACKGROUND_DIAMETERS * diameter,
        lambda window: np.minimum(as_grey(without.select(read(window))), ceiling),
    )
    even = replace(without, background=background, smoothing=0.0)
    limits = find_limits(lambda window: even.correct(read(window), window))
    subtracted = replace(without, background=background, limits=limits)

    def count(preparation: Preparation) -> int:
        return sum(
            segmenter.count_confident(preparation.apply(region, window), config)
            for region, window in zip(regions, windows, strict=True)
        )

    if count(subtracted) > MIN_GAIN * count(without) + 1:
        return subtracted
    return without
