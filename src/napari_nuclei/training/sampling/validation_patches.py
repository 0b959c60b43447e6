"""Patches of a validation set: the same ones each time, from all images alike."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import cv2
import numpy as np

from napari_nuclei.config import AugmentConfig, TrainConfig, outputs
from napari_nuclei.core.diameter import network_scale
from napari_nuclei.core.tiling import plan_tiles
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
    """Resize image and targets as segmentation would.

    Returns
    -------
    image : ndarray of uint8, shape (Y, X, 3)
    target : ndarray of uint8, shape (Y, X, channels)
        With the channels of `outputs.image_targets`.
    drawn : ndarray of float32, shape (Y, X, channels)
        Targets that depend on the scale, as `draw_patch_targets` gives them.
    """
    parts, instance_ids = [source.images[0], source.targets[0]], source.instance_ids
    if diameter and source.diameter:
        scale = network_scale(source.diameter / diameter)
        how = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
        height, width = (max(1, round(side * scale)) for side in instance_ids.shape)
        resized = [cv2.resize(x, (width, height), interpolation=how) for x in parts]
        parts = [np.asarray(part, np.uint8) for part in resized]
        how = cv2.INTER_NEAREST
        instance_ids = np.asarray(
            cv2.resize(instance_ids, (width, height), interpolation=how)
        )
    image, target = parts
    return image, target, draw_resized_targets(instance_ids)


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
    annotated = outputs.channel_index(outputs.patch_targets(), outputs.ANNOTATED)
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
        pixels, wanted, drawn = resize_to_working_scale(source, config.diameter)
        height, width = pixels.shape[:2]
        missing = [(0, max(0, size - height)), (0, max(0, size - width)), (0, 0)]
        pixels = np.pad(pixels, missing, mode="symmetric")
        wanted = np.pad(wanted, missing, mode="symmetric")
        drawn = pad_with_background(drawn, (wanted.shape[0], wanted.shape[1]))
        plan = plan_tiles((pixels.shape[0], pixels.shape[1]), tile=size, overlap=0)
        for row, column in plan.corners:
            here = np.s_[row : row + size, column : column + size]
            image, target = to_floats(pixels[here], wanted[here], drawn[here])
            if target[..., annotated].any():
                images.append(image)
                targets.append(target)
                owners.append(number)
    if len(images) > MAX_VALIDATION_PATCHES:
        kept = select_evenly(owners, MAX_VALIDATION_PATCHES, config.seed)
        images, targets = [images[i] for i in kept], [targets[i] for i in kept]
    # Borders weigh no more here, so that the loss depends on no setting.
    return np.stack(images), to_batch_targets(np.stack(targets))


def pad_with_background(drawn: Floats, shape: tuple[int, int]) -> Floats:
    """Pad targets that `draw_patch_targets` gave with their background values."""
    empty = [h.empty for h in outputs.HEADS if h.per_patch for _ in h.channels]
    padded = np.tile(np.array(empty, np.float32), (*shape, 1))
    padded[: drawn.shape[0], : drawn.shape[1]] = drawn
    return padded


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
