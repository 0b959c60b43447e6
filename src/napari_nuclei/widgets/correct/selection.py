"""Select a nucleus by a click, and draw a ring round what is selected; without Qt."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from napari_nuclei.core.correct.edit import Edit
from napari_nuclei.widgets.correct.correct_session import CorrectionSession
from napari_nuclei.widgets.correct.marks import Marks
from napari_nuclei.widgets.nuclei.nucleus_clicks import MAX_MOVE, MODES


class Selection:
    """Show which nucleus, or position without one, the buttons change.

    Parameters
    ----------
    session : CorrectionSession
    marks : Marks
    """

    def __init__(self, session: CorrectionSession, marks: Marks) -> None:
        self._session, self._marks = session, marks
        self._spot_plane: object = None
        session.viewer.mouse_drag_callbacks.append(self._on_press)
        session.viewer.dims.events.current_step.connect(self._on_step)
        session.selection_changed.connect(self.update)
        session.edited.connect(self._on_edit)
        session.undone.connect(self._on_edit)

    def stop(self) -> None:
        """Ignore clicks from now on."""
        callbacks = self._session.viewer.mouse_drag_callbacks
        if self._on_press in callbacks:
            callbacks.remove(self._on_press)
        self._session.viewer.dims.events.current_step.disconnect(self._on_step)

    def update(self) -> None:
        """Draw the ring round what is selected, or none."""
        session = self._session
        try:
            self._spot_plane = session.part().plane_key if session.spot_size else None
        except ValueError:  # shown in 3-D
            return
        self._draw()

    def _on_step(self, event: object = None) -> None:
        if self._session.selected or self._session.spot_size:
            self._draw()

    def _draw(self) -> None:
        session = self._session
        layer, number = session.layer, session.selected
        if layer is None or not (number or session.spot_size):
            self._marks.clear_ring()
            return
        try:
            part = session.part()
        except ValueError:
            return
        if session.spot_size:
            if session.selected_at is None or part.plane_key != self._spot_plane:
                self._marks.clear_ring()
                return
            self._marks.show_ring(layer, part, session.selected_at, session.spot_size)
            return
        pixel = part.find(number, session.selected_at)
        box = None if pixel is None else part.boxes([pixel]).find(number)
        if pixel is None or box is None:
            self._marks.clear_ring()
            return
        session.selected_at = pixel
        rows, columns = box[-2:]
        row, column = ((side.start + side.stop - 1) / 2 for side in (rows, columns))
        size = max(rows.stop - rows.start, columns.stop - columns.start)
        self._marks.show_ring(layer, part, (row, column), float(size))

    def _on_edit(self, edit: Edit) -> None:
        # A redraw takes long in large images, and edits elsewhere change no ring.
        if self._session.selected in (*edit.touched, *edit.new):
            self.update()

    def _on_press(self, viewer: Any, event: Any) -> Iterator[None]:
        session, layer = self._session, self._session.layer
        active = viewer.layers.selection.active
        busy = active is not None and str(active.mode) not in MODES
        if layer is None or not layer.visible or busy or event.button != 1:
            return
        if active == layer and str(layer.mode) != "pan_zoom":
            return  # a tool is on
        start = np.array(event.pos)
        yield
        while event.type == "mouse_move":
            if np.abs(np.array(event.pos) - start).max() > MAX_MOVE:
                return
            yield
        try:
            part = session.part()
        except ValueError:  # in 3-D, or on disk: nothing to correct
            return
        pixel = part.pixel(layer, event.position)
        session.select(part.label_at(pixel), pixel)
