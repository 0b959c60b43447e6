"""Constant padding of a plane: borders of registered or stitched images."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.blocks import Window
from napari_nuclei.core.normalize import percentile_limits, subsample

if TYPE_CHECKING:
    from napari_nuclei.core.intensity.preparation import Preparation

Floats = NDArray[np.float32]
Colour = tuple[float, float, float]

COMPARED_PIXELS = 1 << 16
"""About the number of pixels of a colour plane in which padding is looked for."""

MIN_PADDING, MAX_PADDING = 0.005, 0.8
"""Fractions of a plane that padding may cover."""

PADDING_GAP = 0.2
"""Smallest distance between the padding and all other values, as a fraction of the
range of the other values."""


def find_padding(sample: Floats) -> float | None:
    """Return the value of constant padding, if a sample of a plane has any.

    Parameters
    ----------
    sample : ndarray of float32, shape (Y, X)

    Returns
    -------
    float, optional
        The lowest or highest value, if many pixels have it and no other value is near;
        None without padding.
    """
    return next(padding_values(sample), None)


def padding_values(sample: Floats) -> Iterator[float]:
    """Yield the lowest and the highest value, if it may be that of padding."""
    for value, sign in ((sample.min(), 1), (sample.max(), -1)):
        others = sample[sample != value]
        share = 1 - others.size / sample.size
        if not MIN_PADDING <= share <= MAX_PADDING:
            continue
        low, high = np.percentile(sign * others, (0.5, 99.8))
        if low - sign * value > PADDING_GAP * (high - low) > 0:
            yield float(value)


def find_colour_padding(sample: NDArray[Any]) -> tuple[float, Colour] | None:
    """Return the value of black or white padding of a colour image, if it has any.

    Parameters
    ----------
    sample : ndarray of shape (Y, X, 3)

    Returns
    -------
    value : float
        All channels of the padding have it.
    colour : tuple of float
        Median colour of the other pixels.
    """
    values = sample.astype(np.float32)
    for value in padding_values(values.mean(axis=-1)):
        padded = is_padding(sample, value)
        if MIN_PADDING <= padded.mean() <= MAX_PADDING:
            red, green, blue = np.median(values[~padded], axis=0).tolist()
            return value, (red, green, blue)
    return None


def is_padding(pixels: NDArray[Any], value: float) -> NDArray[np.bool_]:
    """Return which pixels have a value in every colour, as bool of shape (Y, X)."""
    equal: NDArray[np.bool_] = (pixels[..., :3] == value).all(axis=-1)
    return equal


def fill_padding(colours: NDArray[Any], plain: Preparation) -> Preparation:
    """Return a preparation that fills the padding of a colour plane, if it has any.

    Padding changes the intensity range, and black padding looks like stained nuclei.
    """
    padding = find_colour_padding(subsample(colours, COMPARED_PIXELS))
    if padding is None:
        return plain
    value, fill_colour = padding
    filled = replace(plain, padding=value, fill_colour=fill_colour)
    plane = Window(0, colours.shape[0], 0, colours.shape[1])
    return replace(filled, limits=percentile_limits(filled.correct(colours, plane)))
