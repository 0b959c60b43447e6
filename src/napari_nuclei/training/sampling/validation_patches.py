"""Patches of a validation set: the same ones each time, from all images alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import cv2
import numpy as np

from napari_nuclei.config import AugmentConfig, TrainConfig
from napari_nuclei.core.diameter import network_scale
from napari_nuclei.core.targets import ZERO_OFFSET
from napari_nuclei.core.tiling import plan_tiles
from napari_nuclei.training.sampling.patches import (
    TARGET_CHANNELS,
    compute_offsets,
    resize_to_patch,
    to_floats,
)
from napari_nuclei.training.sampling.pyramid import Bytes, Floats, SamplePyramid

MAX_VALIDATION_PATCHES = 256


def resize_to_working_scale(
    source: SamplePyramid, target: float | None
) -> tuple[Bytes, Floats]:
    """Resize image and targets, in one array, as segmentation would; and offsets."""
    parts, instance_ids = [source.images[0], source.targets[0]], source.instance_ids
    if target and source.diameter:
        scale = network_scale(source.diameter / target)
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        height, width = (max(1, round(side * scale)) for side in instance_ids.shape)
        resized = [cv2.resize(x, (width, height), interpolation=how) for x in parts]
        parts = [np.asarray(part, np.uint8) for part in resized]
        how = cv2.INTER_NEAREST
        instance_ids = np.asarray(
            cv2.resize(instance_ids, (width, height), interpolation=how)
        )
    return np.dstack(parts), compute_offsets(instance_ids)


def build_validation_patches(
    sources: Sequence[SamplePyramid], config: TrainConfig
) -> tuple[Floats, Floats]:
    """Return the patches of a validation set: no chance but in which are left out.

    Returns
    -------
    images, targets : ndarray of float32
        As of `sample_batch`, every annotated pixel of weight 1; at most
        `MAX_VALIDATION_PATCHES` of them, as evenly from all images as can be.
    """
    size = config.patch_size
    images, targets, owners = [], [], []
    for number, source in enumerate(sources):
        if config.sampling == "resize":
            plain = resize_to_patch(
                source, size, AugmentConfig.none(), np.random.default_rng(0)
            )
            images.append(plain[0])
            targets.append(plain[1])
            owners.append(number)
            continue
        pixels, offsets = resize_to_working_scale(source, config.diameter)
        height, width = pixels.shape[:2]
        missing = [(0, max(0, size - height)), (0, max(0, size - width)), (0, 0)]
        pixels = np.pad(pixels, missing, mode="symmetric")
        offsets = np.pad(offsets, missing, constant_values=ZERO_OFFSET)
        plan = plan_tiles((pixels.shape[0], pixels.shape[1]), tile=size, overlap=0)
        for row, column in plan.corners:
            here = np.s_[row : row + size, column : column + size]
            part = pixels[here]
            image, target = to_floats(part[..., :3], part[..., 3:], offsets[here])
            if target[..., 3].any():
                images.append(image)
                targets.append(target)
                owners.append(number)
    if len(images) > MAX_VALIDATION_PATCHES:
        kept = select_evenly(owners, MAX_VALIDATION_PATCHES, config.seed)
        images, targets = [images[i] for i in kept], [targets[i] for i in kept]
    stacked = np.stack(targets)
    # The weight is whether it is annotated, so that the loss depends on no setting.
    return np.stack(images), stacked[..., TARGET_CHANNELS]


def select_evenly(owners: Sequence[int], most: int, seed: int) -> list[int]:
    """Return which of many things to keep, so that all owners have their share.

    Parameters
    ----------
    owners : sequence of int
        Whose each thing is.
    most : int
        So many are kept, or all where there are fewer.
    seed : int

    Returns
    -------
    list of int
        Places in `owners`, in order. An owner has at most one more than another that
        has some left.
    """
    turns: Counter[int] = Counter()
    order: list[tuple[int, int, int]] = []
    for place in np.random.default_rng(seed).permutation(len(owners)).tolist():
        order.append((turns[owners[place]], len(order), place))
        turns[owners[place]] += 1
    return sorted(place for _, _, place in sorted(order)[:most])
