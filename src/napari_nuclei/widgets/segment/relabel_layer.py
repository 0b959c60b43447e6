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
    from napari_nuclei.core.axes import Index
    from napari_nuclei.core.maps import Labelled
    from napari_nuclei.widgets.segment.result import Done, Run

HAND_MADE = ("paint", "labels_update", "data")
"""Events of a layer of labels that tell of changes by a user, or a script of theirs."""


class Tuner:
    """Draws a run's labels anew, in the layer that was made of them.

    Parameters
    ----------
    run : Run
    layer : napari.layers.Labels
        That `add_run` has made of it: it shows `run.labels`.
    image : napari.layers.Image, optional
        That the run was made of.
    """

    def __init__(
        self,
        run: Run,
        layer: napari.layers.Labels,
        image: napari.layers.Image | None = None,
    ) -> None:
        self.run = run
        self.layer = layer
        self.image = image
        self._shown = layer.data
        self._edited = False
        for name in HAND_MADE:
            getattr(layer.events, name).connect(self._note)

    def release(self) -> None:
        """Leave the layer to its user."""
        self._edited = True
        for name in HAND_MADE:
            getattr(self.layer.events, name).disconnect(self._note)

    @property
    def ours(self) -> bool:
        """Whether nobody has changed the labels since they were drawn here."""
        if self._edited or self.layer.data is not self._shown:
            return False
        predicted = self.layer.metadata.get(METADATA_KEY, {}).get(PREDICTION)
        # A script can write into the array and no event tells of it.
        return predicted is None or np.array_equal(predicted, self.run.labels)

    def draw(self, place: Index, found: Labelled) -> None:
        """Show new labels of one plane, in place."""
        self.run.plane(place)[...] = found.labels
        predicted = self.layer.metadata.get(METADATA_KEY, {}).get(PREDICTION)
        if predicted is not None:
            self.run.source.layout.write(predicted, place, found.labels)
        self.layer.refresh(thumbnail=False, extent=False)

    def finish(self, config: SegmentConfig, planes: Sequence[Done]) -> None:
        """Take over the tables of the new labels, and write the record anew."""
        self.run.config, self.run.planes = config, list(planes)
        self.layer.features = features(self.run.table)
        self.layer.metadata = self.layer.metadata | metadata(self.run)

    def _note(self, event: Any) -> None:
        self._edited = True
