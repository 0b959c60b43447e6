"""The mouse while a tool is on: clicks, lines, boxes and outlines; without Qt."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from psygnal import Signal

from napari_nuclei.core.errors import format_error
from napari_nuclei.widgets.correct.adding import Adding
from napari_nuclei.widgets.correct.click_corrections import Corrections
from napari_nuclei.widgets.correct.correct_session import CorrectionSession
from napari_nuclei.widgets.correct.marks import Marks
from napari_nuclei.widgets.correct.shown_part import Pixel, ShownPart
from napari_nuclei.widgets.correct.tools import LEAVE_KEY, MOUSE_TOOLS, TOOL_MODE
from napari_nuclei.widgets.nuclei.nucleus_clicks import MAX_MOVE

if TYPE_CHECKING:
    import napari.layers

STEP = 2.0
"""Smallest step of a drawn line, in screen pixels."""


class ToolMouse:
    """Switch tools, and pass what is clicked and drawn to the corrections.

    Parameters
    ----------
    session : CorrectionSession
    corrections : Corrections
    adding : Adding
    marks : Marks

    Attributes
    ----------
    tool : str
        Name of the tool that is on; empty for none.
    later : callable
        Calls a function when napari has come to rest; at once by default.
    """

    tool_changed = Signal(str)

    def __init__(
        self,
        session: CorrectionSession,
        corrections: Corrections,
        adding: Adding,
        marks: Marks,
    ) -> None:
        self._session, self._marks = session, marks
        self._corrections, self._adding = corrections, adding
        self.tool = ""
        self.later: Callable[[Callable[[], None]], None] = lambda call: call()
        self._layer: napari.layers.Labels | None = None
        self._half: tuple[int, Pixel] | None = None
        self._mouse_at: Any = None
        self._former_key: Any = None
        session.layer_changed.connect(self.leave)
        # A click adds a nucleus under the mouse, which need not move after it.
        session.selection_changed.connect(self._choose_wheel)
        session.viewer.layers.selection.events.active.connect(self._on_active)

    def toggle(self, tool: str) -> None:
        """Switch a tool on, or off if it is on."""
        if tool == self.tool:
            self.leave()
        else:
            self.choose(tool)

    def choose(self, tool: str) -> None:
        """Switch a tool on; say why if that is not possible."""
        self.leave()
        try:
            self._session.part()
        except ValueError as error:
            self._session.message_sent.emit(format_error(error))
            self.tool_changed.emit("")  # a button may be down
            return
        layer = self._session.layer
        assert layer is not None
        self._session.viewer.layers.selection.active = layer
        layer.visible = True
        layer.mode = TOOL_MODE
        layer.mouse_drag_callbacks.append(self._on_press)
        layer.mouse_move_callbacks.append(self._on_move)
        layer.mouse_wheel_callbacks.append(self._on_wheel)
        layer.events.mode.connect(self._on_mode)
        self._former_key = layer.bind_key(LEAVE_KEY, None)
        layer.bind_key(LEAVE_KEY, lambda _: self.leave(), overwrite=True)
        self._layer, self.tool = layer, tool
        self.tool_changed.emit(tool)
        (chosen,) = (candidate for candidate in MOUSE_TOOLS if candidate.name == tool)
        self._session.message_sent.emit(f"{chosen.help} Escape leaves the tool.")

    def leave(self) -> None:
        """Switch the tool off; napari's mode for moving the camera is on again."""
        layer, self._layer = self._layer, None
        self._half = None
        if layer is None:
            return
        for callbacks, call in (
            (layer.mouse_drag_callbacks, self._on_press),
            (layer.mouse_move_callbacks, self._on_move),
            (layer.mouse_wheel_callbacks, self._on_wheel),
        ):
            if call in callbacks:
                callbacks.remove(call)
        layer.events.mode.disconnect(self._on_mode)
        layer.bind_key(LEAVE_KEY, self._former_key, overwrite=True)
        layer.mouse_zoom = True
        if str(layer.mode) == TOOL_MODE:
            layer.mode = "pan_zoom"
        self._marks.clear_stroke()
        self.tool = ""
        self.tool_changed.emit("")

    def close(self) -> None:
        """Leave the tool, and follow napari's active layer no longer."""
        self.leave()
        events = self._session.viewer.layers.selection.events
        events.active.disconnect(self._on_active)

    def _on_active(self, event: object = None) -> None:
        # A layer that is added, such as rings, is active for a moment.
        if self._layer is not None and not self._marks.adding:
            self.later(self._check_active)

    def _check_active(self) -> None:
        active = self._session.viewer.layers.selection.active
        if self._layer is not None and active != self._layer:
            self.leave()

    def _on_mode(self, event: object = None) -> None:
        """Leave the tool when the user chooses a brush; Space only suspends it."""
        modes = TOOL_MODE, "pan_zoom"
        if self._layer is not None and str(self._layer.mode) not in modes:
            self.leave()

    def _on_press(self, layer: Any, event: Any) -> Iterator[None]:
        if event.button != 1 or str(layer.mode) != TOOL_MODE:
            return
        selected = self._session.selected or 1
        try:
            part = self._session.part()
        except ValueError as error:
            self._session.message_sent.emit(format_error(error))
            return
        self._mouse_at = event.position
        path = [part.pixel(layer, event.position)]
        start = last = np.array(event.pos)
        dragged = False
        yield
        while event.type == "mouse_move":
            position = np.array(event.pos)
            dragged = dragged or np.abs(position - start).max() > MAX_MOVE
            if dragged and np.abs(position - last).max() >= STEP:
                last = position
                path.append(part.pixel(layer, event.position))
                self._draw(layer, part, path)
            yield
        # A quick drag on a busy computer has no event between press and release.
        dragged = dragged or np.abs(np.array(event.pos) - start).max() > MAX_MOVE
        if dragged:
            path.append(part.pixel(layer, event.position))
        self._marks.clear_stroke()
        self._try(lambda: self._finish(layer, path, dragged))
        if not layer.selected_label:  # napari's mode has picked the background
            layer.selected_label = self._session.selected or selected

    def _draw(self, layer: Any, part: ShownPart, path: Sequence[Pixel]) -> None:
        if self.tool == "add":
            (top, left), (bottom, right) = path[0], path[-1]
            box = [(top, left), (top, right), (bottom, right), (bottom, left)]
            self._marks.show_path(layer, part, box, closed=True)
        else:
            self._marks.show_path(layer, part, path, closed=self.tool == "redraw")

    def _finish(self, layer: Any, path: Sequence[Pixel], dragged: bool) -> None:
        corrections = self._corrections
        if self.tool == "delete":
            corrections.delete(path)
        elif self.tool == "merge":
            corrections.merge(path)
        elif self.tool == "redraw":
            corrections.redraw(path)
        elif self.tool == "split" and dragged:
            self._half = None
            corrections.split_by_line(path)
        elif self.tool == "split":
            self._click_half(layer, path[0])
        elif self.tool == "add" and dragged:
            self._adding.add_box(path[0], path[-1])
        elif self.tool == "add":
            self._adding.add(path[0])

    def _click_half(self, layer: Any, pixel: Pixel) -> None:
        """Note the first half of a nucleus; split it when the second is clicked."""
        part, send = self._session.part(), self._session.message_sent.emit
        number = part.label_at(pixel)
        if not number:
            send("There is no nucleus here. Click on both halves of a nucleus.")
        elif self._half is not None and self._half[0] == number:
            first, self._half = self._half[1], None
            self._corrections.split_by_points([first, pixel])
        else:
            self._half = number, pixel
            self._session.select(number, pixel)
            self._marks.show_cross(layer, part, pixel)
            self._corrections.prepare_split(pixel)
            send(f"Click on the second half of nucleus {number}.")

    def _on_move(self, layer: Any, event: Any) -> None:
        self._mouse_at = event.position
        self._choose_wheel()

    def _choose_wheel(self) -> None:
        """Let the wheel change the nucleus under the mouse rather than the zoom."""
        if self._layer is not None and self._mouse_at is not None:
            self._layer.mouse_zoom = not self._is_over_added(self._mouse_at)

    def _on_wheel(self, layer: Any, event: Any) -> None:
        if event.modifiers or not self._is_over_added(event.position):
            return
        delta = float(event.delta[1])
        if delta:
            self._try(lambda: self._adding.resize_added(1 if delta > 0 else -1))

    def _is_over_added(self, position: Any) -> bool:
        layer, added = self._layer, self._adding.added
        if layer is None or self.tool != "add" or added is None:
            return False
        if str(layer.mode) != TOOL_MODE:
            return False
        try:
            part = self._session.part()
        except ValueError:
            return False
        if part.plane_key != added.part.plane_key:
            return False
        row, column = part.pixel(layer, position)
        region = added.outlines[0].region
        return all(
            side.start <= coordinate < side.stop
            for coordinate, side in zip((row, column), region, strict=True)
        )

    def _try(self, call: Callable[[], object]) -> None:
        try:
            call()
        except ValueError as error:
            self._session.message_sent.emit(format_error(error))
