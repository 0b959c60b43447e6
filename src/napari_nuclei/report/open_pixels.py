"""Open the images and labels that a report shows: files and OME-Zarr."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_nuclei.core.axes import PlaneLayout, make_layout
from napari_nuclei.io.label_files import read_labels
from napari_nuclei.io.microscopes.scenes import Scene
from napari_nuclei.io.ome.image_labels import open_labels
from napari_nuclei.io.outlines.read_outlines import is_outline_name
from napari_nuclei.io.readers import read_image
from napari_nuclei.io.zarr_images import is_zarr, open_zarr


@dataclass(frozen=True, slots=True)
class Pixels:
    """Pixels of a file, or of an OME-Zarr that is read when it is indexed.

    Attributes
    ----------
    pixels : array-like
    axes : str, optional
    pixel_size : float, optional
        Side of a pixel, in µm.
    """

    pixels: Any
    axes: str | None
    pixel_size: float | None = None


def open_image(path: Path, scene: Scene = None) -> Pixels:
    """Open an image file, or a scene of one, or an OME-Zarr image."""
    if is_zarr(path):
        image = open_zarr(path)
        return Pixels(image.pixels, image.axes, image.pixel_size)
    file = read_image(path, scene=scene)
    return Pixels(file.pixels, file.axes, file.pixel_size)


def open_label_image(path: Path, layout: PlaneLayout | None) -> Pixels:
    """Open labels: a file, an OME-Zarr, or outlines in an image of a known layout.

    Raises
    ------
    ValueError
        If outlines have no image.
    """
    if is_zarr(path):
        labels = open_labels(path)
        return Pixels(labels.pixels, labels.axes, labels.pixel_size)
    if is_outline_name(path):
        if layout is None:
            raise ValueError("its image was not found")
        shape, axes = layout.label_shape, layout.label_axes
        return Pixels(read_labels(path, shape=shape, axes=axes), axes)
    file = read_image(path)
    return Pixels(file.stored_pixels, file.axes, file.pixel_size)


def layout_of(
    opened: Pixels, axes: str | None, channel: int | str | None
) -> PlaneLayout:
    """Return the axes of pixels, with the channel if they have several.

    A file of one channel of several that are joined has none itself.
    """
    shape, stated = tuple(opened.pixels.shape), axes or opened.axes
    try:
        return make_layout(shape, stated, channel)
    except ValueError:
        if channel is None or "C" in (stated or ""):
            raise
        return make_layout(shape, stated)
