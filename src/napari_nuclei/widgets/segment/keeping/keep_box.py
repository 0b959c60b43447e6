"""The tick that keeps corrected nuclei in the next run."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from magicgui.widgets import CheckBox, ComboBox
from qtpy.compat import isalive
from qtpy.QtCore import QTimer

from napari_nuclei.widgets.layers.layer_corrections import (
    LayerSnapshot,
    has_corrections,
    take_snapshot,
)
from napari_nuclei.widgets.layers.viewport import unwrap_layer
from napari_nuclei.widgets.segment.layer_data import record_of

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

    from napari_nuclei.widgets.layers.image_source import ImageSource

DELAY_MS = 100
"""Time after an edit until the labels are compared, in milliseconds: napari reports an
edit before it writes the pixels."""


class KeepBox:
    """The tick "Keep corrected nuclei", visible if a result of the image has some.

    Parameters
    ----------
    image : ComboBox
        The image to segment.

    Attributes
    ----------
    box : CheckBox
    """

    def __init__(self, image: ComboBox) -> None:
        self.box = CheckBox(
            name="keep_corrected",
            label="",
            text="Keep corrected nuclei",
            value=True,
            visible=False,
            tooltip="Nuclei that you corrected or accepted keep their outlines and "
            "numbers, and no nucleus comes back where you deleted one. Other nuclei "
            "are found again.",
        )
        self._image = image
        self._viewer: napari.viewer.Viewer | None = None
        self._watched: list[napari.layers.Labels] = []
        self._soon = QTimer(self.box.native)
        self._soon.setSingleShot(True)
        self._soon.timeout.connect(self.update)
        image.changed.connect(self.update)

    def follow(self, viewer: napari.viewer.Viewer) -> None:
        """Show and hide the tick as layers are added, removed and corrected."""
        self._viewer = viewer
        for events in (viewer.layers.events.inserted, viewer.layers.events.removed):
            events.connect(self._on_layers)
        self.update()

    def update(self, *_: object) -> None:
        """Show the tick if a result of the image has corrections."""
        if not isalive(self.box.native):
            return
        for layer in self._watched:
            layer.events.paint.disconnect(self._on_paint)
        self._watched = self._results()
        for layer in self._watched:
            layer.events.paint.connect(self._on_paint)
        self.box.visible = any(has_corrections(layer) for layer in self._watched)

    def corrections(self, source: ImageSource) -> LayerSnapshot | None:
        """Return the labels whose corrections a run must keep; None for nothing.

        Of several results, those of the topmost one with corrections are kept. A result
        of another part of the image is not used.
        """
        self.update()
        if not self.box.value:
            return None
        bounds = [list(side) for side in source.box]
        for layer in self._watched:
            if record_of(layer).get("bounds") != bounds:
                continue
            found = take_snapshot(layer) if has_corrections(layer) else None
            if found is not None and found.labels.shape == source.layout.label_shape:
                return found
        return None

    def _results(self) -> list[napari.layers.Labels]:
        """Return the labels that runs made from the image, topmost first."""
        import napari.layers

        image = self._image.value
        if self._viewer is None or image is None:
            return []
        layers = [
            unwrap_layer(candidate) for candidate in reversed(self._viewer.layers)
        ]
        return [
            candidate
            for candidate in layers
            if isinstance(candidate, napari.layers.Labels)
            and record_of(candidate).get("image") == image.name
        ]

    def _on_paint(self, event: Any = None) -> None:
        # Large labels are not compared after every stroke.
        if isalive(self.box.native) and self.box.native.isHidden():
            self._on_layers()

    def _on_layers(self, event: Any = None) -> None:
        if isalive(self._soon):
            self._soon.start(DELAY_MS)
