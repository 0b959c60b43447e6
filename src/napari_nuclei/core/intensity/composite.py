"""Recognise fluorescence composites: colour images with a channel for each stain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config.channels import COLOURS
from napari_nuclei.core.normalize import normalize, subsample

BLUE = COLOURS.index("blue")

COMPARED_PIXELS = 1 << 16
"""Pixels of an image in which its colours are compared."""

MAX_DARK, MAX_DIM = 0.25, 0.45
"""Brightest levels, as fractions of the brightest pixels, of the darkest 5 % (without
pure black, such as padding) and 25 % of a composite. The 204 colour images of tissue in
the training and validation lists have at least .31 and .54."""

MIN_COLOURFULNESS = 0.2
"""Smallest mean saturation of the brighter pixels of a composite."""

MIN_RANGE = 0.05
"""Smallest range of a channel that shows something, as a fraction of the brightest
pixels."""

MAX_CORRELATION = 0.98
"""Channels that correlate more are one grey image in a colour."""

MIN_GAIN = 1.1
"""A channel is read alone if it has this many times the confident nuclei of the colour
image."""

PREFERRED_SHARE = 0.7
"""The blue channel is chosen if it has at least this fraction of the confident nuclei
of another channel, because stains of nuclei are mostly shown in blue."""


def composite_channels(pixels: NDArray[Any]) -> tuple[int, ...]:
    """Return the channels of a fluorescence composite that may hold its nuclei.

    A composite has a dark background, saturated colours, and channels that differ.

    Parameters
    ----------
    pixels : ndarray of shape (Y, X, S)
        RGB or RGBA.

    Returns
    -------
    tuple of int
        0 for red, 1 for green, 2 for blue; empty for other images, such as stained
        tissue, and for a grey image in one colour that is mixed from several channels.
    """
    sample = subsample(pixels, COMPARED_PIXELS)[..., :3].reshape(-1, 3)
    values = sample.astype(np.float64)
    values -= min(0.0, values.min())
    brightness = values.max(axis=1)
    top = float(np.percentile(brightness, 99.8))
    coloured = brightness[brightness > brightness.min()]
    if not top or not coloured.size:
        return ()
    dark = np.percentile(coloured, 5) < MAX_DARK * top
    if not dark or np.percentile(brightness, 25) > MAX_DIM * top:
        return ()
    bright = brightness > top / 2
    lowest = values[bright].min(axis=1)
    if np.mean(1 - lowest / brightness[bright]) < MIN_COLOURFULNESS:
        return ()
    low, high = np.percentile(values, (0.5, 99.8), axis=0)
    channels = [n for n in range(3) if high[n] - low[n] > MIN_RANGE * top]
    if len(channels) > 1:
        correlation = np.corrcoef(values[:, channels], rowvar=False)
        if correlation.min() > MAX_CORRELATION:
            return ()
    return tuple(channels)


def choose_channel(
    pixels: NDArray[Any],
    limits: tuple[float, float],
    count_confident: Callable[[NDArray[np.float32]], int],
) -> int | None:
    """Return the channel of a composite in which nuclei are found best.

    Parameters
    ----------
    pixels : ndarray of shape (Y, X, S)
        RGB or RGBA.
    limits : tuple of float
        Intensity range of all channels.
    count_confident : callable
        Takes a normalised plane (Y, X, 3), returns the number of confident nuclei in
        it. It is called only for a composite.

    Returns
    -------
    int, optional
        None if the image is not a composite, or if no channel has more confident nuclei
        than all channels together.
    """
    channels = composite_channels(pixels)
    if not channels:
        return None
    together = count_confident(normalize(pixels, limits))
    needed = together if len(channels) == 1 else MIN_GAIN * together + 2
    counts = {n: count_confident(normalize(pixels[..., n])) for n in channels}
    best = max(channels, key=lambda channel: counts[channel])
    if counts.get(BLUE, 0) >= max(needed, PREFERRED_SHARE * counts[best]):
        best = BLUE
    return best if counts[best] >= needed else None
