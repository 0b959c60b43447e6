"""Choose what unpainted areas mean, until the user chooses it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from qtpy.compat import isalive
from qtpy.QtCore import QTimer

from napari_nuclei.widgets.layers.layer_corrections import has_corrections
from napari_nuclei.widgets.train.samples_from_layers import (
    CORRECTIONS_ONLY,
    IGNORE_UNPAINTED,
)

if TYPE_CHECKING:
    import napari.layers

    from napari_nuclei.widgets.train.data_controls import DataControls

DELAY_MS = 100
"""Time after an edit until the labels are compared, in milliseconds."""


class DefaultUnpainted:
    """Train on corrections only, as soon as a layer of Segment nuclei has some.

    Without this, nuclei that the user did not check would count as true. A choice
    of the user stays.

    Parameters
    ----------
    data : DataControls
    """

    def __init__(self, data: DataControls) -> None:
        self._data = data
        self._default = IGNORE_UNPAINTED
        self._layer: napari.layers.Labels | None = None
        # napari reports an edit before it writes the pixels.
        self._soon = QTimer(data.unpainted.native)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.update)
        data.labels.changed.connect(self.update)
        data.train_on.changed.connect(self._forget)
        self.update()

    def update(self, *_: object) -> None:
        """Set the default for the chosen labels, unless the user chose another."""
        data = self._data
        if data.from_files:
            return
        layer = data.labels.value
        if layer is not self._layer:
            self._follow(layer)
        if data.unpainted.value != self._default:
            return
        corrected = layer is not None and has_corrections(layer)
        self._default = CORRECTIONS_ONLY if corrected else IGNORE_UNPAINTED
        data.unpainted.value = self._default

    def _forget(self, *_: object) -> None:
        self._default = IGNORE_UNPAINTED

    def _follow(self, layer: napari.layers.Labels | None) -> None:
        if self._layer is not None:
            self._layer.events.paint.disconnect(self._on_paint)
        self._layer = layer
        if layer is not None:
            layer.events.paint.connect(self._on_paint)

    def _on_paint(self, event: object = None) -> None:
        # Large labels are not compared after every stroke.
        if isalive(self._soon) and self._default != CORRECTIONS_ONLY:
            self._soon.start(DELAY_MS)
