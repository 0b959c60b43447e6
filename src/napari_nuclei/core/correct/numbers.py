"""Number new nuclei."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from napari_nuclei.core.correct.edit import Labels


def next_label(labels: Labels, used: Iterable[int] = ()) -> int:
    """Return a number that was never used for a nucleus of these labels.

    Parameters
    ----------
    labels : ndarray of int
    used : iterable of int
        Numbers that were used before, such as the largest number ever used.

    Returns
    -------
    int
        One above the largest number.

    Raises
    ------
    ValueError
        If the dtype of the labels holds no larger number.

    Examples
    --------
    >>> next_label(np.array([[0, 3], [2, 0]]), used=[7])
    8
    """
    largest = int(labels.max(initial=0))
    number = max([largest, 0, *(int(used_number) for used_number in used)]) + 1
    check_number(labels, number)
    return number


def check_number(labels: Labels, number: int) -> None:
    """Raise an error if a number cannot be written into labels.

    Raises
    ------
    ValueError
        If the number is below 1, or too large for the dtype.
    """
    if number < 1:
        raise ValueError(f"Numbers of nuclei start at 1; got {number}")
    if number > np.iinfo(labels.dtype).max:
        raise ValueError(
            f"Labels of type {labels.dtype} hold no number above "
            f"{np.iinfo(labels.dtype).max}; convert the layer to int32"
        )
