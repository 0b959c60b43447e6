"""A quick look at what is on the screen, at the screen's resolution; without Qt."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.diameter import NATIVE_RANGE, network_scale
from napari_nuclei.core.normalize import normalize, percentile_limits
from napari_nuclei.core.plane_regions import ImageStatistics, IntensityRange
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.widgets.layers.axes import full_shape
from napari_nuclei.widgets.layers.image_source import (
    VISIBLE_PART,
    ImageSource,
    PixelBounds,
    RegionChoice,
    make_image_source,
)
from napari_nuclei.widgets.shared.progress import Progress, ProgressCallback

if TYPE_CHECKING:
    from collections.abc import Sequence

    import napari.layers

    from napari_nuclei.config import SegmentConfig

MAX_NETWORK_PIXELS = 600_000
"""Pixels that the network is given at most, where nuclei stay large enough for it."""

MAX_UPSCALING = 2.0
"""Largest factor by which the screen's pixels are enlarged for small nuclei."""

TILE, OVERLAP = 256, 32
"""Larger tiles than a run's: less of them is seen twice."""


@dataclass(frozen=True, slots=True)
class ScreenRegion:
    """What is to be looked at.

    Attributes
    ----------
    source : ImageSource
        The part of a plane that is on the screen.
    binning : int
        So many of its pixels a side make one of the screen, about.
    zoom : float
        Pixels of the layer, at full resolution, in one of the labels.
    whole : ImageSource, optional
        The whole plane, where reading it is quick: its values are normalised alike
        wherever one looks.
    """

    source: ImageSource
    binning: int
    zoom: float
    whole: ImageSource | None


@dataclass(frozen=True, slots=True)
class LiveResult:
    """What was seen.

    Attributes
    ----------
    labels : ndarray of int32
        With the axes of the source's labels, rows and columns at the screen's
        resolution.
    nuclei : int
    diameter : float, optional
        Of the nuclei, in pixels of the layer at full resolution; None where none are
        in view to measure it.
    limits : tuple of float
        Values that became 0 and 1.
    """

    labels: NDArray[np.int32]
    nuclei: int
    diameter: float | None
    limits: tuple[float, float]


def make_screen_region(
    layer: napari.layers.Image,
    point: Sequence[float],
    choice: RegionChoice,
    view: PixelBounds | None,
    screen_pixels: float,
) -> ScreenRegion:
    """Plan how to read what is on the screen, without reading it.

    Parameters
    ----------
    layer : napari.layers.Image
    point : sequence of float
        Where the viewer's sliders stand, in the world.
    choice : RegionChoice
        Says the channel.
    view : PixelBounds, optional
        As of `make_image_source`.
    screen_pixels : float
        Width of a pixel of the layer, in pixels of the screen.

    Raises
    ------
    TypeError, ValueError
        If it cannot be segmented, or nothing of it is in view.
    """
    wanted = max(1.0, 1 / screen_pixels)
    level, shrunk = 0, 1.0
    if layer.multiscale:
        widths = [data.shape[-1 - layer.rgb] for data in layer.data]
        factors = [widths[0] / width for width in widths]
        level = max(n for n, factor in enumerate(factors) if factor <= wanted or not n)
        shrunk = factors[level]
    left = max(1, round(wanted / shrunk))
    # Averaging keeps noise down; of very many pixels a share is enough to average.
    stride = max(1, left // 4)
    binning = max(1, left // stride)
    choice = replace(choice, scope=VISIBLE_PART, level=level)
    source = make_image_source(
        layer, point, choice, view, stride=stride, binning=binning
    )
    whole = None
    if layer.multiscale or isinstance(layer.data, np.ndarray):
        coarse = len(layer.data) - 1 if layer.multiscale else 0
        everything = tuple((0, size) for size in full_shape(layer))
        whole = make_image_source(
            layer, point, replace(choice, level=coarse), everything
        )
    return ScreenRegion(source, binning, shrunk * stride * binning, whole)


def segment_screen(
    segmenter: Segmenter,
    screen: ScreenRegion,
    config: SegmentConfig,
    report: ProgressCallback,
    *,
    diameter: float | None = None,
    limits: tuple[float, float] | None = None,
) -> LiveResult:
    """Find the nuclei on the screen; called in a thread.

    Parameters
    ----------
    segmenter : Segmenter
    screen : ScreenRegion
    config : SegmentConfig
    report : callable
        Is given a `Progress` for every few tiles; ends the look by raising.
    diameter : float, optional
        Of the nuclei, in pixels of the layer, where an earlier look has measured it.
    limits : tuple of float, optional
        Values that become 0 and 1, where an earlier look has found them.
    """
    source = screen.source
    (place,) = source.layout.plane_indices()
    if limits is None and screen.whole is not None:
        (there,) = screen.whole.layout.plane_indices()
        limits = plane_limits(screen.whole.layout.read_plane(screen.whole.data, there))
    pixels = bin_pixels(source.layout.read_plane(source.data, place), screen.binning)
    if limits is None:
        limits = plane_limits(pixels)
    config = replace(
        config, tile=TILE, overlap=OVERLAP, **scale_settings(config, screen.zoom)
    )
    known = config.diameter_in_pixels(source.pixel_size)
    if known == "native":
        diameter = segmenter.card.diameter
    elif known != "auto":
        diameter = float(known) * screen.zoom
    elif diameter is None:
        plane = normalize(pixels, limits)
        diameter = segmenter.estimate_diameter([plane], config) * screen.zoom
    seen = diameter is not None and np.isfinite(diameter)
    diameter = diameter if seen else None
    fitting = segmenter.card.diameter * screen.zoom / diameter if diameter else 1.0
    scale = live_scale(fitting, pixels.shape[0] * pixels.shape[1])
    (result,) = segmenter.planes(
        pixels,
        make_layout(pixels.shape, "YXS"[: pixels.ndim]),
        statistics=ImageStatistics((limits,), Fraction(scale)),
        progress=lambda done, total: report(Progress(done, total)),
        config=config,
    )
    found = result.filtered.labels
    sizes = dict(zip("YX", found.shape, strict=True))
    shape = [sizes.get(axis, 1) for axis in source.layout.label_axes]
    labels = np.zeros(shape, np.int32)
    make_layout(tuple(shape), source.layout.label_axes).write_plane(
        labels, place, found
    )
    return LiveResult(labels, len(result.filtered.areas), diameter, limits)


def plane_limits(pixels: NDArray[Any]) -> IntensityRange:
    """Return the values of a plane, (Y, X) or (Y, X, S), that become 0 and 1."""
    return percentile_limits(pixels[..., :3] if pixels.ndim == 3 else pixels)


def scale_settings(config: SegmentConfig, zoom: float) -> dict[str, Any]:
    """Return the settings that are in pixels of the layer, in pixels of the screen."""
    changed: dict[str, Any] = {}
    for name in ("min_size", "max_size"):
        value = getattr(config, name)
        if value is not None:
            changed[name] = max(value / zoom**2, 1 if name == "max_size" else 0)
    if isinstance(config.diameter, str) and config.diameter in ("auto", "native"):
        return changed
    if isinstance(config.diameter, str) and config.diameter.endswith("um"):
        return changed  # the source's pixels are already those of the screen
    return changed | {"diameter": float(config.diameter) / zoom}


def live_scale(fitting: float, pixels: int) -> float:
    """Return by how much the screen is resized for the network.

    Parameters
    ----------
    fitting : float
        The factor that brings nuclei to the model's size.
    pixels : int
        On the screen.

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
    """Average squares of `count` pixels a side; what is left over is cut off."""
    if count == 1:
        return pixels
    height, width = (max(side // count, 1) for side in pixels.shape[:2])
    kept = pixels[: height * count, : width * count]
    if kept.dtype not in (np.uint8, np.uint16, np.float32, np.float64):
        kept = kept.astype(np.float64)
    how = cv2.INTER_AREA
    return np.asarray(cv2.resize(kept, (width, height), interpolation=how))
