"""New thresholds on labels that are shown, until a user makes the labels theirs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_nuclei.widgets.segment.layer_data import (
    METADATA_KEY,
    PREDICTION,
    features,
    metadata,
)

if TYPE_CHECKING:
    import napari.layers

    from napari_nuclei.config import SegmentConfig
    from napari_nuclei.core.axes import PlaneIndex
    from napari_nuclei.core.maps import FilteredLabels
    from napari_nuclei.widgets.segment.result import MeasuredPlane, RunResult

EDIT_EVENTS = ("paint", "labels_update", "data")
"""Events of a layer of labels that tell of changes by a user, or a script of theirs."""


class RelabelLayer:
    """Draws a run's labels anew, in the layer that was made of them.

    Parameters
    ----------
    run : RunResult
    layer : napari.layers.Labels
        That `add_result_layers` has made of it: it shows `run.labels`.
    image : napari.layers.Image, optional
        That the run was made of.
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
        self._shown = layer.data
        self._edited = False
        for name in EDIT_EVENTS:
            getattr(layer.events, name).connect(self._note)

    def detach(self) -> None:
        """Leave the layer to its user."""
        self._edited = True
        for name in EDIT_EVENTS:
            getattr(self.layer.events, name).disconnect(self._note)

    @property
    def is_unedited(self) -> bool:
        """Whether nobody has changed the labels since they were drawn here."""
        if self._edited or self.layer.data is not self._shown:
            return False
        predicted = self.layer.metadata.get(METADATA_KEY, {}).get(PREDICTION)
        # A script can write into the array and no event tells of it.
        return predicted is None or np.array_equal(predicted, self.run.labels)

    def draw_plane(self, place: PlaneIndex, found: FilteredLabels) -> None:
        """Show new labels of one plane, in place."""
        self.run.plane(place)[...] = found.labels
        predicted = self.layer.metadata.get(METADATA_KEY, {}).get(PREDICTION)
        if predicted is not None:
            self.run.source.layout.write_plane(predicted, place, found.labels)
        self.layer.refresh(thumbnail=False, extent=False)

    def finish(self, config: SegmentConfig, planes: Sequence[MeasuredPlane]) -> None:
        """Take over the tables of the new labels, and write the record anew."""
        self.run.config, self.run.planes = config, list(planes)
        self.layer.features = features(self.run.table)
        self.layer.metadata = self.layer.metadata | metadata(self.run)

    def _note(self, event: Any) -> None:
        self._edited = True
