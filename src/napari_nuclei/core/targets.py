"""Draw the network's training targets from labels."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import ndimage

from napari_nuclei.config import outputs
from napari_nuclei.config.outputs import ZERO_OFFSET

MAX_OFFSET = 32
"""Longest offset to a nucleus' centre, down or right, in pixels; longer offsets are
clipped."""


def label_edges(labels: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Mark the pixels at the edge of every object.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X)
        0 is background.

    Returns
    -------
    ndarray of bool, shape (Y, X)
        True where a pixel of an object has one of its four neighbours in another
        object or in the background. The border of the plane is not an edge.
    """
    edges = np.zeros(labels.shape, bool)
    down = labels[1:] != labels[:-1]
    right = labels[:, 1:] != labels[:, :-1]
    edges[1:] |= down
    edges[:-1] |= down
    edges[:, 1:] |= right
    edges[:, :-1] |= right
    return edges & (labels > 0)


def inner_distance(labels: NDArray[np.integer]) -> NDArray[np.float32]:
    """Return the distance to the edge of the object, relative to the object's largest.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X)
        0 is background.

    Returns
    -------
    ndarray of float32, shape (Y, X)
        Above 0 and at most 1 in objects, 0 outside; 1 at an object's deepest pixel.

    Examples
    --------
    >>> import numpy as np
    >>> inner_distance(np.array([[0, 0, 0], [4, 4, 0], [0, 0, 0]]))[1].tolist()
    [1.0, 1.0, 0.0]
    """
    labels = np.asarray(labels)
    inside = labels > 0
    if not inside.any():
        return np.zeros(labels.shape, np.float32)
    edges = label_edges(labels)
    if edges.any():
        not_edge = np.where(edges, 0, 1).astype(np.uint8)
        distance = (
            cv2.distanceTransform(not_edge, cv2.DIST_L2, cv2.DIST_MASK_PRECISE) + 1
        )
    else:  # one object fills the image
        distance = np.ones(labels.shape, np.float32)
    distance[~inside] = 0
    names, compact = np.unique(labels, return_inverse=True)
    compact = compact.reshape(labels.shape)
    largest = ndimage.maximum(distance, compact, np.arange(len(names)))
    deepest = np.asarray(largest, np.float32)[compact]
    return np.asarray(distance / np.maximum(deepest, 1), np.float32)


def relabel_consecutive(labels: NDArray[np.integer]) -> NDArray[np.int32]:
    """Return labels numbered from 1 without gaps, in the order of their numbers."""
    indices = np.flatnonzero(labels)
    numbers = np.zeros(labels.shape, np.int32)
    _, order = np.unique(labels.ravel()[indices], return_inverse=True)
    numbers.ravel()[indices] = order + 1
    return numbers


def label_centroids(labels: NDArray[np.integer]) -> NDArray[np.float32]:
    """Return the centroid of every object.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X)
        0 is background; objects are numbered from 1 without gaps.

    Returns
    -------
    ndarray of float32, shape (n, 2)
        Row and column, in pixels. Label 1 has row 0 of the array.
    """
    indices = np.flatnonzero(labels)
    numbers = labels.ravel()[indices] - 1
    area = np.bincount(numbers)
    axes = np.divmod(indices, labels.shape[1])
    middle = [np.bincount(numbers, axis) / area for axis in axes]
    return np.stack(middle, axis=1).astype(np.float32)


def encode_offsets(
    labels: NDArray[np.integer], centres: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Encode the offset from each pixel to the centre of its object.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X)
        0 is background; objects are numbered from 1 without gaps.
    centres : ndarray of float, shape (n, 2)
        Row and column of each object's centre, which may lie outside the plane.

    Returns
    -------
    ndarray of float32, shape (Y, X, 2)
        Offsets down and right, from 0 (`MAX_OFFSET` pixels up or left) to 1
        (`MAX_OFFSET` pixels down or right). `ZERO_OFFSET` in the background.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.array([[0, 1, 1, 1]])
    >>> offsets = encode_offsets(labels, label_centroids(labels))
    >>> decode_offsets(offsets)[0, :, 1].tolist()
    [0.0, 1.0, 0.0, -1.0]
    """
    indices = np.flatnonzero(labels)
    pixels = np.stack(np.divmod(indices, labels.shape[1]), axis=1)
    distances = centres[labels.ravel()[indices] - 1] - pixels
    offsets = np.full((labels.size, 2), ZERO_OFFSET, np.float32)
    offsets[indices] = np.clip(ZERO_OFFSET + distances / (2 * MAX_OFFSET), 0, 1)
    return offsets.reshape(*labels.shape, 2)


def decode_offsets(offsets: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return offsets in pixels from encoded ones."""
    return (offsets - np.float32(ZERO_OFFSET)) * np.float32(2 * MAX_OFFSET)


def find_touching_borders(
    labels: NDArray[np.integer], radius: int = 2
) -> NDArray[np.bool_]:
    """Mark pixels where two objects touch or nearly touch.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X)
        0 is background.
    radius : int
        Largest distance of a marked pixel from both objects, in Y and in X, in pixels.

    Returns
    -------
    ndarray of bool, shape (Y, X)

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.array([[1, 1, 1, 0, 2, 2, 2]])
    >>> find_touching_borders(labels, radius=1).astype(int).tolist()
    [[0, 0, 0, 1, 0, 0, 0]]
    """
    window = np.ones((2 * radius + 1, 2 * radius + 1), np.uint8)
    compact = np.unique(labels, return_inverse=True)[1].reshape(labels.shape)
    inside = np.asarray(labels) > 0
    none = float(compact.max()) + 1
    # The highest and lowest label in the window differ if there are two objects.
    numbers = compact.astype(np.float32)
    highest = cv2.dilate(np.where(inside, numbers, -1).astype(np.float32), window)
    lowest = cv2.erode(np.where(inside, numbers, none).astype(np.float32), window)
    return np.asarray((highest >= 0) & (highest != lowest), bool)


def draw_foreground(labels: NDArray[np.integer]) -> NDArray[np.bool_]:
    """Mark the pixels of every object."""
    return np.asarray(labels > 0)


ImageTarget = Callable[[NDArray[np.integer]], NDArray[np.float32] | NDArray[np.bool_]]
"""Takes labels (Y, X) and returns a target (Y, X) from 0 to 1."""

PatchTarget = Callable[[NDArray[np.integer], NDArray[np.floating]], NDArray[np.float32]]
"""Takes labels (Y, X) numbered from 1 without gaps, and the row and column of each
object's centre (n, 2); returns a head's targets (Y, X, channels) from 0 to 1."""

IMAGE_TARGETS: dict[str, ImageTarget] = {
    outputs.FOREGROUND: draw_foreground,
    outputs.DISTANCE: inner_distance,
    outputs.BORDER: find_touching_borders,
}
"""Function that draws each channel, for channels that are drawn once for an image."""

PATCH_TARGETS: dict[str, PatchTarget] = {"offsets": encode_offsets}
"""Function that draws the channels of each head, for heads drawn for each patch."""


def draw_image_targets(
    labels: NDArray[np.integer], annotated: NDArray[np.bool_] | None = None
) -> NDArray[np.uint8]:
    """Draw the targets that are interpolated along with the image.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X)
        0 is background.
    annotated : ndarray of bool, shape (Y, X), optional
        True where pixels are annotated; None if all are.

    Returns
    -------
    ndarray of uint8, shape (Y, X, channels)
        From 0 to 255, in the order of `outputs.image_targets`.
    """
    drawn = []
    for name in outputs.image_targets(annotated=annotated is not None):
        plane = annotated if name == outputs.ANNOTATED else IMAGE_TARGETS[name](labels)
        assert plane is not None
        drawn.append((plane * np.float32(255)).round().astype(np.uint8))
    return np.dstack(drawn)


def draw_patch_targets(
    labels: NDArray[np.integer], centres: NDArray[np.floating]
) -> NDArray[np.float32]:
    """Draw the targets that depend on a patch's rotation and scale.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X)
        0 is background; objects are numbered from 1 without gaps.
    centres : ndarray of float, shape (n, 2)
        Row and column of each object's centre, which may lie outside the patch.

    Returns
    -------
    ndarray of float32, shape (Y, X, channels)
        From 0 to 1, in the order of `outputs.head_channels`.
    """
    drawn = [
        PATCH_TARGETS[head.name](labels, centres)
        for head in outputs.HEADS
        if head.per_patch
    ]
    return drawn[0] if len(drawn) == 1 else np.concatenate(drawn, axis=-1)
