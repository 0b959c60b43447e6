"""Prepare samples for cropping patches, and weight them for sampling."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.normalize import normalize
from napari_nuclei.core.targets import (
    draw_image_targets,
    label_centroids,
    relabel_consecutive,
)
from napari_nuclei.data.datasets import Sample

MAX_POSITIONS = 4096
"""Approximate number of annotated pixels of an image to centre patches on."""

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class SamplePyramid:
    """A sample at several scales, prepared for cropping patches.

    Attributes
    ----------
    images, targets : tuple of ndarray of uint8, shape (Y, X, 3) and (Y, X, channels)
        At full size, half size, and so on. Images are normalised to 0..255. Targets,
        0..255, have the channels of `outputs.image_targets`.
    instance_ids : ndarray of float32, shape (Y, X)
        Label of each pixel at full size, from 1 without gaps; 0 is background. OpenCV
        cannot warp int32.
    centres : ndarray of float32, shape (n, 2)
        Row and column of the centroid of each nucleus, in pixels at full size.
    diameter : float
        Median diameter of the nuclei, in pixels; 0 if there are none.
    kind : tuple
        Whether the image has colours, whether its background is bright, and the base-2
        logarithm of the diameter, rounded.
    annotated_positions : ndarray of float32, shape (k, 2), optional
        Rows and columns of annotated pixels; None if all pixels are annotated.
    """

    images: tuple[Bytes, ...]
    targets: tuple[Bytes, ...]
    instance_ids: Floats
    centres: Floats
    diameter: float
    kind: tuple[bool, bool, int]
    annotated_positions: Floats | None = None


def build_pyramid(sample: Sample, levels: int = 3) -> SamplePyramid:
    """Normalise a sample, draw its targets and downscale both.

    Parameters
    ----------
    sample : Sample
    levels : int
        Number of scales; each halves height and width.
    """
    image = (normalize(sample.image) * 255).round().astype(np.uint8)
    images, targets = [image], [draw_image_targets(sample.labels, sample.annotated)]
    for _ in range(levels - 1):
        height, width = images[-1].shape[:2]
        size = (max(width // 2, 1), max(height // 2, 1))
        for pyramid in (images, targets):
            smaller = cv2.resize(pyramid[-1], size, interpolation=cv2.INTER_AREA)
            pyramid.append(np.asarray(smaller, np.uint8))
    instance_ids = relabel_consecutive(sample.labels)
    diameter = 0.0
    if instance_ids.any():
        sizes = np.bincount(instance_ids.ravel())[1:]
        diameter = float(np.median(np.sqrt(sizes * 4 / np.pi)))
    grey = np.array_equal(image[..., 0], image[..., 1])
    bright = bool(np.median(image) > 127)
    return SamplePyramid(
        images=tuple(images),
        targets=tuple(targets),
        instance_ids=instance_ids.astype(np.float32),
        centres=label_centroids(instance_ids),
        diameter=diameter,
        kind=(not grey, bright, round(np.log2(max(diameter, 1)))),
        annotated_positions=None
        if sample.annotated is None
        else find_annotated_positions(sample.annotated),
    )


def pyramid_bytes(pyramid: SamplePyramid) -> int:
    """Return the memory of the arrays of a pyramid, in bytes."""
    arrays: list[NDArray[Any]] = [*pyramid.images, *pyramid.targets]
    arrays += [pyramid.instance_ids, pyramid.centres]
    if pyramid.annotated_positions is not None:
        arrays.append(pyramid.annotated_positions)
    return sum(array.nbytes for array in arrays)


def find_annotated_positions(annotated: NDArray[np.bool_]) -> Floats:
    """Return rows and columns of every n-th annotated pixel, shape (k, 2)."""
    positions = np.argwhere(annotated)
    step = max(1, len(positions) // MAX_POSITIONS)
    return positions[::step].astype(np.float32)
