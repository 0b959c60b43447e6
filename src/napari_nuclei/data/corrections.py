"""Find the nuclei that a user corrected in a prediction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.data.annotated_mask import expand_mask, margin_width

Labels = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Corrections:
    """Corrected nuclei and the pixels that the correction annotates.

    Attributes
    ----------
    labels : ndarray of int32, shape (Y, X)
        Nuclei that were drawn or changed, and their neighbours; 0 elsewhere.
    annotated : ndarray of bool, shape (Y, X)
        Changed pixels and a margin around them.
    """

    labels: Labels
    annotated: NDArray[np.bool_]


def changed_nuclei(predicted: Labels, corrected: Labels) -> NDArray[np.int32]:
    """Return the labels in `corrected` whose nuclei differ from the predicted ones.

    A nucleus that only has another label is unchanged.

    Parameters
    ----------
    predicted, corrected : ndarray of int32, shape (Y, X)

    Returns
    -------
    ndarray of int32, shape (n,)
    """
    labels, first_index = np.unique(corrected, return_index=True)
    predicted_labels = predicted.ravel()[first_index]
    count = int(max(predicted.max(initial=0), corrected.max(initial=0))) + 1
    corrected_size = np.bincount(corrected.ravel(), minlength=count)
    predicted_size = np.bincount(predicted.ravel(), minlength=count)
    partner = np.zeros(count, np.int64)
    partner[labels] = predicted_labels
    overlap = np.bincount(
        corrected.ravel(),
        weights=(predicted == partner[corrected]).ravel(),
        minlength=count,
    )
    unchanged = (
        (overlap[labels] == corrected_size[labels])
        & (predicted_size[predicted_labels] == corrected_size[labels])
        & (predicted_labels > 0)
    )
    return np.asarray(labels[(labels > 0) & ~unchanged], np.int32)


def find_corrections(
    predicted: Labels, corrected: Labels, *, margin: int | None = None
) -> Corrections:
    """Find the corrected nuclei; the rest of the image is not annotated.

    Parameters
    ----------
    predicted, corrected : ndarray of int32, shape (Y, X)
        The labels as predicted by a model, and after correction.
    margin : int, optional
        Width of the annotated margin around changes, in pixels. None derives it from
        the size of the nuclei.

    Returns
    -------
    Corrections

    Raises
    ------
    ValueError
        If the shapes differ.

    Examples
    --------
    >>> before = np.array([[1, 1, 0, 0, 0, 2, 2]], np.int32)
    >>> after = np.array([[1, 1, 0, 0, 0, 0, 0]], np.int32)
    >>> found = find_corrections(before, after, margin=1)
    >>> found.annotated.astype(int).tolist()
    [[0, 0, 0, 0, 1, 1, 1]]
    """
    if predicted.shape != corrected.shape:
        raise ValueError(
            "Predicted and corrected labels must have the same shape; got "
            f"{predicted.shape} and {corrected.shape}"
        )
    changed = np.isin(corrected, changed_nuclei(predicted, corrected))
    changed |= np.isin(predicted, changed_nuclei(corrected, predicted))
    width = margin_width(corrected) if margin is None else margin
    annotated = expand_mask(changed, width) if changed.any() else changed
    # A neighbour is annotated only where the margin covers it.
    return Corrections(np.where(annotated, corrected, 0).astype(np.int32), annotated)
