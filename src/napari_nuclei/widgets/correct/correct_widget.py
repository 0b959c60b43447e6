"""The dock widget that corrects the nuclei of a labels layer."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from magicgui.widgets import ComboBox
from qtpy.QtCore import QEvent, Qt, QTimer
from qtpy.QtWidgets import QLabel

from napari_nuclei.core.errors import format_error
from napari_nuclei.widgets.correct.adding import Adding
from napari_nuclei.widgets.correct.buttons import ToolButtons
from napari_nuclei.widgets.correct.click_corrections import RESHAPINGS, Corrections
from napari_nuclei.widgets.correct.correct_session import CorrectionSession
from napari_nuclei.widgets.correct.improve import ImproveSection
from napari_nuclei.widgets.correct.layer_keys import LayerKeys
from napari_nuclei.widgets.correct.log_section import LogSection
from napari_nuclei.widgets.correct.maps.map_provider import MapProvider
from napari_nuclei.widgets.correct.marks import Marks
from napari_nuclei.widgets.correct.restore_row import RestoreRow
from napari_nuclei.widgets.correct.saving import CorrectionSaver
from napari_nuclei.widgets.correct.selection import Selection
from napari_nuclei.widgets.correct.suspects.suspect_queue import SuspectQueue
from napari_nuclei.widgets.correct.tool_mouse import ToolMouse
from napari_nuclei.widgets.correct.tools import ACTIONS, MOUSE_TOOLS, MOVES
from napari_nuclei.widgets.layers.viewport import unwrap_layer
from napari_nuclei.widgets.nuclei.live.live_table import Check
from napari_nuclei.widgets.shared.dock import Dock
from napari_nuclei.widgets.shared.event_callback import EventCallback
from napari_nuclei.widgets.shared.fold import Fold
from napari_nuclei.widgets.shared.form import column, combo, layers_of
from napari_nuclei.widgets.shared.status import StatusPanel
from napari_nuclei.widgets.shared.thread_progress import Progress, ProgressCallback
from napari_nuclei.widgets.shared.worker import Worker

if TYPE_CHECKING:
    import napari.viewer

WHOLE_NUCLEUS, THIS_SLICE = "whole nucleus", "this slice"
NO_OTHER = "There is no other suspect."
TOOL_COLUMNS, ACTION_COLUMNS = 3, 3
EDIT_DELAY_MS = 60
"""Time without an edit after which the nuclei are measured, in milliseconds."""

SECTIONS: list[Callable[[CorrectWidget], Fold]] = [ImproveSection, LogSection]
"""Functions that make the folded sections at the bottom, from top to bottom."""


class CorrectWidget(Dock):
    """The Correct nuclei dock.

    Parameters
    ----------
    viewer : napari.viewer.Viewer

    Attributes
    ----------
    viewer : napari.viewer.Viewer
    session : CorrectionSession
    saver : CorrectionSaver
    queue : SuspectQueue
    mouse : ToolMouse
    status_panel : StatusPanel
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self.viewer, self._closed = viewer, False
        self.session = session = CorrectionSession(viewer)
        self.saver = CorrectionSaver(session)
        self.queue = SuspectQueue(session)
        self.maps = MapProvider(viewer)
        self.marks = Marks(viewer)
        self.corrections = Corrections(session, self.maps)
        self.adding = Adding(session, self.maps)
        self.mouse = ToolMouse(session, self.corrections, self.adding, self.marks)
        self.selection = Selection(session, self.marks)
        self.status_panel = StatusPanel()
        self.labels_box = combo(
            "labels",
            lambda _: layers_of(viewer, "Labels"),
            "The nuclei to correct. They follow the selected layer.",
        )
        self.extent = ComboBox(
            name="extent",
            label="Correct",
            choices=[WHOLE_NUCLEUS, THIS_SLICE],
            tooltip="Whether a tool changes a nucleus in all slices of the stack.",
        )
        for box in (self.labels_box, self.extent):
            # A list that has the focus takes letters: they are keys of the tools.
            box.native.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        super().__init__([column([self.labels_box, self.extent])])
        self.restore_row = RestoreRow(self.saver)
        self.content_layout.addWidget(self.restore_row)
        self.tool_buttons = ToolButtons(
            MOUSE_TOOLS, self.mouse.toggle, TOOL_COLUMNS, checkable=True
        )
        self.action_buttons = ToolButtons(ACTIONS, self.act, ACTION_COLUMNS)
        self.move_buttons = ToolButtons(MOVES, self.act, 2)
        self.reason_line = QLabel()
        self.count_line = QLabel()
        for title, widget in (
            ("Tools", self.tool_buttons),
            ("Selected nucleus", self.action_buttons),
            ("Suspects", self.move_buttons),
        ):
            self.content_layout.addWidget(QLabel(title))
            self.content_layout.addWidget(widget)
        for label in (self.reason_line, self.count_line):
            label.setWordWrap(True)
            self.content_layout.addWidget(label)
        for control in self.status_panel.controls:
            self.content_layout.addWidget(control.native)
        self.status_panel.show_running(False)
        self.sections = [make(self) for make in SECTIONS]
        for section in self.sections:
            self.content_layout.addWidget(section)
        self.content_layout.addStretch()
        self._measuring, self._predicting = Worker(self.native), Worker(self.native)
        self._touching = Worker(self.native)
        self._edit_timer = QTimer(self.native)
        calls = {
            tool.key: partial(self.mouse.toggle, tool.name) for tool in MOUSE_TOOLS
        }
        calls |= {
            action.key: partial(self.act, action.name) for action in (*ACTIONS, *MOVES)
        }
        self._keys = LayerKeys(calls)
        self._connect()
        self._on_layer()
        self.queue.measure()

    @property
    def busy(self) -> bool:
        """Whether the queue or the maps are not up to date yet."""
        workers = (self._measuring, self._predicting, self._touching)
        running = any(worker.running for worker in workers)
        return running or self._edit_timer.isActive()

    def act(self, name: str) -> None:
        """Do an action on the selected nucleus, or move through the queue.

        Parameters
        ----------
        name : str
            Name of one of `ACTIONS` or `MOVES`.
        """
        try:
            if name == "accept":
                is_done = self.queue.dismiss() or self.corrections.accept()
                if is_done and not self.queue.next():
                    self.session.select(0)  # the same key again would take it back
                    self.status_panel.show_message(NO_OTHER)
            elif name == "split_automatically":
                self.corrections.split_automatically()
            elif name in RESHAPINGS:
                self.corrections.reshape(name)
            else:
                found = self.queue.next() if name == "next" else self.queue.previous()
                message = "" if found else NO_OTHER
                self.status_panel.show_message(message)
        except ValueError as error:
            self.status_panel.show_message(format_error(error))

    def close_dock(self) -> None:
        """Give the keys and the mouse back, and stop following the layer."""
        if self._closed:
            return
        self._closed = True
        self._edit_timer.stop()
        self._rest_timer.stop()
        self._keys.bind(None)
        self.mouse.close()
        self.selection.stop()
        self.queue.close()
        self.saver.close()
        self.session.close()
        self.marks.remove()
        layers = self.viewer.layers.events
        for events in (layers.inserted, layers.removed):
            events.disconnect(self.reset_choices)

    def _connect(self) -> None:
        session, live = self.session, self.queue.live
        self._edit_timer.setSingleShot(True)
        self._edit_timer.setInterval(EDIT_DELAY_MS)
        self._edit_timer.timeout.connect(lambda: self._edit_call())
        self._edit_call: Callable[[], None] = lambda: None
        live.later = self._later
        live.start = partial(self._start, self._measuring, "Measuring")
        self.queue.start = partial(self._start, self._touching, "Comparing nuclei")
        live.cancel = self._measuring.cancel
        rest = QTimer(self.native)
        rest.setSingleShot(True)
        rest.setInterval(0)
        rest.timeout.connect(self._call_at_rest)
        self._rest_calls: list[Callable[[], None]] = []
        self._rest_timer = rest
        self.mouse.later = self._at_rest
        self.maps.start = partial(self._start, self._predicting, "Running the network")
        self.maps.on_failed = self.status_panel.show_message
        session.message_sent.connect(self.status_panel.show_message)
        session.layer_changed.connect(self._on_layer)
        session.edited.connect(self._describe)
        session.undone.connect(self._describe)
        self.queue.changed.connect(self._describe)
        session.selection_changed.connect(self._describe)
        self.mouse.tool_changed.connect(self.tool_buttons.show_tool)
        self.labels_box.changed.connect(self._on_labels_box)
        self.extent.changed.connect(self._on_extent)
        layers = self.viewer.layers.events
        for events in (layers.inserted, layers.removed):
            events.connect(self.reset_choices)
        # napari takes the content out of a dock that it closes.
        self._on_parent = EventCallback(
            self, QEvent.Type.ParentChange, self._on_parent_change
        )

    def _on_parent_change(self) -> None:
        if self.native.parent() is None:
            self.close_dock()

    def _on_layer(self) -> None:
        session = self.session
        self.marks.remove()
        self.maps.forget()
        self.labels_box.reset_choices()
        if session.layer in self.labels_box.choices:
            self.labels_box.value = session.layer
        self.extent.visible = session.has_slices
        self.extent.value = WHOLE_NUCLEUS if session.whole_nucleus else THIS_SLICE
        self._keys.bind(session.layer)
        self.status_panel.show_message("")  # it was about another layer
        self._at_rest(self.queue.follow_run)

    def _on_labels_box(self, layer: Any) -> None:
        layer = unwrap_layer(layer)
        if layer is not None and layer is not self.session.layer:
            self.viewer.layers.selection.active = layer

    def _on_extent(self, value: str) -> None:
        self.session.whole_nucleus = value == WHOLE_NUCLEUS

    def _describe(self, *_: object) -> None:
        diameter = self.queue.diameter
        if diameter:
            self.maps.diameter = diameter
        self.reason_line.setText(self.queue.describe_current())
        self.count_line.setText(self.queue.describe())

    def _later(self, call: Callable[[], None]) -> None:
        self._edit_call = call
        self._edit_timer.start()

    def _at_rest(self, call: Callable[[], None]) -> None:
        self._rest_calls.append(call)
        self._rest_timer.start()

    def _call_at_rest(self) -> None:
        calls, self._rest_calls = self._rest_calls, []
        for call in calls:
            call()

    def _start(
        self,
        worker: Worker,
        text: str,
        work: Callable[[Check], Any],
        finished: Callable[[Any], None],
        failed: Callable[[str], None],
    ) -> None:
        def run(report: ProgressCallback) -> Any:
            report(Progress(0, 0, text))
            return work(lambda: report(Progress(0, 0)))

        for signal, call in ((worker.finished, finished), (worker.failed, failed)):
            try:
                signal.disconnect()
            except TypeError:  # nothing is connected
                pass
            signal.connect(call)
        worker.start(run)
