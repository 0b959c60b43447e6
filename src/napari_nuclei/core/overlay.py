"""Draw the outlines of nuclei over an image."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.colours import colour_labels
from napari_nuclei.core.normalize import normalize
from napari_nuclei.core.targets import label_edges

SMALL_SIDE = 600
"""Images with a shorter side, in pixels, are enlarged, so that outlines do not hide
nuclei."""

LARGE_SIDE = 2400
"""Longest side of an enlarged image, in pixels."""


def draw_overlay(image: NDArray[Any], labels: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Draw the outline of every nucleus over its image.

    Parameters
    ----------
    image : ndarray of shape (Y, X) or (Y, X, C)
    labels : ndarray of int, shape (Y, X)

    Returns
    -------
    ndarray of uint8, shape (k Y, k X, 3)
        RGB; a small image is enlarged k times. Neighbouring nuclei have different
        colours.
    """
    zoom = min(round(SMALL_SIDE / min(labels.shape)), LARGE_SIDE // max(labels.shape))
    zoom = max(1, zoom)
    size = labels.shape[1] * zoom, labels.shape[0] * zoom
    picture = (normalize(image) * 255).astype(np.uint8)
    picture = np.asarray(
        cv2.resize(picture, size, interpolation=cv2.INTER_NEAREST), np.uint8
    )
    enlarged = np.asarray(
        cv2.resize(
            labels.astype(np.int32), size, interpolation=cv2.INTER_NEAREST_EXACT
        ),
        np.int32,
    )
    edges = label_edges(enlarged)
    picture[edges] = colour_labels(enlarged)[edges]
    return picture
