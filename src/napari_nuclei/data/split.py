"""Hold out part of the annotations to test a model on.

If there are enough images, whole images are held out, otherwise a part of every image.
Neighbouring nuclei are similar, so the held-out nuclei form several clusters spread
over the image. Each pixel belongs to the part of its nearest nucleus. The planes of a
stack show the same nuclei: they are all split in the same way, or held out together.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.data.annotated_mask import expand_mask, margin_width
from napari_nuclei.data.datasets import Sample
from napari_nuclei.data.split_parts import (
    Mask,
    choose_nuclei,
    is_closer,
    nucleus_centroids,
    restrict_sample,
    split_background,
)

MIN_WHOLE_IMAGES = 6
"""From this many annotated images on, whole images are held out."""


def hold_out(
    samples: Sequence[Sample],
    fraction: float,
    seed: int,
    groups: Sequence[object] | None = None,
) -> tuple[list[Sample], list[Sample]]:
    """Split samples into training samples and held-out samples.

    Parameters
    ----------
    samples : sequence of Sample
    fraction : float
        Approximate fraction of the nuclei to hold out, 0 to 1.
    seed : int
        Seed for the choice of whole images.
    groups : sequence, optional
        One key per sample. Samples with equal keys show the same field, such as the
        planes of a stack, and must have the same height and width. None puts each
        sample in a group of its own.

    Returns
    -------
    training, held_out : list of Sample
        No pixel is annotated in both. Both contain nuclei, unless the samples have
        fewer than two nuclei and annotated background besides.

    Raises
    ------
    ValueError
        If there are too few nuclei to split.
    """
    keys = list(range(len(samples))) if groups is None else list(groups)
    stacks = [
        [s for s, key_of_s in zip(samples, keys, strict=True) if key_of_s == key]
        for key in dict.fromkeys(keys)
    ]
    annotated_stacks = [stack for stack in stacks if any(s.labels.any() for s in stack)]
    if len(annotated_stacks) >= MIN_WHOLE_IMAGES:
        return hold_out_stacks(stacks, annotated_stacks, fraction, seed)
    training: list[Sample] = []
    held_out: list[Sample] = []
    for stack in stacks:
        training_part, held_out_part = split_stack(stack, fraction)
        training += training_part
        held_out += held_out_part
    if held_out:
        return training, held_out
    if len(annotated_stacks) > 1:
        # No stack can be split: hold out the one with the fewest nuclei.
        smallest = min(
            annotated_stacks,
            key=lambda stack: sum(count_nuclei(s.labels) for s in stack),
        )
        training = [s for stack in stacks if stack is not smallest for s in stack]
        return training, list(smallest)
    for number, stack in enumerate(stacks):
        training_part, held_out = split_background(stack, fraction)
        if held_out:
            other_stacks = (*stacks[:number], *stacks[number + 1 :])
            others = [sample for other in other_stacks for sample in other]
            return [*training_part, *others], held_out
    raise ValueError(
        "Too few nuclei to hold some out for the test; paint at least two nuclei, each "
        "with its own number"
    )


def hold_out_stacks(
    stacks: Sequence[list[Sample]],
    annotated_stacks: Sequence[list[Sample]],
    fraction: float,
    seed: int,
) -> tuple[list[Sample], list[Sample]]:
    """Hold out whole stacks at random; stacks without nuclei stay in training.

    Parameters
    ----------
    stacks, annotated_stacks : sequence of list of Sample
        All stacks, and the stacks with nuclei.
    fraction : float
        Approximate fraction of the annotated stacks to hold out, 0 to 1.
    seed : int

    Returns
    -------
    training, held_out : list of Sample
    """
    count = min(
        max(round(len(annotated_stacks) * fraction), 1), len(annotated_stacks) - 1
    )
    order = np.random.default_rng(seed).permutation(len(annotated_stacks))
    chosen = [annotated_stacks[i] for i in sorted(order[:count].tolist())]
    chosen_ids = {id(stack) for stack in chosen}  # arrays cannot be compared by value
    training = [s for stack in stacks if id(stack) not in chosen_ids for s in stack]
    return training, [s for stack in chosen for s in stack]


def split_stack(
    stack: Sequence[Sample], fraction: float
) -> tuple[list[Sample], list[Sample]]:
    """Split one image or stack into a training part and a held-out part.

    Parameters
    ----------
    stack : sequence of Sample
        Planes of equal height and width.
    fraction : float
        Approximate fraction of the nuclei to hold out, 0 to 1.

    Returns
    -------
    training, held_out : list of Sample
        The held-out part is empty if either part would contain no nucleus.
    """
    labels_of_planes = [np.unique(s.labels[s.labels > 0]) for s in stack]
    centroids = np.concatenate([nucleus_centroids(sample.labels) for sample in stack])
    chosen = choose_nuclei(centroids, fraction)
    ends = np.cumsum([len(labels) for labels in labels_of_planes])[:-1]
    chosen_masks = [
        np.isin(sample.labels, labels[is_chosen])
        for sample, labels, is_chosen in zip(
            stack, labels_of_planes, np.split(chosen, ends), strict=True
        )
    ]
    chosen_nuclei = np.any(chosen_masks, axis=0)
    other_nuclei = np.any(
        [(s.labels > 0) & ~m for s, m in zip(stack, chosen_masks, strict=True)], axis=0
    )
    if chosen_nuclei.any() and other_nuclei.any():
        held_out_mask = balance_background(
            is_closer(chosen_nuclei, other_nuclei), stack, fraction
        )
        training = [restrict_sample(s, ~held_out_mask, "training") for s in stack]
        held_out = [restrict_sample(s, held_out_mask, "held out") for s in stack]
        if all(any(s.labels.any() for s in part) for part in (training, held_out)):
            return training, held_out
    return list(stack), []


def balance_background(
    held_out_mask: Mask, stack: Sequence[Sample], fraction: float
) -> Mask:
    """Give both parts background pixels away from nuclei, if there are any.

    If painted background lies near the nuclei of one part only, it is cut in two across
    its longer side.

    Parameters
    ----------
    held_out_mask : ndarray of bool, shape (Y, X)
    stack : sequence of Sample
    fraction : float
        Fraction of the background to hold out if it is cut, 0 to 1.

    Returns
    -------
    ndarray of bool, shape (Y, X)
        The new held-out mask.
    """
    annotated, nuclei = np.zeros_like(held_out_mask), np.zeros_like(held_out_mask)
    for sample in stack:
        annotated |= True if sample.annotated is None else sample.annotated
        nuclei |= expand_mask(sample.labels > 0, margin_width(sample.labels) + 1)
    background = np.nonzero(annotated & ~nuclei)
    count = len(background[0])
    held_out_count = np.count_nonzero(held_out_mask[background])
    if count < 2 or 0.5 * fraction <= held_out_count / count <= 1 - 0.5 * fraction:
        return held_out_mask
    longer_axis = int(np.argmax([np.ptp(indices) for indices in background]))
    order = np.argsort(background[longer_axis], kind="stable")
    is_held_out = np.zeros(count, bool)
    is_held_out[order[-min(max(round(fraction * count), 1), count - 1) :]] = True
    held_out_mask = held_out_mask.copy()
    held_out_mask[background] = is_held_out
    return held_out_mask


def count_nuclei(labels: NDArray[np.integer]) -> int:
    """Return the number of nuclei in instance labels."""
    return int(np.count_nonzero(np.unique(labels)))
