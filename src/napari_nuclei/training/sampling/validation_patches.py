"""Cut a validation set into fixed patches, evenly from all images."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from napari_nuclei.config import AugmentConfig, TrainConfig, outputs
from napari_nuclei.core.diameter import network_scale
from napari_nuclei.core.tiling import plan_tiles
from napari_nuclei.data.training_files import choose_evenly
from napari_nuclei.training.sampling.patches import (
    draw_resized_targets,
    resize_to_patch,
    to_batch_targets,
    to_floats,
)
from napari_nuclei.training.sampling.pyramid import Bytes, Floats, SamplePyramid

MAX_VALIDATION_PATCHES = 256


def resize_to_working_scale(
    source: SamplePyramid, diameter: float | None
) -> tuple[Bytes, Bytes, Floats]:
    """Resize image and targets to the network scale, as segmentation does.

    Returns
    -------
    image : ndarray of uint8, shape (Y, X, 3)
    target : ndarray of uint8, shape (Y, X, channels)
        With the channels of `outputs.image_targets`.
    drawn : ndarray of float32, shape (Y, X, channels)
        Targets that depend on the scale, as returned by `draw_patch_targets`.
    """
    parts, instance_ids = [source.images[0], source.targets[0]], source.instance_ids
    if diameter and source.diameter:
        scale = network_scale(source.diameter / diameter)
        interpolation = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        height, width = (max(1, round(side * scale)) for side in instance_ids.shape)
        size = (width, height)
        resized = [cv2.resize(x, size, interpolation=interpolation) for x in parts]
        parts = [np.asarray(part, np.uint8) for part in resized]
        instance_ids = np.asarray(
            cv2.resize(instance_ids, size, interpolation=cv2.INTER_NEAREST)
        )
    image, target = parts
    return image, target, draw_resized_targets(instance_ids)


def build_validation_patches(
    sources: Sequence[SamplePyramid], config: TrainConfig
) -> tuple[Floats, Floats]:
    """Cut validation images into patches, without augmentation.

    Returns
    -------
    images, targets : ndarray of float32
        As returned by `sample_batch`, with a weight of 1 for every annotated pixel. At
        most `MAX_VALIDATION_PATCHES` patches, chosen evenly from all images.
    """
    size = config.patch_size
    annotated = outputs.channel_index(outputs.patch_targets(), outputs.ANNOTATED)
    images, targets, owners = [], [], []
    for number, source in enumerate(sources):
        if config.sampling == "resize":
            patch = resize_to_patch(
                source, size, AugmentConfig.none(), np.random.default_rng(0)
            )
            images.append(patch[0])
            targets.append(patch[1])
            owners.append(number)
            continue
        pixels, target_planes, drawn = resize_to_working_scale(source, config.diameter)
        height, width = pixels.shape[:2]
        missing = [(0, max(0, size - height)), (0, max(0, size - width)), (0, 0)]
        pixels = np.pad(pixels, missing, mode="symmetric")
        target_planes = np.pad(target_planes, missing, mode="symmetric")
        drawn = pad_with_background(
            drawn, (target_planes.shape[0], target_planes.shape[1])
        )
        plan = plan_tiles((pixels.shape[0], pixels.shape[1]), tile=size, overlap=0)
        for row, column in plan.corners:
            window = np.s_[row : row + size, column : column + size]
            image, target = to_floats(
                pixels[window], target_planes[window], drawn[window]
            )
            if target[..., annotated].any():
                images.append(image)
                targets.append(target)
                owners.append(number)
    if len(images) > MAX_VALIDATION_PATCHES:
        chosen = choose_evenly(owners, MAX_VALIDATION_PATCHES, config.seed)
        images, targets = [images[i] for i in chosen], [targets[i] for i in chosen]
    # Borders have no extra weight here, so that the loss is independent of settings.
    return np.stack(images), to_batch_targets(np.stack(targets))


def pad_with_background(drawn: Floats, shape: tuple[int, int]) -> Floats:
    """Pad targets from `draw_patch_targets` with their background values."""
    empty = [h.empty for h in outputs.HEADS if h.per_patch for _ in h.channels]
    padded = np.tile(np.array(empty, np.float32), (*shape, 1))
    padded[: drawn.shape[0], : drawn.shape[1]] = drawn
    return padded
