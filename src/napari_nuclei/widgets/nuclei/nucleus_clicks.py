"""Select the nuclei that are clicked in the viewer; without Qt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from napari_nuclei.widgets.nuclei.table_session import TableSession

MAX_MOVE = 4
"""A press of the mouse that moves further, in screen pixels, is not a click."""

MODES = ("pan_zoom", "pick")
"""Modes of a labels layer in which a click does not paint."""


class NucleusClicks:
    """Select a nucleus by a click; Shift or Ctrl adds it to the selection.

    Parameters
    ----------
    session : TableSession
    """

    def __init__(self, session: TableSession) -> None:
        self._session = session
        session.viewer.mouse_drag_callbacks.append(self._on_press)

    def stop(self) -> None:
        """Ignore clicks from now on."""
        callbacks = self._session.viewer.mouse_drag_callbacks
        if self._on_press in callbacks:
            callbacks.remove(self._on_press)

    def _on_press(self, viewer: Any, event: Any) -> Iterator[None]:
        layer = self._session.labels_layer
        active = viewer.layers.selection.active
        busy = active is not None and str(active.mode) not in MODES
        if layer is None or not layer.visible or busy or event.button != 1:
            return
        start = np.array(event.pos)
        yield
        while event.type == "mouse_move":
            if np.abs(np.array(event.pos) - start).max() > MAX_MOVE:
                return
            yield
        label = self._label_at(layer, event)
        selected = self._session.selected
        pressed = {getattr(key, "name", str(key)) for key in event.modifiers}
        adds = {"Shift", "Control"} & pressed
        if not label:
            if not adds:
                self._session.select(())
            return
        row = self._row_of(label)
        if adds:
            chosen = selected ^ {label}
            self._session.select(chosen, row=row if label in chosen else None)
        else:
            self._session.select([label], row=row)

    def _label_at(self, layer: Any, event: Any) -> int:
        value = layer.get_value(
            event.position,
            view_direction=event.view_direction,
            dims_displayed=event.dims_displayed,
            world=True,
        )
        if isinstance(value, tuple):  # level and label of a pyramid
            value = value[-1]
        return int(value or 0)

    def _row_of(self, label: int) -> int | None:
        """Return the row of a label, in the plane that is shown."""
        session, layer = self._session, self._session.labels_layer
        rows = np.flatnonzero(session.frame.index == label)
        if not len(rows) or layer is None:
            return None
        point = np.asarray(layer.world_to_data(session.viewer.dims.point))
        for axis, position in zip(session.axes.lower(), point, strict=False):
            if len(rows) > 1 and axis in session.frame.columns:
                index = session.frame[axis].to_numpy()[rows]
                rows = rows[index == round(float(position))]
        return int(rows[0]) if len(rows) else None
