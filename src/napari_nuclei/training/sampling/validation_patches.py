"""Patches of a validation set: the same ones each time, from all images alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import cv2
import numpy as np

from napari_nuclei.config import AugmentConfig, TrainConfig
from napari_nuclei.core.diameter import working_scale
from napari_nuclei.core.targets import NO_OFFSET
from napari_nuclei.core.tiling import plan_tiles
from napari_nuclei.training.sampling.patches import (
    TARGETS,
    as_floats,
    own_offsets,
    shrink,
)
from napari_nuclei.training.sampling.pyramid import Bytes, Floats, Source

MOST_VALIDATION_PATCHES = 256


def at_working_scale(source: Source, target: float | None) -> tuple[Bytes, Floats]:
    """Resize image and targets, in one array, as segmentation would; and offsets."""
    parts, numbers = [source.images[0], source.targets[0]], source.numbers
    if target and source.diameter:
        scale = working_scale(source.diameter / target)
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        height, width = (max(1, round(side * scale)) for side in numbers.shape)
        resized = [cv2.resize(x, (width, height), interpolation=how) for x in parts]
        parts = [np.asarray(part, np.uint8) for part in resized]
        how = cv2.INTER_NEAREST
        numbers = np.asarray(cv2.resize(numbers, (width, height), interpolation=how))
    return np.dstack(parts), own_offsets(numbers)


def fixed_patches(
    sources: Sequence[Source], config: TrainConfig
) -> tuple[Floats, Floats]:
    """Return the patches of a validation set: no chance but in which are left out.

    Returns
    -------
    images, targets : ndarray of float32
        As of `draw_batch`, every known pixel of weight 1; at most
        `MOST_VALIDATION_PATCHES` of them, as evenly from all images as can be.
    """
    size = config.patch_size
    images, targets, owners = [], [], []
    for number, source in enumerate(sources):
        if config.sampling == "resize":
            plain = shrink(source, size, AugmentConfig.none(), np.random.default_rng(0))
            images.append(plain[0])
            targets.append(plain[1])
            owners.append(number)
            continue
        pixels, offsets = at_working_scale(source, config.diameter)
        height, width = pixels.shape[:2]
        missing = [(0, max(0, size - height)), (0, max(0, size - width)), (0, 0)]
        pixels = np.pad(pixels, missing, mode="symmetric")
        offsets = np.pad(offsets, missing, constant_values=NO_OFFSET)
        plan = plan_tiles((pixels.shape[0], pixels.shape[1]), tile=size, overlap=0)
        for row, column in plan.corners:
            here = np.s_[row : row + size, column : column + size]
            part = pixels[here]
            image, target = as_floats(part[..., :3], part[..., 3:], offsets[here])
            if target[..., 3].any():
                images.append(image)
                targets.append(target)
                owners.append(number)
    if len(images) > MOST_VALIDATION_PATCHES:
        kept = drawn_evenly(owners, MOST_VALIDATION_PATCHES, config.seed)
        images, targets = [images[i] for i in kept], [targets[i] for i in kept]
    stacked = np.stack(targets)
    # The weight is whether it is known, so that the loss depends on no setting.
    return np.stack(images), stacked[..., TARGETS]


def drawn_evenly(owners: Sequence[int], most: int, seed: int) -> list[int]:
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
