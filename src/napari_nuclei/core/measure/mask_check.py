"""Find out whether labels are a mask, in which all nuclei have the same number."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import ndimage

MAX_CLASSES = 12
"""A table with more rows holds nuclei, not classes."""

MAX_SOLIDITY = 0.5
"""Fraction of its convex hull that an area fills if it lies in several places."""


def class_note(solidity: ArrayLike) -> str:
    """Return a sentence if measured areas look like classes of nuclei; else nothing.

    Parameters
    ----------
    solidity : array_like of float
        The column of that name, one value for each number.

    Examples
    --------
    >>> class_note([0.12, 0.3])
    'The numbers lie in several places each, as in a mask. Number the nuclei first, \
as with skimage.measure.label.'
    >>> class_note([0.12, 0.98, 0.97])
    ''
    """
    values = np.asarray(solidity, float)
    if not 0 < len(values) <= MAX_CLASSES or not np.median(values) < MAX_SOLIDITY:
        return ""
    return (
        "The numbers lie in several places each, as in a mask. Number the nuclei "
        "first, as with skimage.measure.label."
    )


class MaskCheck:
    """Look for one number in several places of the same plane.

    Attributes
    ----------
    is_one_number : bool
        Whether no two numbers but 0 have been found.
    number : int
        This number; 0 before there is one.
    parts : int
        Largest number of separate parts that it has in a plane.

    Examples
    --------
    >>> check = MaskCheck()
    >>> check.add(np.array([[255, 0, 255], [255, 0, 0]]))
    >>> check.note
    'All nuclei have the number 255, as in a mask. Number them first, as with \
skimage.measure.label.'
    """

    def __init__(self) -> None:
        self.number = 0
        self.parts = 0
        self.is_one_number = True

    def add(self, labels: NDArray[np.integer[Any]]) -> None:
        """Add a plane, or a volume, of labels.

        Parameters
        ----------
        labels : ndarray of int, shape (Y, X) or (Z, Y, X)
        """
        if not self.is_one_number:
            return
        number = int(labels.max(initial=0))
        if not number:
            return
        inside = labels == number
        if self.number not in (0, number) or np.any((labels > 0) & ~inside):
            self.is_one_number = False
            return
        self.number = number
        around = np.ones((3,) * labels.ndim, bool)
        self.parts = max(self.parts, ndimage.label(inside, around)[1])

    @property
    def note(self) -> str:
        """A sentence if the planes look like a mask; else nothing."""
        if not self.is_one_number or self.parts < 2:
            return ""
        return (
            f"All nuclei have the number {self.number}, as in a mask. Number them "
            "first, as with skimage.measure.label."
        )
