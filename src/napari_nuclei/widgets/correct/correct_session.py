"""Correct the nuclei of a labels layer: edits, undo, selection; without Qt."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import numpy as np
from psygnal import Signal

from napari_nuclei.core.correct.edit import Edit
from napari_nuclei.widgets.correct.layer_state import LayerState
from napari_nuclei.widgets.correct.painted_edit import painted_edit
from napari_nuclei.widgets.correct.shown_part import (
    Pixel,
    ShownPart,
    join_last_steps,
    shown_part,
    spans_slices,
    spatial_axes,
    write_edit,
)
from napari_nuclei.widgets.correct.tools import TOOL_MODE
from napari_nuclei.widgets.layers.viewport import unwrap_layer

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer


class CorrectionSession:
    """A labels layer that is corrected.

    Parameters
    ----------
    viewer : napari.viewer.Viewer

    Attributes
    ----------
    viewer : napari.viewer.Viewer
    layer : napari.layers.Labels, optional
        The last labels layer that was active.
    whole_nucleus : bool
        Whether a nucleus that extends over slices is corrected in all of them.
    selected : int
        The nucleus that buttons change; 0 for none.
    selected_at : tuple of float, optional
        Row and column, on display, where the selected nucleus probably is.
    spot_size : float
        Longest side, in pixels, of the position without a nucleus that is selected
        instead, at `selected_at`; 0 for none.
    """

    edited = Signal(object)
    """An `Edit` was made or redone; its region is in pixels of the layer."""

    undone = Signal(object)
    """An `Edit` was undone."""

    accepted = Signal(object)
    """The frozenset of the numbers of all accepted nuclei, after it has changed."""

    layer_changed = Signal()
    """Another layer is followed, or its whole data were replaced."""

    selection_changed = Signal()
    message_sent = Signal(str)
    """A message for the user, in a line."""

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self.viewer = viewer
        self.layer: napari.layers.Labels | None = None
        self.whole_nucleus = self._spans = True
        self.selected = 0
        self.selected_at: Pixel | None = None
        self.spot_size = 0.0
        self._states: WeakKeyDictionary[Any, LayerState] = WeakKeyDictionary()
        self._writing = False
        self._data: Any = None
        layers = viewer.layers
        layers.selection.events.active.connect(self._follow_active)
        layers.events.removed.connect(self._on_removed)
        self._follow_active()
        if self.layer is None:
            self._follow_any()

    @property
    def state(self) -> LayerState:
        """The corrections of the layer.

        Raises
        ------
        ValueError
            If there is no layer.
        """
        if self.layer is None:
            raise ValueError("Open or make a Labels layer first.")
        if self.layer not in self._states:
            self._states[self.layer] = LayerState(self.layer)
        return self._states[self.layer]

    @property
    def has_slices(self) -> bool:
        """Whether the layer has three spatial axes."""
        return self.layer is not None and len(spatial_axes(self.layer)) > 2

    def follow(self, layer: napari.layers.Labels | None) -> None:
        """Correct another layer."""
        if layer is self.layer:
            return
        self._disconnect()
        self.layer = layer
        self.selected, self.selected_at, self.spot_size = 0, None, 0.0
        if layer is not None:
            for emitter, call in self._connections(layer):
                emitter.connect(call)
            self._data = layer.data
            self._spans = self.whole_nucleus = spans_slices(layer)
            self._on_set_data()
        self.layer_changed.emit()

    def part(self) -> ShownPart:
        """Return the labels to correct: the plane on display, or its volume.

        Raises
        ------
        ValueError
            If there is no layer, or it cannot be corrected as it is shown.
        """
        if self.layer is None:
            raise ValueError("Open or make a Labels layer first.")
        return shown_part(self.viewer, self.layer, volume=self.whole_nucleus)

    def new_label(self) -> int:
        """Return a number that no nucleus of the layer has had, or raise ValueError."""
        assert self.layer is not None
        return self.state.new_label(self.layer)

    def apply(self, part: ShownPart, edits: Sequence[Edit]) -> None:
        """Write edits of a part into the layer, as one step of napari's undo."""
        layer, state = self.layer, self.state
        assert layer is not None
        written = [part.to_layer(edit) for edit in edits]
        with self._write(), layer.block_history():
            for edit in written:
                write_edit(layer, edit)
        for edit in written:
            state.add(edit)
        state.save(layer)
        for edit in written:
            self.edited.emit(edit)

    def amend(self, part: ShownPart, change: Edit, edit: Edit) -> None:
        """Change the last edit, so that both are one step of napari's undo.

        Parameters
        ----------
        part : ShownPart
        change : Edit
            From the labels as they are to those of `edit`.
        edit : Edit
            What the last edit and the change make together.
        """
        layer, history = self.layer, self.state.history
        assert layer is not None and history.applied
        with self._write():
            write_edit(layer, part.to_layer(change))
            join_last_steps(layer)
        former = history.applied.pop()
        history.add(part.to_layer(edit))
        self.undone.emit(former)
        self.edited.emit(history.applied[-1])

    def accept(self, labels: Iterable[int], right: bool = True) -> None:
        """Mark nuclei as right, or take the mark back."""
        state, labels = self.state, set(labels)
        before = set(state.accepted)
        state.accepted = before | labels if right else before - labels
        if state.accepted != before:
            assert self.layer is not None
            state.save(self.layer)
            self.accepted.emit(frozenset(state.accepted))

    def select(
        self, label: int, pixel: Pixel | None = None, spot_size: float = 0.0
    ) -> None:
        """Select a nucleus; napari's selected label follows.

        Parameters
        ----------
        label : int
            0 for none.
        pixel : tuple of float, optional
            Row and column, on display, of a pixel of it.
        spot_size : float
            To select a position without a nucleus: its longest side, in pixels.
        """
        former = self.selected, self.spot_size
        if pixel is not None or label != self.selected:
            self.selected_at = pixel
        self.selected, self.spot_size = label, spot_size
        if self.layer is not None and label and self.layer.selected_label != label:
            self.layer.selected_label = label
        if spot_size or former != (label, spot_size):
            self.selection_changed.emit()

    def close(self) -> None:
        """Stop following layers."""
        layers = self.viewer.layers
        layers.selection.events.active.disconnect(self._follow_active)
        layers.events.removed.disconnect(self._on_removed)
        self._disconnect()

    @contextmanager
    def _write(self) -> Iterator[None]:
        self._writing = True
        try:
            yield
        finally:
            self._writing = False

    def _connections(self, layer: napari.layers.Labels) -> list[tuple[Any, Any]]:
        events = layer.events
        return [
            (events.paint, self._on_paint),
            (events.set_data, self._on_set_data),
            (events.data, self._on_data),
            (events.selected_label, self._on_selected_label),
        ]

    def _disconnect(self) -> None:
        if self.layer is not None:
            for emitter, call in self._connections(self.layer):
                emitter.disconnect(call)

    def _follow_active(self, event: object = None) -> None:
        import napari.layers

        active = unwrap_layer(self.viewer.layers.selection.active)
        if isinstance(active, napari.layers.Labels):
            self.follow(active)

    def _follow_any(self) -> None:
        import napari.layers

        layers = map(unwrap_layer, reversed(self.viewer.layers))
        labels = (found for found in layers if isinstance(found, napari.layers.Labels))
        self.follow(next(labels, None))

    def _on_removed(self, event: Any) -> None:
        if self.layer is not None and self.layer not in self.viewer.layers:
            self._follow_any()

    def _on_paint(self, event: Any) -> None:
        layer = self.layer
        if self._writing or layer is None or not isinstance(layer.data, np.ndarray):
            return
        edit = painted_edit(layer.data, event.value, self.state.highest)
        if edit is not None:
            self.state.add(edit)
            self.state.save(layer)
            self.edited.emit(edit)

    def _on_set_data(self, event: object = None) -> None:
        """Find what was undone or redone: napari then draws the whole layer."""
        layer = self.layer
        if self._writing or layer is None or not isinstance(layer.data, np.ndarray):
            return
        if layer.data is not self._data:  # other data, not an undo: `_on_data` follows
            return
        history = self.state.history
        undone = list(history.find_undone(layer.data))
        edits = undone or list(history.find_redone(layer.data))
        signal, done = (self.undone, "Undone") if undone else (self.edited, "Redone")
        for edit in edits:
            self.state.save(layer)
            signal.emit(edit)
        if kinds := ", ".join(dict.fromkeys(edit.kind for edit in edits)):
            self.message_sent.emit(f"{done}: {kinds}.")

    def _on_selected_label(self, event: object = None) -> None:
        """Select the nucleus that was chosen elsewhere, as in the Nuclei table."""
        if self.layer is None or str(self.layer.mode) == TOOL_MODE:
            return
        if (label := int(self.layer.selected_label)) not in (0, self.selected):
            self.select(label)

    def _on_data(self, event: object = None) -> None:
        """Forget the edits of data that were replaced as a whole."""
        layer = self.layer
        if self._writing or layer is None or layer.data is self._data:
            return
        self._data = layer.data
        if (spans := spans_slices(layer)) != self._spans:  # a run has filled its layer
            self._spans = self.whole_nucleus = spans
        self._states[layer] = LayerState(layer)
        self.layer_changed.emit()
