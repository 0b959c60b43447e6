"""What is segmented when an image layer is chosen, fixed when Run is pressed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.axes import Layout, read_layout
from napari_nuclei.core.normalize import check_image

if TYPE_CHECKING:
    from collections.abc import Sequence

    import napari.layers

CHANNEL_NAMES = ("c", "ch", "channel", "channels")
"""Names of an axis, in any case, whose planes are channels and not images."""

STACK_LETTERS = "JKLMNPQRTZ"
"""Letters for leading axes; the last ones are used first, so that a stack is ZYX."""


@dataclass(frozen=True, slots=True)
class Source:
    """An image layer as the segmenter takes it.

    Attributes
    ----------
    name : str
        Of the layer.
    data : array-like
        The image at full resolution: numpy, dask or zarr; not read yet.
    layout : Layout
        Which axes of `data` span a plane.
    pose : dict
        Where the layer lies in the world, without its channel axis: what a layer of
        labels on top of it must be made with.
    pixel_size : float, optional
        Size of a pixel, in micrometres, where the layer has units of length.
    """

    name: str
    data: Any
    layout: Layout
    pose: dict[str, Any]
    pixel_size: float | None


def read_source(layer: napari.layers.Image, point: Sequence[float]) -> Source:
    """Read how a layer is to be segmented, without reading its pixels.

    Parameters
    ----------
    layer : napari.layers.Image
    point : sequence of float
        Where the viewer's sliders stand, in the world; of an axis of channels the
        channel there is taken.

    Raises
    ------
    TypeError, ValueError
        If the image cannot be segmented.
    """
    data = layer.data[0] if layer.multiscale else layer.data
    if layer.ndim < 2:
        raise ValueError(f"{layer.name} has one axis only; an image has at least two")
    if 0 in data.shape:
        raise ValueError(f"{layer.name} is empty; its shape is {tuple(data.shape)}")
    axis = channel_axis(layer)
    letters = list(
        (STACK_LETTERS[-(layer.ndim - 2) :] if layer.ndim > 2 else "") + "YX"
    )
    channel = None
    if axis is not None:
        letters[axis] = "C"
        at = layer.world_to_data(np.asarray(point)[-layer.ndim :])[axis]
        channel = int(np.clip(np.round(at), 0, data.shape[axis] - 1))
    axes = "".join(letters) + ("S" if layer.rgb else "")
    layout = read_layout(tuple(data.shape), axes, channel)
    samples = (data.shape[-1],) if layer.rgb else ()
    # One value seen as a whole plane: type and shape are checked, no pixel is read.
    # Whether they are finite is found out when they are read, in the thread.
    dtype = np.dtype(np.uint8 if data.dtype.kind == "f" else data.dtype)
    check_image(np.broadcast_to(np.zeros((), dtype), (*layout.plane_shape, *samples)))
    return Source(layer.name, data, layout, pose(layer, axis), pixel_size(layer))


def channel_axis(layer: napari.layers.Image) -> int | None:
    """Return which axis of a layer is named as that of channels, if one is."""
    for axis, label in enumerate(layer.axis_labels[:-2]):
        if label.lower() in CHANNEL_NAMES:
            return axis
    return None


def pose(layer: napari.layers.Layer, dropped: int | None = None) -> dict[str, Any]:
    """Return where a layer lies in the world, as arguments of another layer.

    Parameters
    ----------
    layer : napari.layers.Layer
    dropped : int, optional
        An axis that the other layer lacks.

    Returns
    -------
    dict
        scale, translate, rotate, shear, affine, units and axis_labels.
    """
    kept = [axis for axis in range(layer.ndim) if axis != dropped]
    square = np.ix_(kept, kept)
    affine_kept = [*kept, layer.ndim]  # and the row of the translation
    return {
        "scale": np.asarray(layer.scale)[kept],
        "translate": np.asarray(layer.translate)[kept],
        "rotate": np.asarray(layer.rotate)[square],
        "shear": shear_matrix(layer)[square][np.triu_indices(len(kept), 1)],
        "affine": layer.affine.affine_matrix[np.ix_(affine_kept, affine_kept)],
        "units": tuple(layer.units[axis] for axis in kept),
        "axis_labels": tuple(layer.axis_labels[axis] for axis in kept),
    }


def shear_matrix(layer: napari.layers.Layer) -> NDArray[np.float64]:
    """Return a layer's shear, which napari gives as its upper triangle, as a matrix."""
    matrix = np.eye(layer.ndim)
    matrix[np.triu_indices(layer.ndim, 1)] = layer.shear
    return matrix


def pixel_size(layer: napari.layers.Layer) -> float | None:
    """Return the size of a layer's pixels in micrometres, or None.

    It is the side of a square of the area of a pixel; turns and shears keep areas.
    """
    sides = []
    for scale, unit in zip(layer.scale[-2:], layer.units[-2:], strict=True):
        if not unit.is_compatible_with("micrometer"):
            return None
        sides.append(abs(float(scale)) * float((1 * unit).to("micrometer").magnitude))
    plane = layer.affine.linear_matrix[-2:, -2:]
    return float(np.sqrt(sides[0] * sides[1] * abs(np.linalg.det(plane))))


def describe(source: Source) -> str:
    """Say in plain words what a run would segment."""
    layout = source.layout
    height, width = layout.plane_shape
    size = f"{height} x {width} pixels"
    planes = int(np.prod([layout.size(axis) for axis in layout.stack_axes], initial=1))
    text = f"{planes} planes of {size}" if layout.stack_axes else f"One image of {size}"
    if "S" in layout.axes:
        text += ", in colour"
    if layout.channel is not None:
        text += f", channel {layout.channel}"
    return text
