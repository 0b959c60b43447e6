"""Choose the open image that the nuclei of a file belong to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_nuclei.widgets.layers.layer_axes import detect_channel_axis, full_shape
from napari_nuclei.widgets.layers.transform import affine_transform, layer_transform

if TYPE_CHECKING:
    import napari.layers


@dataclass(frozen=True, slots=True)
class LabelsLayout:
    """Shape and transform of the labels of an image.

    Attributes
    ----------
    shape : tuple of int
        Shape of the labels.
    axes : str, optional
        One letter for each axis; None if the image does not name them.
    transform : dict
        Scale, translation, units and so on of a layer of this shape.
    """

    shape: tuple[int, ...]
    axes: str | None
    transform: dict[str, Any]


def choose_image(
    name: str, shape: tuple[int, ...], *, stacked: bool
) -> tuple[LabelsLayout | None, tuple[str, ...]]:
    """Return shape and transform of the labels of a file, and what to say about it.

    The selected image is taken, or the only one, or one of several of the same size. If
    the file states a shape, an image of this shape is taken.

    Parameters
    ----------
    name : str
        Name of the file.
    shape : tuple of int
        Shape of the labels; empty if the file does not state it.
    stacked : bool
        Whether nuclei are in several planes.
    """
    import napari

    viewer = napari.current_viewer()
    images = [
        layer
        for layer in ([] if viewer is None else viewer.layers)
        if isinstance(layer, napari.layers.Image) and layer.ndim >= 2
    ]
    active = None if viewer is None else viewer.layers.selection.active
    images.sort(key=lambda layer: layer is not active)
    if not images:
        return None, ()
    if shape:
        for layer in images:
            layout = labels_layout(layer, flat=len(shape) == 2)
            if layout.shape == shape:
                return layout, ()
        sizes = " x ".join(map(str, shape))
        return None, (
            f"{name} belongs to an image of {sizes} pixels; no such image is open",
        )
    layouts = [labels_layout(layer, flat=not stacked) for layer in images]
    if images[0] is active or len({layout.shape for layout in layouts}) == 1:
        return layouts[0], ()
    return None, (
        f"Several images of different sizes are open: select one, then open {name} "
        "again",
    )


def labels_layout(layer: napari.layers.Image, *, flat: bool) -> LabelsLayout:
    """Return shape and transform of the labels of an image.

    Parameters
    ----------
    layer : napari.layers.Image
    flat : bool
        Whether the labels have only the last two axes, without channels.
    """
    channel = detect_channel_axis(layer)
    axes = [axis for axis in range(layer.ndim) if axis != channel]
    if flat:
        axes = axes[-2:]
    names = [str(layer.axis_labels[axis]).upper() for axis in axes]
    letters = "".join(names)
    is_named = len(letters) == len(axes) == len({*names}) and names[-2:] == ["Y", "X"]
    return LabelsLayout(
        tuple(full_shape(layer)[axis] for axis in axes),
        letters if is_named else None,
        transform_of_axes(layer, axes),
    )


def transform_of_axes(layer: napari.layers.Image, axes: list[int]) -> dict[str, Any]:
    """Return the transform of a layer that has some of the axes of an image."""
    dropped = [axis for axis in range(layer.ndim) if axis not in axes]
    if len(dropped) < 2:
        return layer_transform(layer, dropped[0] if dropped else None)
    names = {
        "units": tuple(layer.units[axis] for axis in axes),
        "axis_labels": tuple(layer.axis_labels[axis] for axis in axes),
    }
    centre, step = np.zeros(layer.ndim), np.ones(layer.ndim)
    return names | affine_transform(layer, axes, centre, step)
