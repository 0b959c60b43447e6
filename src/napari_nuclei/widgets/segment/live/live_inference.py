"""Segment the visible part of an image at the resolution of the screen; without Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config.segment_config import LENGTH_PATTERN
from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.diameter import NATIVE_RANGE, network_scale
from napari_nuclei.core.intensity.noise import is_noise
from napari_nuclei.core.intensity.preparation import Preparation
from napari_nuclei.core.normalize import (
    as_grey,
    is_grey,
    normalize,
)
from napari_nuclei.core.plane_regions import ImageStatistics
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.widgets.layers.image_source import (
    VISIBLE_PART,
    ImageSource,
    PixelBounds,
    RegionChoice,
    make_image_source,
)
from napari_nuclei.widgets.layers.layer_axes import full_shape
from napari_nuclei.widgets.segment.live.screen_intensity import (
    ScreenIntensity,
    measure_intensity,
)
from napari_nuclei.widgets.shared.thread_progress import Progress, ProgressCallback

if TYPE_CHECKING:
    from collections.abc import Sequence

    import napari.layers

    from napari_nuclei.config import SegmentConfig

MAX_NETWORK_PIXELS = 600_000
"""Largest number of pixels for the network, unless nuclei would become too small."""

MAX_UPSCALING = 2.0
"""Largest network scale, for small nuclei."""

TILE, OVERLAP = 256, 32
"""In pixels; fewer pixels overlap than with the tiles of a run."""


@dataclass(frozen=True, slots=True)
class ScreenRegion:
    """The visible part of a plane.

    Attributes
    ----------
    source : ImageSource
        The visible part.
    binning : int
        Side, in pixels of the source, of the squares averaged to one screen pixel.
    zoom : float
        Width of a pixel of the labels, in pixels of the layer at full resolution.
    full_plane : ImageSource, optional
        The full plane. Limits measured in it are the same for all its parts. None if it
        is slow to read.
    """

    source: ImageSource
    binning: int
    zoom: float
    full_plane: ImageSource | None


@dataclass(frozen=True, slots=True)
class LiveResult:
    """The nuclei in the visible part.

    Attributes
    ----------
    labels : ndarray of int32
        With the axes of the source's labels; Y and X at the resolution of the screen.
    nuclei : int
    diameter : float, optional
        Diameter of the nuclei, in pixels of the layer at full resolution; None if no
        nuclei are visible.
    intensity : ScreenIntensity
        Intensities that were normalised to 0 and 1, and the colour channel.
    holds_noise : bool
        The visible part looks like noise, so only confident nuclei are labelled.
    """

    labels: NDArray[np.int32]
    nuclei: int
    diameter: float | None
    intensity: ScreenIntensity
    holds_noise: bool = False


def make_screen_region(
    layer: napari.layers.Image,
    point: Sequence[float],
    choice: RegionChoice,
    view: PixelBounds | None,
    screen_pixels: float,
) -> ScreenRegion:
    """Return the visible part of a layer, without reading its pixels.

    Parameters
    ----------
    layer : napari.layers.Image
    point : sequence of float
        Position of the viewer's sliders, in world coordinates.
    choice : RegionChoice
        The channel; its scope and level are not used.
    view : PixelBounds, optional
        See `make_image_source`.
    screen_pixels : float
        Width of a pixel of the layer, in pixels of the screen.

    Raises
    ------
    TypeError, ValueError
        If the layer cannot be segmented, or is not visible.
    """
    downsampling = max(1.0, 1 / screen_pixels)
    level, level_factor = 0, 1.0
    if layer.multiscale:
        widths = [data.shape[-1 - layer.rgb] for data in layer.data]
        factors = [widths[0] / width for width in widths]
        level = max(
            n for n, factor in enumerate(factors) if factor <= downsampling or not n
        )
        level_factor = factors[level]
    remaining = max(1, round(downsampling / level_factor))
    # Averaging reduces noise. For large squares every n-th pixel is enough.
    stride = max(1, remaining // 4)
    binning = max(1, remaining // stride)
    choice = replace(choice, scope=VISIBLE_PART, level=level)
    source = make_image_source(
        layer, point, choice, view, stride=stride, binning=binning
    )
    full_plane = None
    if layer.multiscale or isinstance(layer.data, np.ndarray):
        coarse = len(layer.data) - 1 if layer.multiscale else 0
        bounds = tuple((0, size) for size in full_shape(layer))
        full_plane = make_image_source(
            layer, point, replace(choice, level=coarse), bounds
        )
    zoom = level_factor * stride * binning
    return ScreenRegion(source, binning, zoom, full_plane)


def segment_screen(
    segmenter: Segmenter,
    screen: ScreenRegion,
    config: SegmentConfig,
    report: ProgressCallback,
    *,
    diameter: float | None = None,
    intensity: ScreenIntensity | None = None,
) -> LiveResult:
    """Find the nuclei in the visible part; called in a thread.

    Parameters
    ----------
    segmenter : Segmenter
    screen : ScreenRegion
    config : SegmentConfig
    report : callable
        Called with a `Progress` for every few tiles; raising ends the work.
    diameter : float, optional
        Diameter of the nuclei, in pixels of the layer, if it was measured before.
    intensity : ScreenIntensity, optional
        Intensities and colour channel of the plane, if they were measured before.
    """
    source = screen.source
    pixels = bin_pixels(read_only_plane(source), screen.binning)
    if intensity is None:
        views = [pixels]
        if screen.full_plane is not None:
            views.insert(0, read_only_plane(screen.full_plane))
        intensity = measure_intensity(segmenter, views, config)
    pixels, limits = intensity.select(pixels), intensity.limits
    config = replace(
        config, tile=TILE, overlap=OVERLAP, **scale_settings(config, screen.zoom)
    )
    measured = segmenter.card.noise_confidence is not None
    holds_noise = bool(
        config.correct and measured and is_grey(pixels) and is_noise(as_grey(pixels))
    )
    stated_diameter = config.diameter_in_pixels(source.pixel_size)
    if stated_diameter == "native":
        diameter = segmenter.card.diameter
    elif stated_diameter != "auto":
        diameter = float(stated_diameter) * screen.zoom
    elif diameter is None and not holds_noise:
        normalized = normalize(pixels, limits)
        diameter = segmenter.estimate_diameter([normalized], config) * screen.zoom
    if diameter is not None and not np.isfinite(diameter):
        diameter = None
    fitting_scale = 1.0
    if diameter:
        fitting_scale = segmenter.card.diameter * screen.zoom / diameter
    scale = live_scale(fitting_scale, pixels.shape[0] * pixels.shape[1])
    preparation = Preparation(limits, holds_noise=holds_noise)
    (result,) = segmenter.planes(
        pixels,
        make_layout(pixels.shape, "YXS"[: pixels.ndim]),
        statistics=ImageStatistics((preparation,), Fraction(scale)),
        progress=lambda done, total: report(Progress(done, total)),
        config=config,
    )
    labels = add_stack_axes(result.filtered.labels, source.layout.label_axes)
    nuclei = len(result.filtered.areas)
    return LiveResult(labels, nuclei, diameter, intensity, holds_noise)


def read_only_plane(source: ImageSource) -> NDArray[Any]:
    """Return the pixels of a source with a single plane, of shape (Y, X[, S])."""
    (plane_index,) = source.layout.plane_indices()
    return source.layout.read_plane(source.data, plane_index)


def add_stack_axes(plane: NDArray[np.int32], axes: str) -> NDArray[np.int32]:
    """Return labels of shape (Y, X) with all axes of a layer, of length 1 but Y and X.

    Examples
    --------
    >>> add_stack_axes(np.zeros((5, 7), np.int32), "TXY").shape
    (1, 7, 5)
    """
    ordered = plane if axes.index("Y") < axes.index("X") else plane.T
    stack = tuple(position for position, axis in enumerate(axes) if axis not in "YX")
    return np.expand_dims(ordered, stack)


def scale_settings(config: SegmentConfig, zoom: float) -> dict[str, Any]:
    """Return the settings that are lengths or areas, in pixels of the screen."""
    changed: dict[str, Any] = {}
    for name in ("min_size", "max_size"):
        value = getattr(config, name)
        if value is not None:
            changed[name] = max(value / zoom**2, 1 if name == "max_size" else 0)
    if isinstance(config.diameter, str) and config.diameter in ("auto", "native"):
        return changed
    if isinstance(config.diameter, str) and LENGTH_PATTERN.match(config.diameter):
        return changed  # pixels of the source are about those of the screen
    return changed | {"diameter": float(config.diameter) / zoom}


def live_scale(fitting: float, pixels: int) -> float:
    """Return the network scale: the factor to resize the visible part by.

    Parameters
    ----------
    fitting : float
        Factor that resizes nuclei to the model's diameter.
    pixels : int
        Number of pixels of the visible part.

    Examples
    --------
    >>> live_scale(1.2, 300_000)
    1.0
    >>> round(live_scale(1.0, 1_000_000), 2)
    0.77
    """
    scale = min(network_scale(1 / fitting), MAX_UPSCALING)
    smallest = NATIVE_RANGE[0] * fitting
    return float(min(scale, max(np.sqrt(MAX_NETWORK_PIXELS / pixels), smallest)))


def bin_pixels(pixels: NDArray[Any], count: int) -> NDArray[Any]:
    """Average squares of `count` x `count` pixels; crop the remainder.

    Parameters
    ----------
    pixels : ndarray of shape (Y, X[, S])
    count : int
    """
    if count == 1:
        return pixels
    height, width = (max(side // count, 1) for side in pixels.shape[:2])
    cropped = pixels[: height * count, : width * count]
    if cropped.dtype not in (np.uint8, np.uint16, np.float32, np.float64):
        cropped = cropped.astype(np.float64)
    return np.asarray(
        cv2.resize(cropped, (width, height), interpolation=cv2.INTER_AREA)
    )
