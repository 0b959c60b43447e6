"""Open an image of a run with its nuclei as layers."""

from __future__ import annotations

import math
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS, check_pixel_count
from napari_nuclei.io.image_files import ImageFile
from napari_nuclei.io.label_files import read_labels
from napari_nuclei.io.microscopes.scenes import Scene
from napari_nuclei.io.readers import open_image, read_image
from napari_nuclei.io.zarr_images import is_zarr, spacing_of_slices
from napari_nuclei.scale.records.run_record import read_settings

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

    from napari_nuclei.scale.file_result import FileResult
    from napari_nuclei.widgets.folder.folder_run import ImageOfRun

LABEL_ENDINGS = ("_labels.tif", "_labels.png")
"""Endings of the files of labels, the best first."""

CHANNEL_COLOURS = ("gray", "green", "magenta", "cyan", "yellow", "red")


class OpenResult:
    """Show one image of a run at a time.

    The layers of the image before are removed, unless its labels were edited.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self._viewer = viewer
        self._layers: list[napari.layers.Layer] = []
        self._labels: tuple[napari.layers.Labels, NDArray[np.integer]] | None = None

    def open(self, image: ImageOfRun, result: FileResult | None) -> str:
        """Add an image and its nuclei as layers; return what was opened.

        Raises
        ------
        OSError, ValueError
            If a file cannot be read; the layers stay as they are.
        """
        files = image.files or (image.path,)
        # The file of the nuclei comes first and is the lowest layer.
        files = (image.path, *(path for path in files if path != image.path))
        path = None if result is None or result.reason else labels_file(result)
        scene = None if path is None else read_settings(path.parent).get("scene")
        opened = [(source, read_pixels(source, scene)) for source in files]
        labels = None if path is None else read_labels(path)
        kept = self._close()
        for number, (source, pixels) in enumerate(opened):
            self._layers += self._add_image(source, pixels, number, len(opened))
        note = f" {kept} was edited and stays open." if kept else ""
        if result is not None and result.reason:
            return f"{image.name} failed: {result.reason}.{note}"
        if labels is None:
            return f"{image.name} has no file of labels.{note}"
        layer = self._viewer.add_labels(
            labels,
            name=f"{image.name} nuclei",
            **transform(opened[0][1], "CS", labels.ndim),
        )
        self._layers.append(layer)
        self._labels = layer, labels.copy()
        self._viewer.layers.selection.active = layer
        return f"{image.name} is open with its nuclei.{note}"

    def _close(self) -> str:
        """Remove the layers of the image before; return the name of edited labels."""
        kept = ""
        if self._labels is not None:
            layer, original = self._labels
            edited = not np.array_equal(np.asarray(layer.data), original)
            if edited and layer in self._viewer.layers:
                kept = layer.name
                self._layers = []
        for layer in self._layers:
            if layer in self._viewer.layers:
                self._viewer.layers.remove(layer)
        self._layers, self._labels = [], None
        return kept

    def _add_image(
        self, path: Path, image: ImageFile, number: int, count: int
    ) -> list[napari.layers.Layer]:
        channel = image.axes.find("C")
        if channel >= 0:
            added = self._viewer.add_image(
                image.pixels,
                name=path.stem,
                channel_axis=channel,
                **transform(image, "C"),
            )
            return list(added)
        settings = transform(image, "S")
        if image.axes.endswith("S"):
            settings["rgb"] = True
        elif count > 1:
            settings["colormap"] = CHANNEL_COLOURS[number % len(CHANNEL_COLOURS)]
            settings["blending"] = "additive"
        return [self._viewer.add_image(image.pixels, name=path.stem, **settings)]


def read_pixels(path: Path, scene: Scene = None) -> ImageFile:
    """Read a scene of an image file, or the full resolution of a field of a plate.

    Raises
    ------
    OSError, ValueError
        If it cannot be read, or has too many pixels to be shown whole.
    """
    if not is_zarr(path):
        return read_image(path, scene=scene)
    image = open_image(path)
    check_pixel_count(math.prod(image.pixels.shape), 0, MAX_PIXELS, path.name)
    pixels = np.asarray(image.pixels[...])
    axes = image.axes or "YX"
    spacing = spacing_of_slices(image)
    return ImageFile(pixels, axes, image.pixel_size, spacing)


def labels_file(result: FileResult) -> Path | None:
    """Return the file of the labels of a result; None if none was written."""
    for ending in LABEL_ENDINGS:
        for path in result.written:
            if path.name.endswith(ending) or is_zarr(path):
                return path
    return None


def transform(
    image: ImageFile, dropped: str, ndim: int | None = None
) -> dict[str, Any]:
    """Return scale, units and names of the axes of a layer of an image.

    Parameters
    ----------
    image : ImageFile
    dropped : str
        Axes of the image that the layer does not have.
    ndim : int, optional
        Number of axes of the layer; nothing is returned if those of the image do not
        fit it.
    """
    axes = [axis for axis in image.axes if axis not in dropped]
    if ndim is not None and len(axes) != ndim:
        return {}
    size, depth = image.pixel_size, image.z_spacing
    steps = {"Y": size, "X": size, "Z": depth} if size else {}
    return {
        "scale": tuple(steps.get(axis) or 1.0 for axis in axes),
        "units": tuple("um" if steps.get(axis) else "pixel" for axis in axes),
        "axis_labels": tuple(axis.lower() for axis in axes),
    }
