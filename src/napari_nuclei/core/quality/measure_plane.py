"""Measure the quality of one segmented plane."""

from __future__ import annotations

from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.diameter import area_weighted_diameter
from napari_nuclei.core.maps import FilteredLabels, OutputMaps
from napari_nuclei.core.normalize import is_grey, percentile_limits, subsample
from napari_nuclei.core.quality.background_cells import BackgroundCells
from napari_nuclei.core.quality.focus import measure_focus
from napari_nuclei.core.quality.intensities import (
    contrast_of_nuclei,
    measure_saturation,
)
from napari_nuclei.core.quality.measured_plane import DetailWindow, read_grey
from napari_nuclei.core.quality.other_objects import count_signs
from napari_nuclei.core.quality.quality import Quality, share_at_border

SAMPLED_PIXELS = 1 << 14
"""About as many pixels at most are compared where every n-th pixel is enough."""


def measure_plane(
    pixels: NDArray[Any],
    maps: OutputMaps,
    filtered: FilteredLabels,
    model_diameter: float,
) -> Quality:
    """Measure the quality of a segmented plane.

    Parameters
    ----------
    pixels : ndarray of shape (Y, X) or (Y, X, S)
        The plane as it was read.
    maps : OutputMaps
        Output of the network for the plane.
    filtered : FilteredLabels
        The nuclei of the plane.
    model_diameter : float
        Diameter of the model's nuclei, in pixels.

    Returns
    -------
    Quality
    """
    count = len(filtered.areas)
    if not count:
        return Quality(network_scale=maps.scale)
    diameter = area_weighted_diameter(filtered.areas)
    colours = not is_grey(pixels)
    sample = subsample(pixels, SAMPLED_PIXELS)
    step = max(1, -(-pixels.shape[0] // sample.shape[0]))
    labels = np.ascontiguousarray(filtered.labels[::step, ::step])
    limits = percentile_limits(sample[..., :3] if colours else sample)
    values = read_grey(sample, limits)
    cells = BackgroundCells.measure(values, labels, diameter / step)
    window = DetailWindow.cut(
        pixels, filtered.labels, cells, limits=limits, diameter=diameter
    )
    contrasts = contrast_of_nuclei(window.values, window.labels, window.background)
    contrast = max(abs(float(np.median(contrasts))), 1e-6) if len(contrasts) else nan
    confidence = float(np.median(filtered.confidence))
    low_confidence = filtered.dropped.low_confidence
    signs = 0
    if len(contrasts):
        signs = count_signs(
            window,
            contrasts,
            unclear_share=share_unclear(subsample(maps.foreground, SAMPLED_PIXELS)),
            confidence=confidence,
            left_out_share=low_confidence / (count + low_confidence),
            in_colour=colours,
        )
    return Quality(
        nuclei=count,
        focus=measure_focus(window) if len(contrasts) else nan,
        saturated_share=0.0 if colours else measure_saturation(values, labels),
        contrast=contrast / window.pixel_noise,
        background_unevenness=nan if colours else cells.range / contrast,
        border_share=share_at_border(filtered.labels, count),
        median_confidence=confidence,
        network_diameter=diameter * maps.scale / model_diameter,
        network_scale=maps.scale,
        other_object_signs=signs,
    )


def share_unclear(foreground: NDArray[np.float32]) -> float:
    """Return the sum of min(p, 1 - p) over the sum of p, of foreground probabilities.

    Parameters
    ----------
    foreground : ndarray of float32, shape (y, x)
    """
    total = float(foreground.sum(dtype=np.float64))
    unclear = float(np.minimum(foreground, 1 - foreground).sum(dtype=np.float64))
    return unclear / total if total > 0 else 0.0
