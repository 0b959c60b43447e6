"""Select the nucleus that is napari's selected label; without Qt."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_nuclei.widgets.nuclei.table_session import TableSession

if TYPE_CHECKING:
    import napari.layers


class SelectedLabel:
    """Select the nucleus that the Correct dock, or napari's label control, selects.

    Parameters
    ----------
    session : TableSession
    """

    def __init__(self, session: TableSession) -> None:
        self._session = session
        self._layer: napari.layers.Labels | None = None
        session.layers_changed.connect(self._on_layers)
        self._on_layers()

    def stop(self) -> None:
        """Follow the layer no longer."""
        if self._layer is not None:
            self._layer.events.selected_label.disconnect(self._on_label)
        self._layer = None

    def _on_layers(self) -> None:
        self.stop()
        self._layer = self._session.labels_layer
        if self._layer is not None:
            self._layer.events.selected_label.connect(self._on_label)

    def _on_label(self, event: object = None) -> None:
        session, layer = self._session, self._layer
        label = 0 if layer is None else int(layer.selected_label)
        if label not in session.selected and label in session.frame.index:
            session.select([label])
