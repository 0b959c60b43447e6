"""Setting a part of the annotations aside, apart in space, to check a model on.

Annotations are few, often of one image. Whole images are set aside where there are
enough of them; else a part of every image is. Nuclei of one place look alike and tell
little of the others, so those that are set aside lie in several places, and each pixel
goes with the nucleus nearest to it. Planes of one stack show the same nuclei: they are
divided alike, or set aside together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.data.annotated_mask import expand_mask, margin_width
from napari_nuclei.data.datasets import Sample

MIN_WHOLE_IMAGES = 6
"""Whole images are set aside where there are at least so many."""

MIN_HELD_OUT = 3
"""Nuclei that are set aside at least, if there are twice as many."""

MAX_CLUSTERS = 4
"""Nuclei of one image are set aside in so many places, or fewer if they are few."""

Mask = NDArray[np.bool_]


def hold_out(
    samples: Sequence[Sample],
    fraction: float,
    seed: int,
    groups: Sequence[object] | None = None,
) -> tuple[list[Sample], list[Sample]]:
    """Set a part of samples aside.

    Parameters
    ----------
    samples : sequence of Sample
    fraction : float
        Share of the nuclei that is set aside, about.
    seed : int
        Of the choice of whole images.
    groups : sequence, optional
        The same for samples that show one place, such as the planes of a stack, which
        must be of one size; each sample is a place of its own if None.

    Returns
    -------
    kept, held_out : list of Sample
        Both have nuclei, and they share no pixel.

    Raises
    ------
    ValueError
        If there are too few nuclei, or planes of a stack in which they all overlap.
    """
    keys = list(range(len(samples))) if groups is None else list(groups)
    stacks = [
        [s for s, g in zip(samples, keys, strict=True) if g == key]
        for key in dict.fromkeys(keys)
    ]
    annotated_stacks = [stack for stack in stacks if any(s.labels.any() for s in stack)]
    if len(annotated_stacks) >= MIN_WHOLE_IMAGES:
        return hold_out_stacks(stacks, annotated_stacks, fraction, seed)
    kept: list[Sample] = []
    held_out: list[Sample] = []
    for stack in stacks:
        parts = split_stack(stack, fraction)
        kept += parts[0]
        held_out += parts[1]
    if held_out:
        return kept, held_out
    if (
        len(annotated_stacks) > 1
    ):  # none can be divided: the one with fewest is set aside
        counts = [
            sum(count_nuclei(s.labels) for s in stack) for stack in annotated_stacks
        ]
        least = annotated_stacks[int(np.argmin(counts))]
        kept = [s for stack in stacks if stack is not least for s in stack]
        return kept, list(least)
    raise ValueError(
        "some nuclei are held out to check the model on, and those painted do not "
        "suffice; paint at least two"
    )


def hold_out_stacks(
    stacks: Sequence[list[Sample]],
    annotated_stacks: Sequence[list[Sample]],
    fraction: float,
    seed: int,
) -> tuple[list[Sample], list[Sample]]:
    """Set whole images aside, by chance; those without nuclei are kept."""
    count = min(
        max(round(len(annotated_stacks) * fraction), 1), len(annotated_stacks) - 1
    )
    order = np.random.default_rng(seed).permutation(len(annotated_stacks))
    chosen = [annotated_stacks[i] for i in sorted(order[:count].tolist())]
    kept = [s for x in stacks if not any(x is c for c in chosen) for s in x]
    return kept, [s for stack in chosen for s in stack]


def split_stack(
    stack: Sequence[Sample], fraction: float
) -> tuple[list[Sample], list[Sample]]:
    """Return what is kept of one image or stack, and what is set aside.

    Nothing is set aside where either part would have no nucleus.
    """
    numbers = [np.unique(sample.labels[sample.labels > 0]) for sample in stack]
    centres = np.concatenate([nucleus_centroids(sample.labels) for sample in stack])
    chosen = choose_nuclei(centres, fraction)
    ends = np.cumsum([len(some) for some in numbers])[:-1]
    inside = [
        np.isin(sample.labels, some[aside])
        for sample, some, aside in zip(
            stack, numbers, np.split(chosen, ends), strict=True
        )
    ]
    held_out = np.any(inside, axis=0)
    kept = np.any(
        [(s.labels > 0) & ~i for s, i in zip(stack, inside, strict=True)], axis=0
    )
    if held_out.any() and kept.any():
        aside = balance_background(is_closer(held_out, kept), stack, fraction)
        parts = [restrict_sample(sample, ~aside, "kept") for sample in stack]
        others = [restrict_sample(sample, aside, "held out") for sample in stack]
        if all(any(s.labels.any() for s in some) for some in (parts, others)):
            return parts, others
    return list(stack), []


def choose_nuclei(centres: NDArray[np.float64], fraction: float) -> Mask:
    """Choose about a share of nuclei, in several places.

    The places lie at even steps along the direction in which the nuclei spread most;
    each takes the nucleus there and those nearest to it.

    Parameters
    ----------
    centres : ndarray of float, shape (n, 2)
        In pixels.
    fraction : float

    Returns
    -------
    ndarray of bool, shape (n,)
        At least `MIN_HELD_OUT` of twice as many nuclei, at most half of them.

    Examples
    --------
    >>> positions = np.array([[0.0, 10 * n] for n in range(10)])
    >>> choose_nuclei(positions, 0.25).nonzero()[0].tolist()
    [1, 5, 8]
    """
    total = len(centres)
    wanted = min(max(round(total * fraction), MIN_HELD_OUT), total // 2)
    chosen = np.zeros(total, bool)
    if not wanted:
        return chosen
    apart = centres - centres.mean(axis=0)
    direction = np.linalg.svd(apart, full_matrices=False)[2][0]
    direction = direction * np.sign(direction[np.argmax(np.abs(direction))])
    order = np.argsort(apart @ direction, kind="stable")
    places = min(MAX_CLUSTERS, wanted)
    for number in range(places):
        middle = centres[order[int((number + 0.5) * total / places)]]
        away = np.hypot(*(centres - middle).T)
        away[chosen] = np.inf
        count = (number + 1) * wanted // places - number * wanted // places
        chosen[np.argsort(away, kind="stable")[:count]] = True
    return chosen


def is_closer(one: Mask, other: Mask) -> Mask:
    """Return where `one` is nearer than `other`; neither is empty."""
    near, far = (
        cv2.distanceTransform((~mask).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5)
        for mask in (one, other)
    )
    return np.asarray(near) < np.asarray(far)


def balance_background(aside: Mask, stack: Sequence[Sample], fraction: float) -> Mask:
    """See to it that both parts have background away from nuclei, if there is any.

    What is painted as background may lie beside nuclei of one part only; then it is
    cut across.

    Parameters
    ----------
    aside : ndarray of bool, shape (Y, X)
        The pixels that are set aside.
    stack : sequence of Sample
    fraction : float
        Share of the background that is set aside where it is cut.
    """
    annotated, nuclei = np.zeros_like(aside), np.zeros_like(aside)
    for sample in stack:
        annotated |= True if sample.annotated is None else sample.annotated
        nuclei |= expand_mask(sample.labels > 0, margin_width(sample.labels) + 1)
    places = np.nonzero(annotated & ~nuclei)
    count, of_aside = len(places[0]), np.count_nonzero(aside[places])
    if count < 2 or 0.5 * fraction <= of_aside / count <= 1 - 0.5 * fraction:
        return aside
    longer = int(np.argmax([np.ptp(x) for x in places]))
    order = np.argsort(places[longer], kind="stable")
    shared = np.zeros(count, bool)
    shared[order[-min(max(round(fraction * count), 1), count - 1) :]] = True
    aside = aside.copy()
    aside[places] = shared
    return aside


def restrict_sample(sample: Sample, part: Mask, name: str) -> Sample:
    """Limit the annotated mask of a sample to a part; drop nuclei on its edge.

    It has the whole image, so that it is normalised, and its nuclei measured, as when
    the model is used.
    """
    beyond = np.unique(sample.labels[~part])
    whole = part & ~np.isin(sample.labels, beyond[beyond > 0])
    annotated = whole if sample.annotated is None else whole & sample.annotated
    labels = np.where(annotated, sample.labels, 0).astype(np.int32)
    return replace(
        sample, name=f"{sample.name} ({name})", labels=labels, annotated=annotated
    )


def nucleus_centroids(labels: NDArray[np.int32]) -> NDArray[np.float64]:
    """Return the mean row and column of each nucleus, in the order of their numbers."""
    rows, columns = np.nonzero(labels)
    _, nucleus, sizes = np.unique(
        labels[rows, columns], return_inverse=True, return_counts=True
    )
    sums = [
        np.bincount(nucleus, weights=x, minlength=len(sizes)) for x in (rows, columns)
    ]
    return np.stack(sums, axis=1) / sizes[:, np.newaxis]


def count_nuclei(labels: NDArray[np.integer]) -> int:
    """Return how many nuclei labels hold."""
    return int(np.count_nonzero(np.unique(labels)))
