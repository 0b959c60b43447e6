"""What must be known of a whole plane before its blocks are segmented."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.axes import PlaneIndex, PlaneLayout
from napari_nuclei.core.blocks import Window, plan_blocks
from napari_nuclei.core.normalize import (
    MAX_SAMPLED_PIXELS,
    check_image,
    normalize,
    percentile_limits,
)
from napari_nuclei.core.plane_regions import ImageStatistics
from napari_nuclei.core.segmenter import SAMPLED_PLANES, Segmenter, spread_evenly

MAX_FULL_READ_PIXELS = 4096**2
"""Planes of up to so many pixels are measured whole, as `Segmenter.run` does."""

MAX_STRIDED_PIXELS = 8192**2
"""Planes of up to so many pixels are sampled like those in memory: all over."""

PATCHES_PER_AXIS, PATCH_SIZE = 16, 256
"""Larger planes are sampled in patches: so many along each axis, of that side."""

DIAMETER_REGION_SIZE = 2048
"""Side of the parts of a larger plane in which the diameter is measured."""

MAX_SCALE_DENOMINATOR = 16
"""Largest denominator of the factor by which planes are resized."""


def compute_image_statistics(
    segmenter: Segmenter,
    pixels: Any,
    layout: PlaneLayout,
    config: SegmentConfig,
    pixel_size: float | None,
) -> ImageStatistics:
    """Sample an image's values and measure its nuclei.

    Parameters
    ----------
    segmenter : Segmenter
    pixels : array-like
    layout : PlaneLayout
    config : SegmentConfig
    pixel_size : float, optional
        In micrometres.
    """
    places = list(layout.plane_indices())
    limits = tuple(
        percentile_limits(sample_plane(pixels, layout, place)) for place in places
    )
    parts = [
        normalize(part, limits[number])
        for number in spread_evenly(range(len(places)))
        for part in find_textured_regions(pixels, layout, places[number])
    ]
    scale = segmenter.choose_scale(parts, config, pixel_size)
    return ImageStatistics(limits, approximate_fraction(scale))


def approximate_fraction(scale: float) -> Fraction:
    """Return a fraction of small numbers close to a factor.

    Examples
    --------
    >>> [approximate_fraction(scale) for scale in (0.3334, 1.0, 2.49)]
    [Fraction(1, 3), Fraction(1, 1), Fraction(5, 2)]
    """
    if scale < 1:
        return 1 / Fraction(1 / scale).limit_denominator(MAX_SCALE_DENOMINATOR)
    return Fraction(scale).limit_denominator(MAX_SCALE_DENOMINATOR)


def sample_plane(pixels: Any, layout: PlaneLayout, place: PlaneIndex) -> NDArray[Any]:
    """Return a few million pixels from all over a plane, as an image (Y, X[, S])."""
    height, width = layout.plane_shape
    if height * width <= MAX_STRIDED_PIXELS:
        step = max(1, int(np.sqrt(height * width / MAX_SAMPLED_PIXELS)))
        rows = [
            layout.read_plane(pixels, place, window.index)[::step, ::step]
            for window in iter_row_bands(layout.plane_shape, step)
        ]
        found = np.concatenate(rows)
    else:
        patches = patch_grid(layout.plane_shape)
        found = np.concatenate(
            [layout.read_plane(pixels, place, window.index) for window in patches]
        )
    check_image(found)
    return found[..., :3] if found.ndim == 3 else found


def iter_row_bands(shape: tuple[int, int], step: int) -> Iterator[Window]:
    """Yield bands of rows that begin at multiples of `step`."""
    height, width = shape
    tall = -(-1024 // step) * step
    for top in range(0, height, tall):
        yield Window(top, min(top + tall, height), 0, width)


def patch_grid(shape: tuple[int, int]) -> list[Window]:
    """Return patches spread evenly over a plane."""
    plane = Window(0, shape[0], 0, shape[1])
    rows, columns = (
        np.linspace(0, max(0, length - PATCH_SIZE), PATCHES_PER_AXIS)
        .astype(int)
        .tolist()
        for length in shape
    )
    return [
        Window(row, row + PATCH_SIZE, column, column + PATCH_SIZE).intersection(plane)
        for row in rows
        for column in columns
    ]


def find_textured_regions(
    pixels: Any, layout: PlaneLayout, place: PlaneIndex
) -> list[NDArray[Any]]:
    """Return the plane, or of a large one the parts that hold most."""
    height, width = layout.plane_shape
    if height * width <= MAX_FULL_READ_PIXELS:
        return [layout.read_plane(pixels, place)]
    parts = plan_blocks(layout.plane_shape, DIAMETER_REGION_SIZE)
    spread = np.zeros(len(parts))
    across = -(-width // DIAMETER_REGION_SIZE)
    for window in patch_grid(layout.plane_shape):
        row, column = (
            window.top // DIAMETER_REGION_SIZE,
            window.left // DIAMETER_REGION_SIZE,
        )
        values = layout.read_plane(pixels, place, window.index)[::4, ::4].astype(
            np.float64
        )
        spread[row * across + column] += values.std()
    best = np.argsort(-spread, kind="stable")[:SAMPLED_PLANES]
    return [layout.read_plane(pixels, place, parts[int(i)].index) for i in best]
