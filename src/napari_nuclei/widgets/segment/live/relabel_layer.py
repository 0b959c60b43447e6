"""Apply new thresholds to a labels layer until a user edits it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from weakref import WeakSet

import numpy as np

from napari_nuclei.widgets.segment.layer_data import (
    METADATA_KEY,
    PREDICTION,
    labels_metadata,
    make_features,
)

if TYPE_CHECKING:
    import napari.layers
    from numpy.typing import NDArray

    from napari_nuclei.config import SegmentConfig
    from napari_nuclei.core.axes import PlaneIndex
    from napari_nuclei.core.maps import FilteredLabels
    from napari_nuclei.widgets.segment.joining.join_slices import RejoinedRun
    from napari_nuclei.widgets.segment.result import MeasuredPlane, RunResult

EDIT_EVENTS = ("paint", "labels_update", "data")
"""Events of a labels layer that report edits by a user or a script."""

_IN_USE: WeakSet[RelabelLayer] = WeakSet()


def run_of(layer: object) -> RunResult | None:
    """Return the run that made a labels layer, while a dock holds its maps."""
    return next((entry.run for entry in _IN_USE if entry.layer is layer), None)


class RelabelLayer:
    """Draw new labels of a run into the layer of the run.

    Parameters
    ----------
    run : RunResult
    layer : napari.layers.Labels
        Layer that `add_result_layers` added for the run; it shows `run.labels`.
    image : napari.layers.Image, optional
        Image of the run.
    """

    def __init__(
        self,
        run: RunResult,
        layer: napari.layers.Labels,
        image: napari.layers.Image | None = None,
    ) -> None:
        self.run = run
        self.layer = layer
        self.image = image
        self._data = layer.data
        self._edited = False
        _IN_USE.add(self)
        for name in EDIT_EVENTS:
            getattr(layer.events, name).connect(self._on_edit)

    def detach(self) -> None:
        """Stop drawing into the layer."""
        self._edited = True
        for name in EDIT_EVENTS:
            getattr(self.layer.events, name).disconnect(self._on_edit)

    @property
    def is_unedited(self) -> bool:
        """Whether nobody has edited the labels since they were drawn."""
        if self._edited or self.layer.data is not self._data:
            return False
        predicted = self.layer.metadata.get(METADATA_KEY, {}).get(PREDICTION)
        # A script can write into the array without an event.
        return predicted is None or np.array_equal(predicted, self.run.labels)

    def draw_plane(self, plane_index: PlaneIndex, filtered: FilteredLabels) -> None:
        """Draw new labels of one plane."""
        self._write_plane(plane_index, filtered.labels)
        self.layer.refresh(thumbnail=False, extent=False)

    def draw_joined(self, rejoined: RejoinedRun) -> None:
        """Draw the labels of all planes after their slices were joined."""
        for plane_index, labels in rejoined.labels.items():
            self._write_plane(plane_index, labels)
        self.run.joined = rejoined.joined
        self.layer.refresh(thumbnail=False, extent=False)

    def _write_plane(self, plane_index: PlaneIndex, labels: NDArray[np.int32]) -> None:
        self.run.plane_labels(plane_index)[...] = labels
        predicted = self.layer.metadata.get(METADATA_KEY, {}).get(PREDICTION)
        if predicted is not None:
            self.run.source.layout.write_plane(predicted, plane_index, labels)

    def update_table(
        self, config: SegmentConfig, planes: Sequence[MeasuredPlane]
    ) -> None:
        """Set the table and the record of the new labels."""
        self.run.config, self.run.planes = config, list(planes)
        self.layer.features = make_features(self.run.table)
        self.layer.metadata = self.layer.metadata | labels_metadata(self.run)

    def _on_edit(self, event: Any) -> None:
        self._edited = True
