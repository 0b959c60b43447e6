"""Preparation and network scale of a large image, from samples of its pixels."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.axes import PlaneIndex, PlaneLayout
from napari_nuclei.core.blocks import Window, plan_blocks
from napari_nuclei.core.intensity.background import background_spread
from napari_nuclei.core.intensity.large_background import try_background
from napari_nuclei.core.intensity.padding import fill_padding
from napari_nuclei.core.intensity.preparation import (
    COMPARED_PIXELS,
    UNEVEN,
    Preparation,
)
from napari_nuclei.core.normalize import (
    MAX_SAMPLED_PIXELS,
    as_grey,
    check_image,
    is_grey,
    percentile_limits,
    subsample,
)
from napari_nuclei.core.plane_regions import (
    ImageStatistics,
    spread_evenly,
)
from napari_nuclei.core.segmenter import Segmenter

MAX_FULL_READ_PIXELS = 4096**2
"""Pixels of the largest plane in which the diameter is measured everywhere, as in
`Segmenter.run`."""

MAX_STRIDED_PIXELS = 8192**2
"""Pixels of the largest plane whose intensities are sampled on a regular grid, as in
memory."""

PATCHES_PER_AXIS, PATCH_SIZE = 16, 256
"""Larger planes are sampled in patches: their number along each axis, and their side in
pixels."""

PATCH_STRIDE = 4
"""Distance between the pixels of a patch from which its contrast is measured."""

DIAMETER_REGION_SIZE = 2048
"""Side, in pixels, of the regions of a larger plane where the diameter is measured."""

MAX_REGIONS = 3
"""Regions of a larger plane in which the diameter is measured."""

MAX_SCALE_DENOMINATOR = 16
"""Largest denominator of the network scale, or numerator if the scale is below 1."""

BAND_HEIGHT = 1024
"""Height, in pixels, of the bands of rows that are read at once."""


def compute_image_statistics(
    segmenter: Segmenter,
    pixels: Any,
    layout: PlaneLayout,
    config: SegmentConfig,
    pixel_size: float | None,
) -> ImageStatistics:
    """Choose the preparation of each plane and the network scale from samples.

    Parameters
    ----------
    segmenter : Segmenter
    pixels : array-like
        numpy, dask, zarr or similar; only samples of large planes are read.
    layout : PlaneLayout
    config : SegmentConfig
    pixel_size : float, optional
        Side of a pixel, in µm.

    Returns
    -------
    ImageStatistics

    Raises
    ------
    TypeError, ValueError
        If a plane cannot be segmented, or the diameter needs a pixel size.
    """
    indices = list(layout.plane_indices())
    preparations = tuple(
        choose_plane_preparation(segmenter, pixels, layout, index, config)
        for index in indices
    )

    def samples() -> Iterator[NDArray[np.float32]]:
        for number in spread_evenly(range(len(indices))):
            if preparations[number].holds_noise:
                continue
            for window in find_textured_windows(pixels, layout, indices[number]):
                region = layout.read_plane(pixels, indices[number], window.index)
                yield preparations[number].apply(region, window)

    scale = segmenter.choose_scale(samples(), config, pixel_size)
    return ImageStatistics(preparations, approximate_fraction(scale))


def choose_plane_preparation(
    segmenter: Segmenter,
    pixels: Any,
    layout: PlaneLayout,
    index: PlaneIndex,
    config: SegmentConfig,
) -> Preparation:
    """Choose how a plane becomes network input.

    For a plane that is too large to read, steps are tried in its region of highest
    contrast, and the intensity range comes from a sample. Its background is estimated
    in the whole plane, and tried in several regions.
    """
    height, width = layout.plane_shape
    (region,) = find_textured_regions(pixels, layout, index, count=1)
    check_image(region)
    chosen = segmenter.choose_preparation(region, config)
    if height * width <= MAX_FULL_READ_PIXELS:
        return chosen
    sample = chosen.select(sample_plane(pixels, layout, index))
    plain = replace(chosen, background=None, smoothing=0.0, holds_noise=False)
    if not plain.is_plain:
        sample = plain.correct(sample, Window(0, sample.shape[0], 0, sample.shape[1]))
    without = replace(chosen, background=None, limits=percentile_limits(sample))
    if not config.correct or segmenter.card.noise_confidence is None:
        return without
    if sample.ndim == 3 and not is_grey(sample):
        return without if without.padding is not None else fill_padding(sample, without)
    spread = background_spread(
        subsample(as_grey(sample), COMPARED_PIXELS), without.limits
    )
    if chosen.padding is None and (spread > UNEVEN or chosen.background is not None):
        return try_background(
            segmenter,
            layout.plane_shape,
            lambda window: layout.read_plane(pixels, index, window.index),
            find_textured_windows(pixels, layout, index),
            config,
            without,
            lambda read: percentile_limits(sample_windows(layout.plane_shape, read)),
        )
    return without


def approximate_fraction(scale: float) -> Fraction:
    """Return a fraction close to a scale, of a small numerator and denominator.

    Examples
    --------
    >>> approximate_fraction(0.3334), approximate_fraction(1.0)
    (Fraction(1, 3), Fraction(1, 1))
    >>> approximate_fraction(2.49)
    Fraction(5, 2)
    """
    if scale < 1:
        return 1 / Fraction(1 / scale).limit_denominator(MAX_SCALE_DENOMINATOR)
    return Fraction(scale).limit_denominator(MAX_SCALE_DENOMINATOR)


def sample_plane(pixels: Any, layout: PlaneLayout, index: PlaneIndex) -> NDArray[Any]:
    """Return up to a few million pixels from all over a plane.

    Parameters
    ----------
    pixels : array-like
    layout : PlaneLayout
    index : tuple of int
        Index of the plane.

    Returns
    -------
    ndarray of shape (y, x) or (y, x, 3)

    Raises
    ------
    TypeError, ValueError
        As `check_image` does.
    """
    sample = sample_windows(
        layout.plane_shape,
        lambda window: layout.read_plane(pixels, index, window.index),
    )
    check_image(sample)
    return sample[..., :3] if sample.ndim == 3 else sample


def sample_windows(
    shape: tuple[int, int], read: Callable[[Window], NDArray[Any]]
) -> NDArray[Any]:
    """Return up to a few million pixels from all over a plane, in their arrangement.

    Parameters
    ----------
    shape : tuple of int
        Height and width of the plane.
    read : callable
        Takes a window of the plane, returns its pixels.
    """
    height, width = shape
    if height * width <= MAX_STRIDED_PIXELS:
        step = max(1, int(np.sqrt(height * width / MAX_SAMPLED_PIXELS)))
        windows = iter_row_bands(shape, step)
        return np.concatenate([read(window)[::step, ::step] for window in windows])
    patches = [read(window) for window in patch_grid(shape)]
    rows = [
        np.concatenate(patches[first : first + PATCHES_PER_AXIS], axis=1)
        for first in range(0, len(patches), PATCHES_PER_AXIS)
    ]
    return np.concatenate(rows)


def iter_row_bands(shape: tuple[int, int], step: int) -> Iterator[Window]:
    """Yield bands of rows that start at multiples of `step`."""
    height, width = shape
    band = -(-BAND_HEIGHT // step) * step
    for top in range(0, height, band):
        yield Window(top, min(top + band, height), 0, width)


def patch_grid(shape: tuple[int, int]) -> list[Window]:
    """Return patches that are spread evenly over a plane."""
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
    pixels: Any, layout: PlaneLayout, index: PlaneIndex, count: int = MAX_REGIONS
) -> list[NDArray[Any]]:
    """Return the pixels of the windows that `find_textured_windows` finds.

    Returns
    -------
    list of ndarray of shape (Y, X) or (Y, X, S)
    """
    windows = find_textured_windows(pixels, layout, index, count)
    return [layout.read_plane(pixels, index, window.index) for window in windows]


def find_textured_windows(
    pixels: Any, layout: PlaneLayout, index: PlaneIndex, count: int = MAX_REGIONS
) -> list[Window]:
    """Return the window of a plane, or the windows of highest contrast of a large one.

    Parameters
    ----------
    pixels : array-like
    layout : PlaneLayout
    index : tuple of int
        Index of the plane.
    count : int
        Largest number of regions.

    Returns
    -------
    list of Window
        The window of the highest contrast is the first.
    """
    height, width = layout.plane_shape
    if height * width <= MAX_FULL_READ_PIXELS:
        return [Window(0, height, 0, width)]
    regions = plan_blocks(layout.plane_shape, DIAMETER_REGION_SIZE)
    contrast = np.zeros(len(regions))
    regions_per_row = -(-width // DIAMETER_REGION_SIZE)
    for patch in patch_grid(layout.plane_shape):
        row = patch.top // DIAMETER_REGION_SIZE
        column = patch.left // DIAMETER_REGION_SIZE
        values = layout.read_plane(pixels, index, patch.index)
        values = values[::PATCH_STRIDE, ::PATCH_STRIDE].astype(np.float64)
        contrast[row * regions_per_row + column] += values.std()
    best = np.argsort(-contrast, kind="stable")[:count]
    return [regions[int(i)] for i in best]
