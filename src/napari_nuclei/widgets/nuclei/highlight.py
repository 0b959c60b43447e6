"""Rings round the selected nuclei in the viewer; without Qt."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np

from napari_nuclei.widgets.layers.transform import layer_transform
from napari_nuclei.widgets.nuclei.live.matching_images import channel_axis_of_labels
from napari_nuclei.widgets.nuclei.live.measuring import positions_of
from napari_nuclei.widgets.nuclei.session import TableSession

if TYPE_CHECKING:
    import napari.layers

NAME = "selected nuclei"
COLOUR = "yellow"
MARGIN = 1.35
"""Diameter of a ring, in longest sides of the nucleus's box."""


class Highlight:
    """Draw a ring round every selected nucleus, in a points layer.

    The cost depends on the number of selected nuclei, not on the size of the labels.

    Parameters
    ----------
    session : TableSession

    Attributes
    ----------
    layer : napari.layers.Points, optional
        Exists after the first selection.
    """

    def __init__(self, session: TableSession) -> None:
        self._session = session
        self.layer: napari.layers.Points | None = None
        session.selection_changed.connect(self.update)
        session.changed.connect(self.update)
        session.layers_changed.connect(self.remove)

    def update(self) -> None:
        """Draw the rings of the nuclei that are selected now."""
        session = self._session
        labels, viewer = session.labels_layer, session.viewer
        if self.layer is not None and self.layer not in viewer.layers:
            self.layer = None  # the user removed it
        if labels is None or (self.layer is None and not session.selected):
            return
        chosen = session.frame[session.frame.index.isin(list(session.selected))]
        centres = positions_of(chosen, session.axes)
        sizes = np.zeros(len(chosen))
        for axis in "yx":
            if len(chosen):
                side = chosen[f"bbox_{axis}1"] - chosen[f"bbox_{axis}0"]
                sizes = np.maximum(sizes, side.to_numpy(float))
        dropped = channel_axis_of_labels(labels)
        if dropped is not None:
            centres = np.insert(centres, dropped, 0, axis=1)
        if self.layer is None:
            self._add(labels)
        assert self.layer is not None
        self.layer.data = centres
        if len(centres):
            self.layer.size = np.maximum(sizes * MARGIN, 2)
            self.layer.border_width = 0.08
            self.layer.border_color = COLOUR
            self.layer.face_color = "transparent"
        self.layer.selected_data = set()
        self.layer.refresh()

    def remove(self) -> None:
        """Remove the layer of the rings."""
        layer, self.layer = self.layer, None
        if layer is not None:
            with suppress(ValueError):  # the user removed it
                self._session.viewer.layers.remove(layer)

    def _add(self, labels: napari.layers.Labels) -> None:
        viewer = self._session.viewer
        active = viewer.layers.selection.active
        self.layer = viewer.add_points(
            ndim=labels.ndim,
            name=NAME,
            face_color="transparent",
            border_color=COLOUR,
            border_width=0.08,
            **layer_transform(labels),
        )
        viewer.layers.selection.active = active
