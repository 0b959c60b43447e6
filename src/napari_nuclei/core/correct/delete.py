"""Delete nuclei."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from napari_nuclei.core.correct.boxes import LabelBoxes
from napari_nuclei.core.correct.crop import Plane, crop_nuclei
from napari_nuclei.core.correct.edit import Edit, Labels


def delete(
    labels: Labels,
    numbers: int | Iterable[int],
    *,
    plane: Plane = None,
    boxes: LabelBoxes | None = None,
) -> Edit | None:
    """Set the pixels of nuclei to background.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X), (Z, Y, X) or more axes
        Not modified.
    numbers : int or iterable of int
        Nuclei to delete; numbers without pixels are ignored.
    plane : int or sequence of int, optional
        Index along the leading axes: change this plane or stack only. A stack is
        changed as a whole by default.
    boxes : LabelBoxes, optional
        Where the nuclei are. Without it the plane or stack is searched.

    Returns
    -------
    Edit or None
        None if there are no such nuclei.

    Examples
    --------
    >>> labels = np.array([[1, 1, 0, 2]])
    >>> edit = delete(labels, 1)
    >>> edit.apply(labels)
    >>> labels.tolist(), edit.touched
    ([[0, 0, 0, 2]], (1,))
    """
    chosen = numbers_of(numbers)
    crop = crop_nuclei(labels, chosen, plane=plane, boxes=boxes)
    if crop is None:
        return None
    after = crop.labels.copy()
    for number in chosen:
        # By box: nuclei that a drag crosses may lie far from each other.
        box = crop.find(number, boxes)
        if box is not None:
            after[box][crop.labels[box] == number] = 0
    return crop.edit(after, "delete")


def numbers_of(numbers: int | Iterable[int]) -> list[int]:
    """Return one number or several as a list without repeats and background."""
    if isinstance(numbers, int | np.integer):
        numbers = [int(numbers)]
    return [number for number in dict.fromkeys(int(n) for n in numbers) if number > 0]
