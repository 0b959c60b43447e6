"""Rings round the selected nuclei in the viewer; without Qt."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.widgets.layers.transform import layer_transform
from napari_nuclei.widgets.layers.viewport import unwrap_layer
from napari_nuclei.widgets.nuclei.live.matching_images import channel_axis_of_labels
from napari_nuclei.widgets.nuclei.live.measuring import longest_sides, positions_of
from napari_nuclei.widgets.nuclei.table_session import TableSession

if TYPE_CHECKING:
    import napari.layers
    import pandas as pd

NAME = "selected nuclei"
COLOUR = "yellow"
BORDER = 0.08
"""Width of a ring, as a part of its diameter."""

MARGIN = 1.35
"""Diameter of a ring, in longest sides of the nucleus's box."""


class Highlight:
    """Draw a ring around every selected nucleus, in a points layer.

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
        self._labels: napari.layers.Labels | None = None
        session.selection_changed.connect(self.update)
        session.changed.connect(self.update)
        session.layers_changed.connect(self._on_layers)

    def update(self) -> None:
        """Draw the rings of the nuclei that are selected now."""
        session = self._session
        labels, viewer = session.labels_layer, session.viewer
        if self.layer is not None and self.layer not in viewer.layers:
            self.layer = None  # the user removed it
        if labels is None or (not session.selected and self._is_empty):
            return
        chosen = session.frame[session.frame.index.isin(list(session.selected))]
        centres, sizes = ring_positions(chosen, session.axes)
        dropped = channel_axis_of_labels(labels)
        if dropped is not None:
            centres = np.insert(centres, dropped, 0, axis=1)
        if self.layer is None:
            self._add(labels)
        assert self.layer is not None
        # A redraw takes long in large images, and edits elsewhere change no ring.
        if not np.array_equal(self.layer.data, centres):
            self.layer.data = centres
            self.layer.selected_data = set()
        if len(centres) and not np.array_equal(self.layer.size, sizes):
            self.layer.size = sizes

    @property
    def _is_empty(self) -> bool:
        return self.layer is None or not len(self.layer.data)

    def remove(self) -> None:
        """Remove the layer of the rings."""
        layer, self.layer = self.layer, None
        if layer is not None:
            with suppress(ValueError):  # the user removed it
                self._session.viewer.layers.remove(layer)

    def _on_layers(self) -> None:
        labels = self._session.labels_layer
        if labels is not self._labels:  # other images change no ring
            self._labels = labels
            self.remove()

    def _add(self, labels: napari.layers.Labels) -> None:
        viewer, self._labels = self._session.viewer, labels
        active = viewer.layers.selection.active
        layer = viewer.add_points(
            ndim=labels.ndim,
            name=NAME,
            face_color="transparent",
            border_color=COLOUR,
            border_width=BORDER,
            **layer_transform(labels),
        )
        self.layer = unwrap_layer(layer)
        viewer.layers.selection.active = active


def ring_positions(
    frame: pd.DataFrame, axes: str
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the centre and the diameter of the ring around each nucleus, in pixels.

    Returns
    -------
    centres : ndarray of float, shape (nuclei, axes)
    diameters : ndarray of float, shape (nuclei,)
    """
    diameters = np.maximum(longest_sides(frame) * MARGIN, 2)
    return positions_of(frame, axes), diameters
