"""Preparation and network scale of a large image, from samples of its pixels."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.axes import PlaneIndex, PlaneLayout
from napari_nuclei.core.blocks import Window
from napari_nuclei.core.intensity.background import background_spread
from napari_nuclei.core.intensity.large_background import try_background
from napari_nuclei.core.intensity.padding import fill_padding
from napari_nuclei.core.intensity.preparation import (
    COMPARED_PIXELS,
    UNEVEN,
    Preparation,
)
from napari_nuclei.core.normalize import (
    as_grey,
    check_image,
    is_grey,
    percentile_limits,
    subsample,
)
from napari_nuclei.core.plane_regions import ImageStatistics, spread_evenly
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.scale.statistics.plane_samples import (
    MAX_FULL_READ_PIXELS,
    find_textured_windows,
    read_patches,
    sample_plane,
    sample_windows,
)

MAX_SCALE_DENOMINATOR = 16
"""Largest denominator of the network scale, or numerator if the scale is below 1."""


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
    chosen = [
        choose_plane_preparation(segmenter, pixels, layout, index, config)
        for index in indices
    ]
    preparations = tuple(preparation for preparation, _ in chosen)

    def samples() -> Iterator[NDArray[np.float32]]:
        for number in spread_evenly(range(len(indices))):
            if preparations[number].holds_noise:
                continue
            for window in chosen[number][1]:
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
) -> tuple[Preparation, list[Window]]:
    """Choose how a plane becomes network input, and find its textured windows.

    For a plane that is too large to read, steps are tried in its region of highest
    contrast, and the intensity range comes from a sample. Its background is estimated
    in the whole plane, and tried in several regions.
    """
    height, width = layout.plane_shape
    patches = read_patches(pixels, layout, index)
    windows = find_textured_windows(layout.plane_shape, patches)
    region = layout.read_plane(pixels, index, windows[0].index)
    check_image(region)
    chosen = segmenter.choose_preparation(region, config)
    if height * width <= MAX_FULL_READ_PIXELS:
        return chosen, windows
    sample = chosen.select(sample_plane(pixels, layout, index, patches))
    plain = replace(chosen, background=None, smoothing=0.0, holds_noise=False)
    if not plain.is_plain:
        sample = plain.correct(sample, Window(0, sample.shape[0], 0, sample.shape[1]))
    without = replace(chosen, background=None, limits=percentile_limits(sample))
    if not config.correct or segmenter.card.noise_confidence is None:
        return without, windows
    if sample.ndim == 3 and not is_grey(sample):
        if without.padding is None:
            without = fill_padding(sample, without)
        return without, windows
    spread = background_spread(
        subsample(as_grey(sample), COMPARED_PIXELS), without.limits
    )
    if chosen.padding is None and (spread > UNEVEN or chosen.background is not None):
        without = try_background(
            segmenter,
            layout.plane_shape,
            lambda window: layout.read_plane(pixels, index, window.index),
            windows,
            config,
            without,
            lambda read: percentile_limits(sample_windows(layout.plane_shape, read)),
        )
    return without, windows


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
