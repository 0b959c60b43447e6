"""Say which nuclei of a labels layer were corrected since Segment nuclei made it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.data.corrected_nuclei import changed_nuclei
from napari_nuclei.widgets.segment.layer_data import (
    CORRECTIONS_KEY,
    METADATA_KEY,
    PREDICTION,
)

if TYPE_CHECKING:
    import napari.layers

ACCEPTED = "accepted"
"""Key of the accepted nuclei in that entry."""


@dataclass(frozen=True, slots=True, eq=False)
class LayerCorrections:
    """The corrected labels of a layer, fixed at one moment.

    Attributes
    ----------
    labels : ndarray of int32
        The labels now, of the shape of the predicted ones.
    corrected : tuple of int
        Nuclei that were changed, made or accepted, ascending.
    deleted_labels : ndarray of int32
        Predicted nuclei that were changed, where they are background now; else 0.
    """

    labels: NDArray[np.int32]
    corrected: tuple[int, ...]
    deleted_labels: NDArray[np.int32]

    @property
    def deleted(self) -> NDArray[np.bool_]:
        """Pixels of predicted nuclei that were changed, and are background now."""
        return self.deleted_labels > 0


def accepted_labels(metadata: Mapping[str, Any]) -> list[int]:
    """Return the labels that the user marked as right, from a layer's metadata."""
    entry = metadata.get(CORRECTIONS_KEY, {})
    return [int(number) for number in entry.get(ACCEPTED, ())]


def predicted_labels(layer: napari.layers.Labels) -> NDArray[np.int32] | None:
    """Return the labels as Segment nuclei made them; None if it did not make them.

    Labels of another number of pixels than the layer do not count.
    """
    found = layer.metadata.get(METADATA_KEY, {}).get(PREDICTION)
    if not isinstance(found, np.ndarray) or not isinstance(layer.data, np.ndarray):
        return None
    return found if found.size == layer.data.size else None


def has_corrections(layer: napari.layers.Labels) -> bool:
    """Return whether a layer of Segment nuclei was corrected, or nuclei accepted.

    New numbers for the same nuclei are not a correction.
    """
    predicted = predicted_labels(layer)
    if predicted is None:
        return False
    if accepted_labels(layer.metadata):
        return True
    labels = layer.data.reshape(predicted.shape)
    if not np.array_equal(labels > 0, predicted > 0):
        return True
    if np.array_equal(labels, predicted):
        return False
    labels = labels.astype(np.int32)
    return bool(
        len(changed_nuclei(predicted, labels)) or len(changed_nuclei(labels, predicted))
    )


@dataclass(frozen=True, slots=True, eq=False)
class LayerSnapshot:
    """The labels of a layer at one moment, to find its corrections in a thread.

    Attributes
    ----------
    predicted : ndarray of int32
        The labels as Segment nuclei made them.
    labels : ndarray of int32, of the shape of `predicted`
        A copy: the user may correct more meanwhile.
    accepted : tuple of int
    """

    predicted: NDArray[np.int32]
    labels: NDArray[np.int32]
    accepted: tuple[int, ...]

    def find(self) -> LayerCorrections | None:
        """Return the corrections; None without any. Takes seconds for large labels."""
        predicted, labels = self.predicted, self.labels
        changed = changed_nuclei(predicted, labels)
        lost = changed_nuclei(labels, predicted)
        corrected = np.union1d(changed, np.asarray(self.accepted, np.int32))
        if not len(corrected) and not len(lost):
            return None
        deleted = np.where(np.isin(predicted, lost) & (labels == 0), predicted, 0)
        return LayerCorrections(
            labels, tuple(corrected.tolist()), deleted.astype(np.int32)
        )


def take_snapshot(layer: napari.layers.Labels) -> LayerSnapshot | None:
    """Return the labels of a layer now; None if Segment nuclei did not make it."""
    predicted = predicted_labels(layer)
    if predicted is None:
        return None
    labels = np.array(layer.data.reshape(predicted.shape), np.int32)
    return LayerSnapshot(predicted, labels, tuple(accepted_labels(layer.metadata)))
