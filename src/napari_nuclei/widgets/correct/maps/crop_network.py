"""Run the network on a window of an image, for labels without maps; without Qt."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.diameter import network_scale
from napari_nuclei.core.intensity.preparation import Preparation
from napari_nuclei.core.plane_regions import ImageStatistics
from napari_nuclei.model.store import DEFAULT_MODEL, find_model
from napari_nuclei.widgets.correct.maps.crop_maps import (
    FROM_CROP,
    FROM_IMAGE,
    CropMaps,
    crop_output,
)
from napari_nuclei.widgets.layers.viewport import unwrap_layer
from napari_nuclei.widgets.nuclei.live.matching_images import (
    channel_axis_of_labels,
    image_arrays,
)
from napari_nuclei.widgets.segment.layer_data import METADATA_KEY, record_of
from napari_nuclei.widgets.segment.live.screen_intensity import measure_intensity

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

    from napari_nuclei.core.segmenter import Segmenter
    from napari_nuclei.widgets.correct.shown_part import ShownPart
    from napari_nuclei.widgets.shared.segmenter_cache import SegmenterCache

SAMPLED_PIXELS = 2**21
"""About the largest number of pixels in which the limits of intensity are measured."""

SIDE = 32
"""The network takes windows of at least this side, in pixels."""


@dataclass(frozen=True, slots=True)
class PlaneImage:
    """The image under the plane on display, read when it is needed.

    Attributes
    ----------
    data : array-like
        Pixels under the labels, with the axes of the labels, perhaps colours last.
    index : tuple
        Index of the plane in it; slices along the displayed axes.
    transposed : bool
        Whether the rows on display come after the columns in the data.
    """

    data: Any
    index: tuple[Any, ...]
    transposed: bool

    def read(self, rows: slice, columns: slice) -> NDArray[Any]:
        """Return a window of the plane on display, shape (Y, X) or (Y, X, S)."""
        sides = iter((columns, rows) if self.transposed else (rows, columns))
        key = tuple(next(sides) if part == slice(None) else part for part in self.index)
        pixels = np.asarray(self.data[key])
        return pixels.swapaxes(0, 1) if self.transposed else pixels


def find_plane_image(
    viewer: napari.viewer.Viewer, layer: napari.layers.Labels, part: ShownPart
) -> PlaneImage | None:
    """Return the image that labels were made from, or the topmost one under them."""
    import napari.layers

    record = record_of(layer)
    images = [unwrap_layer(candidate) for candidate in reversed(viewer.layers)]
    images = [
        candidate
        for candidate in images
        if isinstance(candidate, napari.layers.Image)
        and METADATA_KEY not in candidate.metadata
    ]
    images.sort(
        key=lambda layer: (layer.name != record.get("image"), not layer.visible)
    )
    for image in images:
        try:
            arrays = list(image_arrays(image, "image", layer).values())
        except ValueError:  # another shape or grid
            continue
        channel = record.get("channel") or 0
        data = arrays[channel if channel < len(arrays) else 0]
        dropped = channel_axis_of_labels(layer)
        shown = part.axes[-2:]
        index: list[Any] = list(part.position)
        for axis in shown:
            index[axis] = slice(None)
        if dropped is not None:
            if dropped in shown:
                return None
            del index[dropped]
        return PlaneImage(data, tuple(index), shown[0] > shown[1])
    return None


def model_of(layer: napari.layers.Labels) -> str:
    """Return the name of the model that made a layer, or of the default model."""
    return str(record_of(layer).get("model") or DEFAULT_MODEL)


def compute_crop(
    image: PlaneImage,
    shape: tuple[int, ...],
    window: tuple[slice, slice],
    model: str,
    diameter: float,
    segmenters: SegmenterCache,
) -> CropMaps:
    """Return the network's output in a window; called in a thread.

    Without a usable model the pixels of the image are returned instead.

    Parameters
    ----------
    image : PlaneImage
    shape : tuple of int
        Height and width of the plane.
    window : tuple of slice
        Rows and columns.
    model : str
        Name of the model.
    diameter : float
        Of the nuclei, in pixels.
    segmenters : SegmenterCache
    """
    pixels = image.read(*window)
    try:
        segmenter = segmenters.get(find_model(model).folder)
    except (ImportError, OSError, ValueError):  # the model was removed, or is damaged
        return CropMaps(window, image=pixels, source=FROM_IMAGE)
    return predict(segmenter, image, shape, window, diameter)


def predict(
    segmenter: Segmenter,
    image: PlaneImage,
    shape: tuple[int, ...],
    window: tuple[slice, slice],
    diameter: float,
) -> CropMaps:
    """Return the network's output in a window of a plane.

    The limits of intensity are those of the whole plane, as in a run.
    """
    height, width = shape
    step = max(1, int(np.sqrt(height * width / SAMPLED_PIXELS)))
    every = image.read(slice(0, height, step), slice(0, width, step))
    intensity = measure_intensity(segmenter, [every], SegmentConfig())
    pixels = intensity.select(image.read(*window))
    sides = [max(SIDE - size, 0) for size in pixels.shape[:2]]
    padding = [(0, side) for side in sides] + [(0, 0)] * (pixels.ndim - 2)
    padded = np.pad(pixels, padding, mode="edge")
    scale = network_scale(diameter / segmenter.card.diameter)
    (result,) = segmenter.planes(
        padded,
        make_layout(padded.shape, "YXS"[: padded.ndim]),
        statistics=ImageStatistics(
            (Preparation(intensity.limits),), Fraction(scale).limit_denominator(64)
        ),
        config=SegmentConfig(),
    )
    inner = (
        slice(0, window[0].stop - window[0].start),
        slice(0, window[1].stop - window[1].start),
    )
    found = crop_output(result.maps, inner, False, FROM_CROP)
    return CropMaps(window, found.foreground, found.distance, source=FROM_CROP)
