"""Recognise masks whose numbers are classes of nuclei, not single nuclei."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

MAX_CLASSES = 12
"""A mask with more numbers holds instance labels."""

MIN_PARTS = 3
"""Numbers are classes if they have this many connected parts each, on average."""

MIN_AREA = 12
"""Area of the smallest part that counts, in pixels."""

MIN_FRACTION = 0.1
"""Area of the smallest part that counts, as a fraction of the largest part of its
number; smaller parts are slips of the brush."""

MIN_ENCLOSED = 0.8
"""A part lies inside another number if this fraction of its outline touches it."""


def number_parts_of_classes(mask: NDArray[np.integer]) -> NDArray[np.int32] | None:
    """Give each connected part its own number, if the numbers of a mask are classes.

    Parameters
    ----------
    mask : ndarray of int, shape (Y, X)
        All numbers from 0, which is the background, to the largest one occur.

    Returns
    -------
    ndarray of int32, shape (Y, X), optional
        A number for each part. None if the mask holds instance labels: many numbers,
        or one part for most numbers.

    Raises
    ------
    ValueError
        If the parts of one number lie inside those of another, such as the insides of
        nuclei and their borders.

    Examples
    --------
    >>> mask = np.zeros((8, 40), np.int32)
    >>> for number, column in enumerate([1, 7, 13, 19, 25, 31]):
    ...     mask[2:6, column : column + 4] = 1 + number % 2
    >>> number_parts_of_classes(mask).max()
    np.int32(6)
    >>> number_parts_of_classes(mask[:, :12]) is None  # one part each
    True
    """
    from skimage.measure import label

    classes = int(mask.max(initial=0))
    if mask.ndim != 2 or not 2 <= classes <= MAX_CLASSES:
        return None
    parts = np.asarray(label(mask, background=0, connectivity=2), np.int32)
    areas = np.bincount(parts.ravel())
    class_of_part = np.zeros(len(areas), np.intp)
    class_of_part[parts] = mask
    largest = np.zeros(classes + 1, np.intp)
    np.maximum.at(largest, class_of_part[1:], areas[1:])
    is_counted = (areas >= MIN_AREA) & (areas >= MIN_FRACTION * largest[class_of_part])
    is_counted[0] = False
    part_counts = np.bincount(class_of_part[is_counted], minlength=classes + 1)[1:]
    if part_counts.mean() < MIN_PARTS or np.median(part_counts) < 2:
        return None
    check_not_nested(count_contacts(parts, mask), class_of_part, is_counted)
    return parts


def count_contacts(
    parts: NDArray[np.int32], mask: NDArray[np.integer]
) -> NDArray[np.intp]:
    """Count the pairs of neighbouring pixels of each part and each number.

    Returns
    -------
    ndarray of int, shape (parts + 1, numbers)
        Pairs inside a part do not count.
    """
    columns = int(mask.max()) + 1
    contacts = np.zeros((int(parts.max()) + 1) * columns, np.intp)
    halves = (slice(None, -1), slice(1, None))
    for first, second in (
        ((halves[0],), (halves[1],)),
        ((slice(None), halves[0]), (slice(None), halves[1])),
    ):
        differ = parts[first] != parts[second]
        for side, across in ((first, second), (second, first)):
            part, neighbour = parts[side][differ], mask[across][differ]
            pairs = part.astype(np.intp) * columns + neighbour
            contacts += np.bincount(pairs, minlength=len(contacts))
    return contacts.reshape(-1, columns)


def check_not_nested(
    contacts: NDArray[np.intp],
    class_of_part: NDArray[np.intp],
    is_counted: NDArray[np.bool_],
) -> None:
    """Raise ValueError if most parts of a number lie inside one other number.

    Parameters
    ----------
    contacts : ndarray of int, shape (parts + 1, numbers)
        As returned by `count_contacts`.
    class_of_part : ndarray of int, shape (parts + 1,)
        The number of each part.
    is_counted : ndarray of bool, shape (parts + 1,)
        Which parts count.
    """
    around = contacts[:, 1:].argmax(axis=1) + 1
    enclosed = contacts[np.arange(len(contacts)), around] >= np.maximum(
        MIN_ENCLOSED * contacts.sum(axis=1), 1
    )
    for inner in np.unique(class_of_part[is_counted]):
        of_class = is_counted & (class_of_part == inner)
        if enclosed[of_class].mean() > 0.5:
            outer = np.bincount(around[of_class & enclosed]).argmax()
            raise ValueError(
                f"Most areas of number {inner} lie inside number {outer}, like the "
                "insides of nuclei and their borders. Give each nucleus its own "
                "number, or a mask of the insides alone"
            )
