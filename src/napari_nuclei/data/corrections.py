"""What a person has corrected in a prediction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.data.annotated_mask import expand_mask, margin_width

Labels = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Corrections:
    """What corrections teach.

    Attributes
    ----------
    labels : ndarray of int32, shape (Y, X)
        The nuclei that were drawn, changed, or lie beside what was; 0 elsewhere.
    annotated : ndarray of bool, shape (Y, X)
        Where something was changed, and its surroundings.
    """

    labels: Labels
    annotated: NDArray[np.bool_]


def changed_nuclei(predicted: Labels, corrected: Labels) -> NDArray[np.int32]:
    """Return the numbers of the nuclei in `corrected` that are not as predicted.

    A nucleus that was only given another number is as it was.
    """
    numbers, first = np.unique(corrected, return_index=True)
    before = predicted.ravel()[first]
    highest = int(max(predicted.max(initial=0), corrected.max(initial=0))) + 1
    size_now = np.bincount(corrected.ravel(), minlength=highest)
    size_then = np.bincount(predicted.ravel(), minlength=highest)
    origin = np.zeros(highest, np.int64)
    origin[numbers] = before
    shared = np.bincount(
        corrected.ravel(),
        weights=(predicted == origin[corrected]).ravel(),
        minlength=highest,
    )
    same = (
        (shared[numbers] == size_now[numbers])
        & (size_then[before] == size_now[numbers])
        & (before > 0)
    )
    return np.asarray(numbers[(numbers > 0) & ~same], np.int32)


def find_corrections(
    predicted: Labels, corrected: Labels, *, margin: int | None = None
) -> Corrections:
    """Find what was corrected; the rest of the image is unknown.

    Parameters
    ----------
    predicted, corrected : ndarray of int32, shape (Y, X)
        The labels as a model gave them, and as a person left them.
    margin : int, optional
        Width of the surroundings in pixels; from the size of the nuclei if None.

    Returns
    -------
    Corrections

    Examples
    --------
    >>> before = np.array([[1, 1, 0, 0, 0, 2, 2]], np.int32)
    >>> after = np.array([[1, 1, 0, 0, 0, 0, 0]], np.int32)
    >>> find_corrections(before, after, margin=1).annotated.astype(int).tolist()
    [[0, 0, 0, 0, 1, 1, 1]]
    """
    if predicted.shape != corrected.shape:
        raise ValueError(
            "predicted and corrected must have the same shape; got "
            f"{predicted.shape} and {corrected.shape}"
        )
    now = np.isin(corrected, changed_nuclei(predicted, corrected))
    then = np.isin(predicted, changed_nuclei(corrected, predicted))
    touched = now | then
    width = margin_width(corrected) if margin is None else margin
    annotated = expand_mask(touched, width) if touched.any() else touched
    # Nuclei in the surroundings are annotated as far as they reach into them.
    return Corrections(np.where(annotated, corrected, 0).astype(np.int32), annotated)
