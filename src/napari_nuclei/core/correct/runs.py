"""Encode the changed pixels of a window as runs of equal pixels, and decode them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from napari_nuclei.core.correct.edit import Edit, Labels

Runs = list[list[int]]
"""[start, length, label before, label after] of pixels that follow each other."""


def encode_runs(edit: Edit) -> Runs:
    """Return the changed pixels of an edit as runs, in C order of its window.

    Examples
    --------
    >>> before, after = np.array([[1, 1, 0, 2]]), np.array([[3, 3, 0, 0]])
    >>> window = (slice(0, 1), slice(0, 4))
    >>> encode_runs(Edit(window, before, after, (1, 2), (3,), "redraw"))
    [[0, 2, 1, 3], [3, 1, 2, 0]]
    """
    pixels = np.flatnonzero(edit.changed)
    before, after = edit.before.ravel()[pixels], edit.after.ravel()[pixels]
    if not len(pixels):
        return []
    breaks = (np.diff(pixels) != 1) | (before[1:] != before[:-1])
    breaks |= after[1:] != after[:-1]
    starts = np.concatenate([[0], np.flatnonzero(breaks) + 1])
    lengths = np.diff([*starts.tolist(), len(pixels)])
    columns = (pixels[starts], lengths, before[starts], after[starts])
    return [list(run) for run in zip(*(col.tolist() for col in columns), strict=True)]


def decode_runs(runs: Sequence[Sequence[int]], window: Labels) -> Labels | None:
    """Return a window after the changes; None if it is not as it was before them.

    Parameters
    ----------
    runs : sequence of [start, length, before, after]
    window : ndarray of int
        Labels before the changes; not modified.
    """
    flat = window.ravel().copy()
    limits = np.iinfo(window.dtype)
    for start, length, before, after in runs:
        if start < 0 or length < 1 or start + length > len(flat):
            return None
        if not limits.min <= after <= limits.max:
            return None
        if (flat[start : start + length] != before).any():
            return None
        flat[start : start + length] = after
    return flat.reshape(window.shape)
