"""Find the pixels of image layers that lie under a labels layer; without Qt."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_nuclei.core.measure.volumes import ChannelView
from napari_nuclei.widgets.layers.layer_axes import detect_channel_axis, full_shape
from napari_nuclei.widgets.layers.lazy_crop import LazyCrop
from napari_nuclei.widgets.layers.transform import pixel_to_world_matrix

if TYPE_CHECKING:
    import napari.layers

TOLERANCE = 0.01
"""Largest difference of the positions of two pixels that are the same, in pixels."""


def column_names(names: Iterable[str]) -> list[str]:
    """Return a name for the columns of each image, usable in expressions.

    Names that would be the same get a number.

    Examples
    --------
    >>> column_names(["DAPI", "Ki 67 (red)", "DAPI"])
    ['DAPI', 'Ki_67_red', 'DAPI_2']
    """
    columns: list[str] = []
    for name in names:
        base = re.sub(r"\W+", "_", name).strip("_") or "image"
        base = f"image_{base}" if base[0].isdigit() else base
        unique, number = base, 1
        while unique in columns:
            number += 1
            unique = f"{base}_{number}"
        columns.append(unique)
    return columns


def labels_data(layer: napari.layers.Labels) -> Any:
    """Return the labels of a layer at full resolution, without an axis of channels."""
    data = layer.data[0] if layer.multiscale else layer.data
    axis = channel_axis_of_labels(layer)
    return data if axis is None else data[(slice(None),) * axis + (0,)]


def channel_axis_of_labels(layer: napari.layers.Labels) -> int | None:
    """Return the axis of length 1 that Segment adds for channels, or None."""
    shape = full_shape(layer)
    if layer.ndim < 3:
        return None
    axis = detect_channel_axis(layer)
    if axis is not None and shape[axis] == 1:
        return axis
    return layer.ndim - 1 if shape[-1] == 1 else None


def is_aligned(image: napari.layers.Image, labels: napari.layers.Labels) -> bool:
    """Return whether an image has the shape and the transform of labels."""
    try:
        offset, shape = offset_of_labels(image, labels)
    except ValueError:
        return False
    return not any(offset) and shape == tuple(labels_data(labels).shape)


def image_arrays(
    image: napari.layers.Image, name: str, labels: napari.layers.Labels
) -> dict[str, Any]:
    """Return the pixels of an image that lie under the labels.

    Parameters
    ----------
    image : napari.layers.Image
    name : str
        Beginning of the names of its columns.
    labels : napari.layers.Labels

    Returns
    -------
    dict of str to array
        One array of the shape of the labels, with a last axis of colours if the image
        is RGB; one per channel of an image with a channel axis. Lazy arrays stay lazy.

    Raises
    ------
    ValueError
        If the pixels of the image are not those of the labels; says why.
    """
    offset, shape = offset_of_labels(image, labels)
    label_shape = tuple(labels_data(labels).shape)
    stops = np.add(offset, label_shape)
    if min(offset, default=0) < 0 or (stops > np.asarray(shape)).any():
        if not any(offset):
            raise ValueError(
                f"Image {image.name!r} has {size_text(shape)} pixels, the labels have "
                f"{size_text(label_shape)}. Choose an image that covers the labels"
            )
        raise ValueError(
            f"Image {image.name!r} covers only a part of the labels: it has "
            f"{size_text(shape)} pixels and starts {size_text(-np.array(offset), ', ')}"
            f" pixels after the labels, which have {size_text(label_shape)}"
        )
    region = [
        slice(start, int(stop)) for start, stop in zip(offset, stops, strict=True)
    ]
    data = image.data[0] if image.multiscale else image.data
    axis = channel_axis_of_image(image)
    if axis is None:
        return {name: crop(data, region, image.rgb)}
    arrays = {}
    for channel in range(full_shape(image)[axis]):
        of_channel = [*region]
        of_channel.insert(axis, slice(channel, channel + 1))
        cropped = crop(data, of_channel, False)
        arrays[f"{name}_{channel}"] = ChannelView(cropped, axis, 0)
    return arrays


def crop(data: Any, region: list[slice], rgb: bool) -> Any:
    """Return a part of an array: a view, or a lazy crop of files in grey."""
    if rgb:
        region = [*region, slice(0, data.shape[-1])]
    is_whole = all(
        side.start == 0 and side.stop == size
        for side, size in zip(region, data.shape, strict=True)
    )
    if is_whole:
        return data
    if isinstance(data, np.ndarray) or hasattr(data, "dask") or rgb:
        return data[tuple(region)]
    return LazyCrop(data, tuple(region))


def channel_axis_of_image(image: napari.layers.Image) -> int | None:
    """Return the index of the channel axis of an image, or None."""
    return None if image.rgb else detect_channel_axis(image)


def offset_of_labels(
    image: napari.layers.Image, labels: napari.layers.Labels
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return where the labels start in an image.

    Returns
    -------
    offset : tuple of int
        Pixel of the image at the first pixel of the labels, along each axis of the
        labels without channels.
    shape : tuple of int
        Shape of the image without channels and colours.

    Raises
    ------
    ValueError
        If the pixels of the two layers are not the same; says why.
    """
    image_axes = axes_without(image.ndim, channel_axis_of_image(image))
    label_axes = axes_without(labels.ndim, channel_axis_of_labels(labels))
    shape = tuple(full_shape(image)[axis] for axis in image_axes)
    label_shape = tuple(labels_data(labels).shape)
    if len(shape) != len(label_shape):
        raise ValueError(
            f"Image {image.name!r} has {size_text(shape)} pixels, the labels have "
            f"{size_text(label_shape)}. Choose an image with the same axes"
        )
    of_image = pixel_to_world_matrix(image)[np.ix_(image_axes, image_axes)]
    of_labels = pixel_to_world_matrix(labels)[np.ix_(label_axes, label_axes)]
    # Over the whole labels, the positions of pixels must stay the same.
    step = np.linalg.solve(of_image, of_labels) - np.eye(len(shape))
    if (np.abs(step) * np.maximum(label_shape, 1)).max(initial=0) > 0.5:
        sides = [np.linalg.norm(matrix, axis=0) for matrix in (of_image, of_labels)]
        if np.allclose(*sides):
            raise ValueError(
                f"Image {image.name!r} is rotated or sheared against the labels. "
                "Resample it first"
            )
        raise ValueError(
            f"Image {image.name!r} has pixels of {size_text(sides[0])}, the labels "
            f"have pixels of {size_text(sides[1])}. Resample it first"
        )
    origin = np.asarray(labels.data_to_world(np.zeros(labels.ndim)))[label_axes]
    start = np.asarray(image.data_to_world(np.zeros(image.ndim)))[image_axes]
    offset = np.linalg.solve(of_image, origin - start)
    nearest = np.rint(offset)
    if np.abs(offset - nearest).max(initial=0) > TOLERANCE:
        raise ValueError(
            f"Image {image.name!r} is shifted by {size_text(-offset, ', ')} pixels, "
            "which are not whole pixels. Shift or resample it first"
        )
    return tuple(int(value) for value in nearest), shape


def axes_without(ndim: int, axis: int | None) -> list[int]:
    """Return the indices of all axes but one."""
    return [number for number in range(ndim) if number != axis]


def size_text(sizes: Any, separator: str = " x ") -> str:
    """Return sizes in words, such as "512 x 512"."""
    return separator.join(f"{float(size) + 0.0:.4g}" for size in sizes)
