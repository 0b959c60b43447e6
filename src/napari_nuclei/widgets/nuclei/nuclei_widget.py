"""The dock widget that shows the table of the nuclei of a labels layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from magicgui.widgets import LineEdit
from qtpy.QtCore import QEvent, QTimer
from qtpy.QtWidgets import QLabel

from napari_nuclei.core.errors import format_error
from napari_nuclei.widgets.layers.viewport import unwrap_layer
from napari_nuclei.widgets.nuclei.highlight import Highlight
from napari_nuclei.widgets.nuclei.layer_choice import ImageList
from napari_nuclei.widgets.nuclei.live.live_table import Check
from napari_nuclei.widgets.nuclei.nucleus_clicks import NucleusClicks
from napari_nuclei.widgets.nuclei.sections.clicks import ClicksSection
from napari_nuclei.widgets.nuclei.sections.colour import ColourSection
from napari_nuclei.widgets.nuclei.sections.histogram import HistogramSection
from napari_nuclei.widgets.nuclei.sections.regions_section import RegionsSection
from napari_nuclei.widgets.nuclei.sections.ring_and_stains import MeasureSection
from napari_nuclei.widgets.nuclei.sections.save import SaveSection
from napari_nuclei.widgets.nuclei.sections.scatter import ScatterSection
from napari_nuclei.widgets.nuclei.sections.thresholds_section import ThresholdsSection
from napari_nuclei.widgets.nuclei.selected_label import SelectedLabel
from napari_nuclei.widgets.nuclei.table.table_summary import describe_table
from napari_nuclei.widgets.nuclei.table.table_view import NucleiTable
from napari_nuclei.widgets.nuclei.table_session import TableSession
from napari_nuclei.widgets.shared.dock import Dock
from napari_nuclei.widgets.shared.event_callback import EventCallback
from napari_nuclei.widgets.shared.fold import Fold
from napari_nuclei.widgets.shared.form import choose_active, column, combo, layers_of
from napari_nuclei.widgets.shared.status import StatusPanel
from napari_nuclei.widgets.shared.thread_progress import Progress, ProgressCallback
from napari_nuclei.widgets.shared.worker import Worker

if TYPE_CHECKING:
    import napari.viewer

SECTIONS: list[Callable[[TableSession], Fold]] = [
    MeasureSection,
    ColourSection,
    HistogramSection.make,
    ScatterSection.make,
    RegionsSection.make,
    ThresholdsSection.make,
    ClicksSection.make,
    SaveSection,
]
"""Functions that make the folded sections below the table, from top to bottom."""

EDIT_DELAY_MS = 40
"""Time without an edit after which the nuclei are measured, in milliseconds."""

FILTER_DELAY_MS = 200
"""Time without a key after which the filter is applied, in milliseconds."""

ERROR_COLOUR = "#e06060"


class NucleiWidget(Dock):
    """The Nuclei table dock.

    Parameters
    ----------
    viewer : napari.viewer.Viewer

    Attributes
    ----------
    session : TableSession
    table : NucleiTable
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self._viewer, self._closed = viewer, False
        self.session = session = TableSession(viewer)
        self.labels_box = combo(
            "labels",
            lambda _: layers_of(viewer, "Labels"),
            "The nuclei to measure.",
        )
        self.filter = LineEdit(
            name="filter",
            label="Filter",
            tooltip="Show only some rows: area > 50 and circularity >= 0.8",
        )
        self.filter.native.setPlaceholderText("area > 50 and circularity >= 0.8")
        self.status_panel = StatusPanel()
        super().__init__([column([self.labels_box])])
        self.images = ImageList(viewer)
        self.content_layout.addWidget(QLabel("Measure in"))
        self.content_layout.addWidget(self.images)
        filter_row = column([self.filter])
        self.content_layout.addWidget(filter_row.native)
        self._filter_row = filter_row
        self.filter_error = QLabel()
        self.filter_error.setWordWrap(True)
        self.filter_error.setStyleSheet(f"color: {ERROR_COLOUR}")
        self.filter_error.hide()
        self.content_layout.addWidget(self.filter_error)
        self.table = NucleiTable(session)
        self.content_layout.addWidget(self.table, 1)
        for control in self.status_panel.controls:
            self.content_layout.addWidget(control.native)
        self.status_panel.show_running(False)
        self.sections = [make(session) for make in SECTIONS]
        for section in self.sections:
            self.content_layout.addWidget(section)
        self.highlight = Highlight(session)
        self.clicks = NucleusClicks(session)
        self.selected_label = SelectedLabel(session)
        self._worker = Worker(self.native)
        self._edit_timer, self._filter_timer = QTimer(self.native), QTimer(self.native)
        self._connect()
        choose_active(viewer, self.labels_box)
        self._choose_layers()

    @property
    def busy(self) -> bool:
        """Whether the table is not up to date yet."""
        return self._worker.running or self._edit_timer.isActive()

    def reset_choices(self, *_: object) -> None:
        """List the layers again; napari calls it when layers are added or removed."""
        self.labels_box.reset_choices()
        if self.labels_box.value is self.session.labels_layer:
            before = self.images.ticked
            self.images.refresh(self.labels_box.value)
            if self.images.ticked != before:
                self._measure()
        else:
            self._choose_layers()

    def _connect(self) -> None:
        session, live = self.session, self.session.live
        self.labels_box.changed.connect(self._choose_layers)
        self.images.ticked_changed.connect(self._measure)
        self.filter.changed.connect(lambda: self._filter_timer.start())
        for timer, wait in (
            (self._edit_timer, EDIT_DELAY_MS),
            (self._filter_timer, FILTER_DELAY_MS),
        ):
            timer.setSingleShot(True)
            timer.setInterval(wait)
        self._filter_timer.timeout.connect(self._filter)
        self._edit_timer.timeout.connect(lambda: self._edit_call())
        self._edit_call: Callable[[], None] = lambda: None
        live.later = self._later
        live.start = self._start
        live.cancel = self._worker.cancel
        self.status_panel.follow(self._worker)
        self._worker.running_changed.connect(self.status_panel.show_running)
        session.message_sent.connect(self.status_panel.show_message)
        for signal in (session.changed, session.selection_changed):
            signal.connect(self._describe)
        layers = self._viewer.layers
        layers.selection.events.active.connect(self._on_active)
        for events in (layers.events.inserted, layers.events.removed):
            events.connect(self.reset_choices)
        # napari takes the content out of a dock that it closes.
        self._on_parent = EventCallback(
            self, QEvent.Type.ParentChange, self._on_parent_change
        )

    def close_table(self) -> None:
        """Remove the highlight, restore the colours and stop following the layer."""
        if self._closed:
            return
        self._closed = True
        self._edit_timer.stop()
        self._filter_timer.stop()
        layers = self._viewer.layers
        layers.selection.events.active.disconnect(self._on_active)
        for events in (layers.events.inserted, layers.events.removed):
            events.disconnect(self.reset_choices)
        self.clicks.stop()
        self.selected_label.stop()
        self.session.close()
        self.highlight.remove()

    def _on_parent_change(self) -> None:
        if self.native.parent() is None:
            self.close_table()

    def _on_active(self, event: object = None) -> None:
        active = unwrap_layer(self._viewer.layers.selection.active)
        if active is self.session.region_layer:
            return
        self.labels_box.reset_choices()
        if active in self.labels_box.choices:
            self.labels_box.value = active

    def _choose_layers(self) -> None:
        self.images.refresh(self.labels_box.value)
        self._measure()

    def _measure(self) -> None:
        self.session.set_layers(self.labels_box.value, self.images.ticked)

    def _filter(self) -> None:
        message = ""
        try:
            self.session.set_filter(self.filter.value)
        except ValueError as error:
            message = format_error(error)
        self._show_filter_error(message)

    def _show_filter_error(self, message: str) -> None:
        self.filter_error.setText(message)
        self.filter_error.setVisible(bool(message))

    def _describe(self) -> None:
        self.status_panel.show_message(describe_table(self.session))
        self._show_filter_error(self.session.filter_error)

    def _later(self, call: Callable[[], None]) -> None:
        self._edit_call = call
        self._edit_timer.start()

    def _start(
        self,
        work: Callable[[Check], Any],
        finished: Callable[[Any], None],
        failed: Callable[[str], None],
    ) -> None:
        def run(report: ProgressCallback) -> Any:
            report(Progress(0, 0, "Measuring"))
            return work(lambda: report(Progress(0, 0)))

        for signal, call in (
            (self._worker.finished, finished),
            (self._worker.failed, failed),
        ):
            self._disconnect_all(signal)
            signal.connect(call)
        self._worker.start(run, "Measure nuclei")

    def _disconnect_all(self, signal: Any) -> None:
        try:
            signal.disconnect()
        except TypeError:  # nothing is connected
            return
