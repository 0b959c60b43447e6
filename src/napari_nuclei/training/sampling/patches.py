"""Sample random training patches and batches from prepared images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import AugmentConfig, TrainConfig, outputs
from napari_nuclei.core.diameter import network_scale
from napari_nuclei.core.targets import (
    draw_patch_targets,
    label_centroids,
    relabel_consecutive,
)
from napari_nuclei.training.sampling.augment import augment_intensity
from napari_nuclei.training.sampling.fluorescence import augment_fluorescence
from napari_nuclei.training.sampling.graphics import draw_graphics
from napari_nuclei.training.sampling.optics import augment_optics
from napari_nuclei.training.sampling.pyramid import Bytes, Floats, SamplePyramid
from napari_nuclei.training.sampling.stain_jitter import augment_stains

DIAMETER_RANGE = (6.0, 64.0)
"""Range of the median diameter of nuclei after scale augmentation, in pixels."""

NATIVE_SCALE_FRACTION = 0.25
"""Fraction of patches near the original scale of the image."""

NUCLEUS_PATCH_FRACTION = 0.8
"""Fraction of patches centred near a nucleus; the others lie anywhere."""

MIN_ANNOTATED_VALUE = 250
"""Lowest value, 0 to 255, at which an interpolated pixel counts as annotated."""

MIN_BINARY_VALUE = 128
"""Lowest value, 0 to 255, at which a binary target is 1."""


def sample_scale(
    diameter: float, target: float | None, factor: float, rng: np.random.Generator
) -> float:
    """Draw the scale of a patch, log-uniformly, within `DIAMETER_RANGE`.

    Parameters
    ----------
    diameter : float
        Diameter of the nuclei in the image, in pixels; 0 if there are none.
    target : float, optional
        Diameter of the model, in pixels. Most patches are drawn near the network scale.
        The others are drawn near the original scale, so that the network also works if
        the diameter is unknown.
    factor : float
        Largest factor of scale augmentation, for enlarging and for shrinking.
    rng : numpy.random.Generator
    """
    is_native = factor > 1 and rng.random() < NATIVE_SCALE_FRACTION
    centre = 1.0
    if target and diameter and not is_native:
        centre = network_scale(diameter / target)
    scale = centre * float(np.exp(rng.uniform(-1, 1) * np.log(factor)))
    if diameter > 0 and factor > 1:
        low, high = (limit / diameter for limit in DIAMETER_RANGE)
        scale = float(np.clip(scale, min(low, 1), max(high, 1)))
        scale = float(np.clip(scale, low / factor, high * factor))
    return scale


def crop_patch(
    source: SamplePyramid,
    size: int,
    augment: AugmentConfig,
    rng: np.random.Generator,
    target: float | None = None,
) -> tuple[Floats, Floats]:
    """Crop a patch at a random position, rotated, mirrored and scaled at random.

    Parameters
    ----------
    source : SamplePyramid
    size : int
        Side of the patch, in pixels.
    augment : AugmentConfig
    rng : numpy.random.Generator
    target : float, optional
        Diameter of the model, in pixels.

    Returns
    -------
    image : ndarray of float32, shape (size, size, 3)
        Values from 0 to 1.
    target : ndarray of float32, shape (size, size, channels)
        Values from 0 to 1, with the channels of `outputs.patch_targets`.
    """
    height, width = source.images[0].shape[:2]
    scale = sample_scale(source.diameter, target, augment.scale, rng)
    if len(source.centres) and rng.random() < NUCLEUS_PATCH_FRACTION:
        nucleus = rng.choice(source.centres)
        row, column = nucleus + rng.uniform(-0.4, 0.4, 2) * size / scale
    elif source.annotated_positions is not None and len(source.annotated_positions):
        row, column = rng.choice(source.annotated_positions)
    else:
        row, column = rng.uniform(0, height), rng.uniform(0, width)
    margin = size / 2 / scale
    row = np.clip(row, min(margin, height / 2), max(height - margin, height / 2))
    column = np.clip(column, min(margin, width / 2), max(width - margin, width / 2))
    angle = rng.uniform(0, 2 * np.pi) if augment.rotate else 0.0
    level = int(np.clip(round(-np.log2(scale)), 0, len(source.images) - 1))
    zoom = scale * 2**level
    rotation = np.array(
        [[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]
    )
    if augment.flip and rng.random() < 0.5:
        rotation[:, 0] *= -1
    # From pixels of the patch to pixels of the pyramid level.
    inverse = rotation.T / zoom
    centre = np.array([column, row]) / 2**level - 0.5
    offset = centre - inverse @ np.array([(size - 1) / 2, (size - 1) / 2])
    # A whole-pixel offset, so that unrotated, unscaled patches are not blurred.
    matrix = np.column_stack([inverse, offset.round()])
    pixels, targets = (
        cv2.warpAffine(
            level_image[level],
            matrix,
            (size, size),
            flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
            borderMode=cv2.BORDER_REFLECT,
        )
        for level_image in (source.images, source.targets)
    )
    # The same for the instance ids, which exist at full size only. They are not
    # mirrored at the border of the image, since a mirrored nucleus has no centre.
    half = (2**level - 1) / 2
    full = np.column_stack([matrix[:, :2], matrix[:, 2:] + half / 2**level]) * 2**level
    instance_ids = cv2.warpAffine(
        source.instance_ids,
        full,
        (size, size),
        flags=cv2.INTER_NEAREST | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_CONSTANT,
    ).astype(np.int32)
    columns_rows = (source.centres[:, ::-1] - full[:, 2]) @ np.linalg.inv(full[:, :2]).T
    drawn = draw_patch_targets(instance_ids, columns_rows[:, ::-1])
    return to_floats(np.asarray(pixels, np.uint8), np.asarray(targets, np.uint8), drawn)


def to_floats(image: Bytes, target: Bytes, drawn: Floats) -> tuple[Floats, Floats]:
    """Scale image and targets to 0..1, and make binary targets 0 or 1.

    Parameters
    ----------
    image : ndarray of uint8, shape (Y, X, 3)
    target : ndarray of uint8, shape (Y, X, channels)
        With the channels of `outputs.image_targets`.
    drawn : ndarray of float32, shape (Y, X, channels)
        Targets drawn for this patch, as returned by `draw_patch_targets`.

    Returns
    -------
    image : ndarray of float32, shape (Y, X, 3)
    target : ndarray of float32, shape (Y, X, channels)
        With the channels of `outputs.patch_targets`.
    """
    names = outputs.patch_targets()
    targets = np.ones((*target.shape[:2], len(names)), np.float32)
    per_patch = outputs.head_channels(per_patch=True)
    targets[..., outputs.channel_slice(names, per_patch)] = drawn
    all_names = outputs.image_targets(annotated=True)
    stored_names = all_names if target.shape[2] == len(all_names) else all_names[:-1]
    heads = [head for head in outputs.HEADS if head.binary]
    binary = {name: MIN_BINARY_VALUE for head in heads for name in head.channels}
    binary[outputs.ANNOTATED] = MIN_ANNOTATED_VALUE
    for number, name in enumerate(stored_names):
        plane, values = targets[..., names.index(name)], target[..., number]
        if name in binary:
            np.greater_equal(values, binary[name], out=plane)
        else:
            np.divide(values, 255, out=plane, dtype=np.float32)
    return np.divide(image, 255, dtype=np.float32), targets


def resize_to_patch(
    source: SamplePyramid, size: int, augment: AugmentConfig, rng: np.random.Generator
) -> tuple[Floats, Floats]:
    """Resize a whole image to a patch, mirrored and rotated by right angles.

    The result is that of `to_floats`.
    """
    quarter = int(rng.integers(4)) if augment.rotate else 0
    mirror = augment.flip and rng.random() < 0.5

    def resize(pixels: NDArray[Any], how: int) -> NDArray[Any]:
        part = cv2.resize(pixels, (size, size), interpolation=how)
        part = np.rot90(part[:, ::-1] if mirror else part, quarter)
        return np.ascontiguousarray(part, pixels.dtype)

    return to_floats(
        resize(source.images[0], cv2.INTER_AREA),
        resize(source.targets[0], cv2.INTER_AREA),
        draw_resized_targets(resize(source.instance_ids, cv2.INTER_NEAREST)),
    )


def draw_resized_targets(instance_ids: Floats) -> Floats:
    """Draw the targets of a resized image that depend on its scale."""
    labels = relabel_consecutive(instance_ids.astype(np.int32))
    return draw_patch_targets(labels, label_centroids(labels))


def to_batch_targets(target: Floats, border_weight: float = 0.0) -> Floats:
    """Convert the targets of patches to the targets of a batch.

    Parameters
    ----------
    target : ndarray of float32, shape (..., channels)
        With the channels of `outputs.patch_targets`.
    border_weight : float
        Extra weight of pixels on a border between nuclei; other pixels weigh 1.

    Returns
    -------
    ndarray of float32, shape (..., channels)
        With the channels of `outputs.batch_targets`. Ignored pixels weigh 0.
    """
    patch_names, names = outputs.patch_targets(), outputs.batch_targets()
    # The weight replaces the annotated mask.
    indices = {name: patch_names.index(name) for name in patch_names}
    indices[outputs.WEIGHT] = indices[outputs.ANNOTATED]
    batch = target[..., [indices[name] for name in names]]
    if border_weight:
        border = target[..., indices[outputs.BORDER]]
        batch[..., names.index(outputs.WEIGHT)] *= 1 + border_weight * border
    return batch


def sample_batch(
    sources: Sequence[SamplePyramid],
    weights: NDArray[np.float64],
    config: TrainConfig,
    rng: np.random.Generator,
) -> tuple[Floats, Floats]:
    """Draw a batch of augmented patches.

    Returns
    -------
    images : ndarray of float32, shape (batch, patch_size, patch_size, 3)
    targets : ndarray of float32, shape (batch, patch_size, patch_size, channels)
        With the channels of `outputs.batch_targets`.
    """
    size, augment = config.patch_size, config.augment
    images = np.empty((config.batch, size, size, 3), np.float32)
    channels = len(outputs.batch_targets())
    targets = np.empty((config.batch, size, size, channels), np.float32)
    chosen = rng.choice(len(sources), config.batch, p=weights)
    patches = []
    for number, index in enumerate(chosen):
        if config.sampling == "patches":
            pair = crop_patch(sources[index], size, augment, rng, config.diameter)
        else:
            pair = resize_to_patch(sources[index], size, augment, rng)
        patches.append(pair[0])
        targets[number] = to_batch_targets(pair[1], config.border_weight)
    for number, patch in enumerate(augment_stains(patches, augment, rng)):
        varied = augment_optics(augment_fluorescence(patch, augment, rng), augment, rng)
        images[number] = augment_intensity(varied, augment, rng)
        if rng.random() < augment.graphics:
            images[number], covered = draw_graphics(images[number], rng)
            ignore_covered(targets[number], covered)
    return images, targets


def ignore_covered(target: Floats, covered: NDArray[np.bool_]) -> None:
    """Give covered pixels of nuclei the weight 0, in place; they cannot be seen.

    Parameters
    ----------
    target : ndarray of float32, shape (Y, X, channels)
        With the channels of `outputs.batch_targets`.
    covered : ndarray of bool, shape (Y, X)
    """
    names = outputs.batch_targets()
    inside = target[..., names.index(outputs.FOREGROUND)] > 0
    target[covered & inside, names.index(outputs.WEIGHT)] = 0
