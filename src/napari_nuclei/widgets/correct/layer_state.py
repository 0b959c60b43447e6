"""What was corrected and accepted in a labels layer; without Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from napari_nuclei.core.correct.edit import Edit
from napari_nuclei.core.correct.numbers import next_label
from napari_nuclei.widgets.correct.edit_history import EditHistory
from napari_nuclei.widgets.segment.layer_data import (
    CORRECTIONS_KEY,
    METADATA_KEY,
    PREDICTION,
)

if TYPE_CHECKING:
    import napari.layers

MAX_EDITS = 200
"""Number of edits that are followed; napari can undo 100 steps."""

MAX_PIXELS = 2**26
"""Number of pixels of their windows; one that fills a large image takes much memory."""


class LayerState:
    """The edits of a layer, its accepted nuclei, and the highest number it has had.

    The layer's metadata hold a summary, which outlives the dock.

    Parameters
    ----------
    layer : napari.layers.Labels

    Attributes
    ----------
    history : EditHistory
    accepted : set of int
        Nuclei that the user has marked as right.
    highest : int
        Highest number that a nucleus of the layer has had.
    """

    def __init__(self, layer: napari.layers.Labels) -> None:
        saved = layer.metadata.get(CORRECTIONS_KEY, {})
        self.history = EditHistory()
        self.accepted: set[int] = set(saved.get("accepted", ()))
        self._earlier: set[int] = set(saved.get("corrected", ()))
        self.highest = int(saved.get("highest_label", 0))
        predicted = layer.metadata.get(METADATA_KEY, {}).get(PREDICTION)
        for labels in (layer.data, predicted):
            if isinstance(labels, np.ndarray):
                self.highest = max(self.highest, int(labels.max(initial=0)))

    @property
    def corrected(self) -> set[int]:
        """Nuclei that were changed or made, and are not back to what they were."""
        changed = set(self._earlier)
        for edit in self.history.applied:
            changed.update(edit.touched, edit.new)
        return changed

    @property
    def checked(self) -> set[int]:
        """Nuclei that the user has corrected or accepted."""
        return self.corrected | self.accepted

    def describe(self, label: int) -> str:
        """Return " (accepted)" or " (corrected)"; empty for other nuclei."""
        if label in self.accepted:
            return " (accepted)"
        return " (corrected)" if label in self.corrected else ""

    def add(self, edit: Edit) -> None:
        """Note an edit that has just been made."""
        applied = self.history.applied
        self.history.add(edit)
        self.highest = max([self.highest, *edit.touched, *edit.new])
        pixels = sum(applied_edit.before.size for applied_edit in applied)
        while len(applied) > MAX_EDITS or (pixels > MAX_PIXELS and len(applied) > 1):
            first = applied.pop(0)
            pixels -= first.before.size
            self._earlier.update(first.touched, first.new)

    def new_label(self, layer: napari.layers.Labels) -> int:
        """Return a number that no nucleus of the layer has had.

        Raises
        ------
        ValueError
            If the dtype of the labels holds no larger number.
        """
        return next_label(layer.data[(slice(0, 0),)], [self.highest])

    def save(self, layer: napari.layers.Labels) -> None:
        """Write the summary into the layer's metadata."""
        layer.metadata[CORRECTIONS_KEY] = {
            "accepted": sorted(self.accepted),
            "corrected": sorted(self.corrected),
            "highest_label": self.highest,
        }
