"""Setting a part of the annotations aside, apart in space, to check a model on.

Annotations are few, often of one image. Whole images are set aside where there are
enough of them; else every image is cut in two along a straight line, and nuclei on the
line are unknown to both sides. Planes of one stack show the same nuclei: they are cut
at one place, or set aside together.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.training.datasets import Sample

ENOUGH = 6
"""Whole images are set aside where there are at least so many."""

WANTED = 3
"""Nuclei that are set aside at least, if there are twice as many."""

SHORTEST = 32
"""Least side of either part of an image, in pixels."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A straight cut through an image.

    Attributes
    ----------
    axis : int
        0 cuts between rows, 1 between columns.
    place : int
        The first row or column of the second part.
    second : bool
        Whether the second part is set aside.
    """

    axis: int
    place: int
    second: bool


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
        If there are too few nuclei, or they lie so that no cut parts them.
    """
    keys = list(range(len(samples))) if groups is None else list(groups)
    places = [
        [s for s, g in zip(samples, keys, strict=True) if g == key]
        for key in dict.fromkeys(keys)
    ]
    painted = [place for place in places if any(s.labels.any() for s in place)]
    if len(painted) >= ENOUGH:
        return whole_places(places, painted, fraction, seed)
    kept: list[Sample] = []
    held: list[Sample] = []
    for place in places:
        cut = best_cut(place, fraction)
        for sample in place:
            if cut is None:
                kept.append(sample)
            else:
                one, two = divide(sample, cut)
                kept.append(one)
                held.append(two)
    if held:
        return kept, held
    if len(painted) > 1:  # none can be cut: the one with fewest nuclei is set aside
        counts = [sum(count_nuclei(s.labels) for s in place) for place in painted]
        least = painted[int(np.argmin(counts))]
        kept = [s for place in places if place is not least for s in place]
        return kept, list(least)
    raise ValueError(
        "some nuclei are held out to check the model on, and those painted do not "
        "suffice; paint at least two, so far apart that a straight cut between them "
        f"leaves {SHORTEST} pixels on both sides"
    )


def whole_places(
    places: Sequence[list[Sample]],
    painted: Sequence[list[Sample]],
    fraction: float,
    seed: int,
) -> tuple[list[Sample], list[Sample]]:
    """Set whole images aside, by chance; those without nuclei are kept."""
    count = min(max(round(len(painted) * fraction), 1), len(painted) - 1)
    order = np.random.default_rng(seed).permutation(len(painted))
    chosen = [painted[i] for i in sorted(order[:count].tolist())]
    kept = [s for p in places if not any(p is c for c in chosen) for s in p]
    return kept, [s for place in chosen for s in place]


def best_cut(place: Sequence[Sample], fraction: float) -> Cut | None:
    """Return the cut that sets about a share of the nuclei aside and splits fewest.

    Parameters
    ----------
    place : sequence of Sample
        All of one size.
    fraction : float

    Returns
    -------
    Cut or None
        None where no cut leaves a whole nucleus on both sides.
    """
    spans = np.concatenate([nuclei_spans(s.labels) for s in place])
    total = len(spans)
    if total < 2:
        return None
    wanted = min(max(round(total * fraction), WANTED), total // 2)
    best: tuple[int, Cut] | None = None
    for axis in (0, 1):
        side = place[0].labels.shape[axis]
        cuts = np.arange(SHORTEST, side - SHORTEST + 1)
        if not len(cuts):
            continue
        first, last = np.sort(spans[:, 2 * axis]), np.sort(spans[:, 2 * axis + 1])
        before = np.searchsorted(last, cuts, side="left")
        after = total - np.searchsorted(first, cuts, side="left")
        split = total - before - after
        for second, held, left in ((True, after, before), (False, before, after)):
            cost = np.abs(held - wanted) + 2 * split
            cost[(held < 1) | (left < 1)] = np.iinfo(np.int64).max
            number = int(np.argmin(cost))
            if cost[number] < np.iinfo(np.int64).max and (
                best is None or cost[number] < best[0]
            ):
                best = int(cost[number]), Cut(axis, int(cuts[number]), second)
    return None if best is None else best[1]


def divide(sample: Sample, cut: Cut) -> tuple[Sample, Sample]:
    """Cut a sample in two; return the part that is kept and the one set aside.

    Both have the whole image, so that it is normalised, and its nuclei measured, as
    when the model is used; what lies beyond the cut is unknown.
    """
    second = np.zeros(sample.labels.shape, bool)
    np.moveaxis(second, cut.axis, 0)[cut.place :] = True
    on_both = np.isin(sample.labels, split_nuclei(sample.labels, cut))
    known = ~on_both if sample.known is None else sample.known & ~on_both
    kept, held = (
        replace(
            sample,
            name=f"{sample.name} ({side})",
            labels=np.where(known & part, sample.labels, 0).astype(np.int32),
            known=known & part,
        )
        for side, part in (
            ("kept", second != cut.second),
            ("held out", second == cut.second),
        )
    )
    return kept, held


def split_nuclei(labels: NDArray[np.int32], cut: Cut) -> NDArray[np.int32]:
    """Return the numbers of the nuclei on both sides of a cut."""
    before, after = np.split(labels, [cut.place], axis=cut.axis)
    both = np.intersect1d(before, after)
    return both[both > 0]


def nuclei_spans(labels: NDArray[np.int32]) -> NDArray[np.intp]:
    """Return the first and the last row, and the first and the last column, of each.

    Returns
    -------
    ndarray of int, shape (nuclei, 4)
    """
    rows, columns = np.nonzero(labels)
    numbers, compact = np.unique(labels[rows, columns], return_inverse=True)
    spans = np.empty((len(numbers), 4), np.intp)
    for place, values in ((0, rows), (2, columns)):
        low = np.full(len(numbers), max(labels.shape))
        high = np.full(len(numbers), -1)
        np.minimum.at(low, compact, values)
        np.maximum.at(high, compact, values)
        spans[:, place], spans[:, place + 1] = low, high
    return spans


def count_nuclei(labels: NDArray[np.integer]) -> int:
    """Return how many nuclei labels hold."""
    return int(np.count_nonzero(np.unique(labels)))
