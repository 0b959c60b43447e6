"""Assess the quality of one plane: focus, contrast, saturation and more."""

from __future__ import annotations

from math import nan
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.diameter import area_weighted_diameter
from napari_nuclei.core.maps import FilteredLabels, OutputMaps
from napari_nuclei.core.normalize import is_grey, percentile_limits, subsample
from napari_nuclei.core.quality.background_cells import BackgroundCells
from napari_nuclei.core.quality.colour_weights import (
    find_colour_weights,
    mix_colours,
)
from napari_nuclei.core.quality.focus import measure_focus
from napari_nuclei.core.quality.measured_plane import DetailWindow, read_grey
from napari_nuclei.core.quality.other_objects import are_few_and_large, count_signs
from napari_nuclei.core.quality.quality import Quality, share_at_border
from napari_nuclei.core.quality.saturation_and_contrast import (
    contrast_of_nuclei,
    measure_saturation,
)

SAMPLED_PIXELS = 1 << 14
"""About as many pixels at most are compared where every n-th pixel is enough."""


def assess_plane(
    pixels: NDArray[Any],
    maps: OutputMaps,
    filtered: FilteredLabels,
    model_diameter: float,
) -> Quality:
    """Assess the quality of a segmented plane.

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
    low_confidence = filtered.dropped.low_confidence
    count = len(filtered.areas)
    return assess_labels(
        pixels,
        filtered.labels,
        filtered.areas,
        scale=maps.scale,
        model_diameter=model_diameter,
        confidence=float(np.median(filtered.confidence)) if count else nan,
        unclear_share=share_unclear(subsample(maps.foreground, SAMPLED_PIXELS)),
        left_out_share=low_confidence / max(1, count + low_confidence),
    )


def assess_labels(
    pixels: NDArray[Any],
    labels: NDArray[np.int32],
    areas: NDArray[np.integer],
    *,
    scale: float,
    model_diameter: float,
    confidence: float = nan,
    unclear_share: float = 0.0,
    left_out_share: float = 0.0,
) -> Quality:
    """Assess the quality of a plane with labels.

    Parameters
    ----------
    pixels : ndarray of shape (Y, X) or (Y, X, S)
    labels : ndarray of int32, shape (Y, X)
        Nuclei; numbers may be missing.
    areas : ndarray of int, shape (n,)
        Area of each nucleus, in pixels.
    scale : float
        Network scale.
    model_diameter : float
        Diameter of the model's nuclei, in pixels.
    confidence : float
        Median confidence of the nuclei; NaN if unknown.
    unclear_share, left_out_share : float
        Uncertainty of the network, as in `other_objects.Limits`; 0 if unknown.

    Returns
    -------
    Quality
    """
    count = len(areas)
    if not count:
        return Quality(network_scale=scale)
    diameter = area_weighted_diameter(areas)
    colours = not is_grey(pixels)
    sample = subsample(pixels, SAMPLED_PIXELS)
    step = max(1, -(-pixels.shape[0] // sample.shape[0]))
    some = np.ascontiguousarray(labels[::step, ::step])
    weights = find_colour_weights(sample, some) if colours else None
    grey = mix_colours(sample, weights) if colours else sample
    limits = percentile_limits(grey)
    values = read_grey(grey, limits)
    cells = BackgroundCells.measure(values, some, diameter / step)
    window = DetailWindow.cut(
        pixels, labels, cells, limits=limits, diameter=diameter, weights=weights
    )
    contrasts = contrast_of_nuclei(window.values, window.labels, window.background)
    contrast = max(abs(float(np.median(contrasts))), 1e-6) if len(contrasts) else nan
    unevenness = nan if colours else cells.range / contrast
    signs = 0
    if len(contrasts):
        signs = count_signs(
            window,
            contrasts,
            unclear_share=unclear_share,
            confidence=confidence,
            left_out_share=left_out_share,
            in_colour=colours,
            unevenness=unevenness,
            few_large=are_few_and_large(count, scale),
        )
    return Quality(
        nuclei=count,
        focus=measure_focus(window) if len(contrasts) else nan,
        saturated_share=0.0 if colours else measure_saturation(values, some),
        contrast=contrast / window.pixel_noise,
        background_unevenness=unevenness,
        border_share=share_at_border(labels, count),
        median_confidence=confidence,
        network_diameter=diameter * scale / model_diameter,
        network_scale=scale,
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
