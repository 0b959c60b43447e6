"""Prepare a plane for the network: intensity range, extreme values, noise, background.

Most planes are only scaled from their intensity range. For an unusual plane, steps such
as subtracting the background are tried. A step is used if the network then finds more
confident nuclei.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.blocks import Window
from napari_nuclei.core.intensity.background import (
    BackgroundMap,
    background_spread,
    estimate_background,
    filter_radius,
    has_bright_objects,
    smooth,
)
from napari_nuclei.core.intensity.composite import choose_channel
from napari_nuclei.core.intensity.noise import estimate_noise, is_noise
from napari_nuclei.core.intensity.notes import describe_steps
from napari_nuclei.core.intensity.padding import (
    Colour,
    fill_padding,
    find_padding,
    is_padding,
)
from napari_nuclei.core.normalize import (
    as_grey,
    is_grey,
    normalize,
    percentile_limits,
    subsample,
)

Floats = NDArray[np.float32]
CountConfident = Callable[[Floats], int]
"""Takes a normalised plane (Y, X, 3), returns the number of confident nuclei in it."""

EXTREME_RATIO = 8.0
"""A plane is tried without its extreme values if its range is over this many times the
range of its darker 96.5 %. Validation images with few bright nuclei reach 52; the trial
finds fewer nuclei in them, so the step is not used."""

COMPARED_PIXELS = 1 << 16
"""About the number of pixels that decide whether a plane is unusual."""

BULK_PERCENTILE = 96.5
"""Extreme values are at most the brightest 3.5 % of the pixels."""

CUTOFF_RANGES = 3.0
"""Values are extreme if they exceed the lower limit by this many ranges of the darker
96.5 %."""

NOISY = 0.05
"""A plane is tried with smoothing if its noise exceeds this fraction of the intensity
range. Validation images have .000 to .027; a contrast-to-noise ratio of 2 is about .12.
"""

SMOOTHING_SIGMA = 1.5
"""Sigma of the Gaussian filter that smooths a noisy plane, in pixels."""

UNEVEN = 0.4
"""A plane is tried without its background if the spread of the local background exceeds
this fraction of the intensity range."""

BACKGROUND_DIAMETERS = 3.0
"""Structures wider than this many diameters of the model are background."""

MIN_GAIN = 1.1
"""A step is used if it multiplies the number of confident nuclei by more than this."""

MAX_LOSS = 0.75
"""The same factor for smoothing. It is below 1 because the number of confident nuclei
underrates smoothing: in fact fewer nuclei are missed."""


@dataclass(frozen=True, slots=True, eq=False)
class Preparation:
    """How the pixels of a plane become network input; the same for all its windows.

    Attributes
    ----------
    limits : tuple of float
        The values that become 0 and 1, after the steps below.
    padding : float, optional
        Pixels of exactly this value are set to `fill`.
    cutoff : float, optional
        Pixels above this value are set to `fill`.
    fill : float
        Value that replaces padding and extreme pixels: an intensity of the background.
    smoothing : float
        Sigma of a Gaussian filter, in pixels; 0 for none.
    background : BackgroundMap, optional
        Background that is subtracted.
    holds_noise : bool
        Whether the intensities of the plane look like pure noise.
    channel : int, optional
        The colour channel of an RGB plane that is read: 0, 1 or 2 for red, green or
        blue. None reads all of them.
    fill_colour : tuple of float, optional
        Colour that replaces the padding of an RGB plane.
    colours : bool
        Whether colours of the plane are read.
    """

    limits: tuple[float, float]
    padding: float | None = None
    cutoff: float | None = None
    fill: float = 0.0
    smoothing: float = 0.0
    background: BackgroundMap | None = None
    holds_noise: bool = False
    channel: int | None = None
    fill_colour: Colour | None = None
    colours: bool = False

    @property
    def is_plain(self) -> bool:
        """Whether pixels are only scaled."""
        filled = self.padding is not None or self.cutoff is not None
        return not (filled or self.smoothing or self.background)

    @property
    def margin(self) -> int:
        """Pixels around a window that its prepared pixels depend on."""
        return filter_radius(self.smoothing)

    def apply(self, pixels: NDArray[Any], window: Window) -> Floats:
        """Return pixels of a window as network input.

        Parameters
        ----------
        pixels : ndarray of shape (Y, X) or (Y, X, S)
        window : Window
            Position of the pixels in the plane.

        Returns
        -------
        ndarray of float32, shape (Y, X, 3)
            Values from 0 to 1, read-only. Within `margin` of the window's edge they
            differ from those of the whole plane.
        """
        if self.is_plain:
            return normalize(self.select(pixels), self.limits)
        return normalize(self.correct(pixels, window), self.limits)

    def select(self, pixels: NDArray[Any]) -> NDArray[Any]:
        """Return the colour channel of the pixels that is read, or all pixels."""
        if self.channel is None or pixels.ndim == 2:
            return pixels
        return pixels[..., self.channel]

    def correct(self, pixels: NDArray[Any], window: Window) -> Floats:
        """Return the pixels after all steps but scaling: grey, or filled RGB."""
        if self.fill_colour is not None and self.padding is not None:
            values = np.array(pixels[..., :3], np.float32)
            values[is_padding(pixels, self.padding)] = self.fill_colour
            return values
        values = as_grey(self.select(pixels))
        if self.padding is not None:
            padded = values == np.float32(self.padding)
            values = np.where(padded, np.float32(self.fill), values)
        if self.cutoff is not None:
            values = np.where(values > self.cutoff, np.float32(self.fill), values)
        if self.background is not None:
            values = values - self.background.read(window)
        if self.smoothing:
            values = smooth(values, self.smoothing)
        return values

    def as_dict(self) -> dict[str, Any]:
        """Return the fields as plain values for a JSON file."""
        values = {item.name: getattr(self, item.name) for item in fields(self)}
        if self.background is not None:
            values["background"] = self.background.as_dict()
        return values

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> Preparation:
        """Make a preparation from the values of `as_dict`."""
        arguments = dict(values, limits=tuple(values["limits"]))
        if colour := arguments.get("fill_colour"):
            arguments["fill_colour"] = tuple(colour)
        if background := arguments.get("background"):
            arguments["background"] = BackgroundMap.from_dict(background)
        return cls(**arguments)

    def describe(self) -> list[str]:
        """Return a note for each step that changes the image."""
        return describe_steps(self)


def choose_preparation(
    pixels: NDArray[Any], count_confident: CountConfident | None, diameter: float
) -> Preparation:
    """Choose how a plane becomes network input.

    Parameters
    ----------
    pixels : ndarray of shape (Y, X) or (Y, X, S)
        The plane, or a sample of a plane that is too large to read.
    count_confident : callable, optional
        Called once for an unusual plane, and once for each step that is tried. If None,
        the plane is only scaled.
    diameter : float
        Diameter of the model's nuclei, in pixels.

    Returns
    -------
    Preparation
        Colour images are only scaled, except for padding, and for fluorescence
        composites, of which one channel is read.
    """
    colours = pixels[..., :3] if pixels.ndim == 3 else pixels
    chosen = Preparation(percentile_limits(colours), colours=not is_grey(pixels))
    low, high = chosen.limits
    if count_confident is None or low == high:
        return chosen
    if chosen.colours:
        channel = choose_channel(pixels, chosen.limits, count_confident)
        if channel is None:
            return fill_padding(colours, chosen)
        grey = pixels[..., channel]
        return replace(
            choose_preparation(grey, count_confident, diameter), channel=channel
        )
    values = as_grey(pixels)
    if is_noise(values):
        return replace(chosen, holds_noise=True)
    plane = Window(0, pixels.shape[0], 0, pixels.shape[1])
    count: int | None = None
    for candidate in steps_to_try(values, chosen, diameter):
        if count is None:
            count = count_confident(chosen.apply(pixels, plane))
        tried = add_step(chosen, candidate)
        corrected = tried.correct(pixels, plane)
        tried = replace(tried, limits=percentile_limits(corrected))
        new_count = count_confident(normalize(corrected, tried.limits))
        limit = MAX_LOSS * count if candidate.smoothing else MIN_GAIN * count + 1
        if new_count > limit:
            chosen, count = tried, new_count
    return chosen


def add_step(chosen: Preparation, step: Preparation) -> Preparation:
    """Return a preparation with the steps of another one added."""
    return Preparation(
        limits=chosen.limits,
        padding=chosen.padding if step.padding is None else step.padding,
        cutoff=chosen.cutoff if step.cutoff is None else step.cutoff,
        fill=step.fill or chosen.fill,
        smoothing=step.smoothing or chosen.smoothing,
        background=step.background or chosen.background,
        channel=chosen.channel,
    )


def steps_to_try(
    values: Floats, plain: Preparation, diameter: float
) -> Iterator[Preparation]:
    """Yield the steps to try on an unusual plane.

    Parameters
    ----------
    values : ndarray of float32, shape (Y, X)
    plain : Preparation
        With the intensity range of the plane.
    diameter : float
        Diameter of the model's nuclei, in pixels.
    """
    low, high = plain.limits
    sample = subsample(values, COMPARED_PIXELS)
    padding = find_padding(sample)
    if padding is not None:
        sample = sample[sample != padding]
        fill = float(np.median(sample))
        yield Preparation(plain.limits, padding=padding, fill=fill)
        low, high = percentile_limits(sample[np.newaxis])
    bulk = float(np.percentile(sample, BULK_PERCENTILE))
    ceiling = high
    if high - low > EXTREME_RATIO * (bulk - low):
        cutoff = low + CUTOFF_RANGES * (bulk - low)
        median = float(np.median(sample))
        yield Preparation(plain.limits, cutoff=cutoff, fill=median)
        ceiling = cutoff
    uneven = padding is None and background_spread(sample, (low, ceiling)) > UNEVEN
    if uneven and has_bright_objects(values, diameter):
        disc = BACKGROUND_DIAMETERS * diameter
        clipped = np.minimum(values, np.float32(ceiling))
        yield Preparation(plain.limits, background=estimate_background(clipped, disc))
    if estimate_noise(values) > NOISY * (high - low):
        yield Preparation(plain.limits, smoothing=SMOOTHING_SIGMA)
