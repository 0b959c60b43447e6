"""Make the labels layer to paint nuclei in, with the brush ready."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_nuclei.widgets.layers.channel_axis import (
    add_channel_axis,
    remove_channel_axis,
)
from napari_nuclei.widgets.layers.image_source import make_image_source
from napari_nuclei.widgets.layers.viewport import screen_pixels, unwrap_layer

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

    from napari_nuclei.widgets.layers.image_source import ImageSource, RegionChoice

BRUSH_ON_SCREEN = 16
"""Diameter of the brush, in screen pixels: finer than a nucleus that can be seen."""

MAX_BRUSH = 40
"""Largest brush that napari's slider shows, in pixels of the layer."""


def start_painting(
    viewer: napari.viewer.Viewer,
    image: napari.layers.Image,
    labels: napari.layers.Labels | None,
    choice: RegionChoice | None = None,
) -> napari.layers.Labels:
    """Select a labels layer for an image, with the paint tool and a free number.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    image : napari.layers.Image
        The image to paint on.
    labels : napari.layers.Labels, optional
        Used if it has the shape of the image. Otherwise a layer is added, with the
        shape and the transform of the image.
    choice : RegionChoice, optional
        How the axes of the image are read.

    Returns
    -------
    napari.layers.Labels

    Raises
    ------
    TypeError, ValueError
        If the image cannot be used, or is too large for a labels layer.
    """
    source = make_image_source(image, viewer.dims.point, choice)
    shape = source.layout.label_shape
    fits = labels is not None and fits_image(labels, source)
    if labels is None or not fits:
        try:
            # The memory is taken page by page as the user paints.
            data = add_channel_axis(source, np.zeros(shape, np.uint16))
        except MemoryError:
            raise ValueError(
                f"{image.name} is too large to paint on as a whole; crop it first"
            ) from None
        labels = unwrap_layer(
            viewer.add_labels(data, name=f"nuclei of {image.name}", **source.transform)
        )
    viewer.dims.ndisplay = 2
    viewer.layers.selection.active = labels
    labels.visible = True
    labels.mode = "paint"
    labels.n_edit_dimensions = 2
    labels.selected_label = 1 + (int(np.max(labels.data)) if fits else 0)
    size = BRUSH_ON_SCREEN / max(screen_pixels(viewer, labels), 1e-9)
    labels.brush_size = float(np.clip(round(size), 1, MAX_BRUSH))
    return labels


def fits_image(labels: napari.layers.Labels, source: ImageSource) -> bool:
    """Return whether a labels layer has the shape of an image."""
    if labels.multiscale:
        return False
    shape = tuple(remove_channel_axis(source, labels.data).shape)
    return shape == source.layout.label_shape
