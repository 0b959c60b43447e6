"""Say which annotated nuclei a model finds, and what it finds by mistake."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.matching import find_overlaps, match_objects

MATCH_IOU = 0.5
"""Lowest IoU at which a predicted nucleus finds an annotated one, as for F1."""

SAME_ERROR_FRACTION = 0.5
"""A false detection belongs to a missed nucleus if they share this fraction of the
smaller one. The two are one error: a merged or split nucleus counts once."""


@dataclass(frozen=True, slots=True)
class NucleusOutcomes:
    """Outcomes of one image, by nucleus.

    Attributes
    ----------
    found : ndarray of bool, shape (nuclei,)
        Whether each annotated nucleus is found, in order of label.
    false_detections : tuple of ndarray of int
        Flat pixel indices of each predicted nucleus that matches no annotated nucleus
        and does not belong to a missed one.
    """

    found: NDArray[np.bool_]
    false_detections: tuple[NDArray[np.intp], ...]


def nucleus_outcomes(
    true: NDArray[np.integer], predicted: NDArray[np.integer]
) -> NucleusOutcomes:
    """Match predicted with annotated nuclei, and list what remains.

    Parameters
    ----------
    true, predicted : ndarray of int, of the same shape
        Instance labels: 0 is background; numbers may have gaps.

    Raises
    ------
    ValueError
        If the shapes differ or a label is negative.

    Examples
    --------
    >>> true = np.array([1, 1, 0, 2, 2, 0, 0])
    >>> outcomes = nucleus_outcomes(true, np.array([1, 1, 0, 0, 0, 0, 5]))
    >>> outcomes.found.tolist(), [x.tolist() for x in outcomes.false_detections]
    ([True, False], [[6]])
    """
    overlaps = find_overlaps(true, predicted)
    matches = match_objects(overlaps, MATCH_IOU)
    names, labels = np.unique(true[true > 0]), np.unique(predicted[predicted > 0])
    found = np.isin(names, overlaps.true[matches])
    belongs = overlaps.share >= SAME_ERROR_FRACTION
    belongs &= ~np.isin(overlaps.true, names[found])
    explained = np.concatenate(
        [overlaps.predicted[matches], overlaps.predicted[belongs]]
    )
    return NucleusOutcomes(
        found, pixel_indices(predicted, labels[~np.isin(labels, explained)])
    )


def pixel_indices(
    labels: NDArray[Any], wanted: NDArray[Any]
) -> tuple[NDArray[np.intp], ...]:
    """Return the flat pixel indices of each wanted label, `wanted` being sorted."""
    pixels = np.flatnonzero(np.isin(labels, wanted))
    values = labels.ravel()[pixels]
    order = np.argsort(values, kind="stable")
    starts = np.searchsorted(values[order], wanted)
    return tuple(np.split(pixels[order], starts[1:])) if len(wanted) else ()
