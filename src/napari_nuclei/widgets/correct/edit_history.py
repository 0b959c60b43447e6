"""Follow napari's undo and redo of the edits of a layer; without Qt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.correct.edit import Edit


class EditHistory:
    """The edits of a layer, from the first to the last, and those that are undone.

    napari does not report which step was undone. The pixels show it: an edit is undone
    when its window holds the labels from before.

    Attributes
    ----------
    applied : list of Edit
        In the order in which they were made.
    undone : list of Edit
        The one that was undone last is the last one.
    """

    def __init__(self) -> None:
        self.applied: list[Edit] = []
        self.undone: list[Edit] = []

    @property
    def last(self) -> Edit | None:
        """The last edit that is not undone; None without any."""
        return self.applied[-1] if self.applied else None

    def add(self, edit: Edit) -> None:
        """Add an edit that has just been made; what was undone cannot be redone."""
        self.applied.append(edit)
        self.undone.clear()

    def find_undone(self, labels: NDArray[np.integer[Any]]) -> Iterator[Edit]:
        """Yield the edits that were undone since the last call, and move them."""
        while self.applied and holds(labels, self.applied[-1], after=False):
            self.undone.append(self.applied.pop())
            yield self.undone[-1]

    def find_redone(self, labels: NDArray[np.integer[Any]]) -> Iterator[Edit]:
        """Yield the edits that were redone since the last call, and move them."""
        while self.undone and holds(labels, self.undone[-1], after=True):
            self.applied.append(self.undone.pop())
            yield self.applied[-1]


def holds(labels: NDArray[np.integer[Any]], edit: Edit, *, after: bool) -> bool:
    """Return whether the changed pixels of an edit hold its labels after or before."""
    expected = edit.after if after else edit.before
    window = labels[edit.region]
    if window.shape != expected.shape:
        return False
    return bool(np.array_equal(window[edit.changed], expected[edit.changed]))
