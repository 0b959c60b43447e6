"""Identify labels, so that what was saved about them is found again."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_nuclei.widgets.layers.layer_corrections import predicted_labels
from napari_nuclei.widgets.layers.viewport import unwrap_layer
from napari_nuclei.widgets.segment.layer_data import record_of

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

SAMPLED_PIXELS = 1 << 20
"""About the largest number of pixels from which labels are identified."""

CROP = 256
"""Side of the window from which an image is identified, in pixels."""


def describe_layer(layer: napari.layers.Labels) -> dict[str, Any]:
    """Return what a journal says about its labels."""
    record = record_of(layer)
    return {
        "layer": layer.name,
        "image": record.get("image"),
        "shape": [int(size) for size in layer.data.shape],
    }


def layer_key(viewer: napari.viewer.Viewer, layer: napari.layers.Labels) -> str:
    """Return the identity of labels before they were corrected; empty if unknown.

    It is found again when the same image is segmented with the same settings, or the
    same labels are opened again. Of labels without nuclei, it is that of the image.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    layer : napari.layers.Labels
        Labels in memory; others are written to their file at once.
    """
    if not isinstance(layer.data, np.ndarray):
        return ""
    predicted = predicted_labels(layer)
    labels = layer.data if predicted is None else predicted
    digest = hashlib.blake2b(digest_size=12)
    digest.update(str(tuple(size for size in labels.shape if size > 1)).encode())
    # An odd step, so that not only some columns are sampled.
    step = (labels.size // SAMPLED_PIXELS) | 1
    sample = labels.reshape(-1)[::step].astype("<i4")
    digest.update(sample.tobytes())
    if not sample.any():
        digest.update(image_sample(viewer, layer))
    return digest.hexdigest()


def image_sample(viewer: napari.viewer.Viewer, layer: napari.layers.Labels) -> bytes:
    """Return bytes that differ from image to image, of the topmost that fits labels."""
    import napari.layers

    for candidate in reversed(viewer.layers):
        image = unwrap_layer(candidate)
        if not isinstance(image, napari.layers.Image):
            continue
        data = image.data[0] if image.multiscale else image.data
        if tuple(data.shape[: layer.ndim]) != tuple(layer.data.shape):
            continue
        key: list[Any] = [size // 2 for size in layer.data.shape]
        for axis in (-2, -1):
            middle = key[axis]
            key[axis] = slice(max(0, middle - CROP // 2), middle + CROP // 2)
        crop = np.ascontiguousarray(np.asarray(data[tuple(key)]))
        return bytes(image.name, "utf-8") + crop.tobytes()
    return bytes(layer.name, "utf-8")
