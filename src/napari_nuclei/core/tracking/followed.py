"""How long nuclei have been followed, and which of them may split labels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.tracking.frame_nuclei import Ints

MIN_HISTORY = 2
"""Number of frames in which a nucleus must have been followed before it splits labels.
Halves of a nucleus that was cut in two in one frame split nothing."""

MAX_SPLITS = 8
"""Largest number of frames in a row in which a nucleus is a part of a split label."""


@dataclass(frozen=True, slots=True)
class History:
    """How long the nuclei of a frame have been followed.

    Attributes
    ----------
    frames : ndarray of int64, shape (n,)
        Number of frames in which the nucleus had a label of its own.
    splits : ndarray of int64, shape (n,)
        Number of frames in a row, up to this one, in which it was a part of a label.
    """

    frames: Ints
    splits: Ints

    @classmethod
    def begin(cls, count: int) -> History:
        """Return the history of nuclei that are in their first frame."""
        return cls(np.ones(count, np.int64), np.zeros(count, np.int64))

    def follow(self, links: Ints, is_part: NDArray[np.bool_]) -> History:
        """Return the history of the nuclei of the next frame.

        Parameters
        ----------
        links : ndarray of int64, shape (m,)
            Index of each nucleus in this frame, or -1.
        is_part : ndarray of bool, shape (m,)
            Whether it is a part of a label that was split.
        """
        linked = links >= 0
        frames = np.where(is_part, 0, 1)
        splits = np.where(is_part, 1, 0)
        frames[linked] += self.frames[links[linked]]
        splits[linked & is_part] += self.splits[links[linked & is_part]]
        return History(frames, splits)

    @property
    def may_split(self) -> NDArray[np.bool_]:
        """Whether each nucleus is certain enough to split a label."""
        return (self.frames >= MIN_HISTORY) & (self.splits < MAX_SPLITS)
