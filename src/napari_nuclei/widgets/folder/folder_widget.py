"""The dock "Folder or plate": segments all images of a folder."""

from __future__ import annotations

import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QTimer, QUrl
from qtpy.QtGui import QDesktopServices

import napari_nuclei
from napari_nuclei.core.errors import format_error
from napari_nuclei.scale.file_result import FileResult
from napari_nuclei.widgets.folder.drop_folder import DropFolder
from napari_nuclei.widgets.folder.file_list import FileList
from napari_nuclei.widgets.folder.file_model import DONE, DONE_EARLIER
from napari_nuclei.widgets.folder.folder_form import FolderForm, make_buttons
from napari_nuclei.widgets.folder.folder_run import FolderSummary, run_folder
from napari_nuclei.widgets.folder.open_result import OpenResult
from napari_nuclei.widgets.folder.segment_settings import settings_of_window
from napari_nuclei.widgets.shared.dock import Dock
from napari_nuclei.widgets.shared.form import column, row
from napari_nuclei.widgets.shared.status import StatusPanel
from napari_nuclei.widgets.shared.thread_progress import Progress, ProgressCallback
from napari_nuclei.widgets.shared.worker import Worker

if TYPE_CHECKING:
    import napari.viewer

    from napari_nuclei.widgets.folder.folder_request import FolderRequest

PREVIEW_DELAY_MS = 200
"""Time without a key after which names are read by the pattern, in milliseconds."""

READY = "Press Run."

WRITE_REPORT = "write_report"
"""Public function that writes the report."""


class FolderWidget(Dock):
    """The dock "Folder or plate".

    Parameters
    ----------
    viewer : napari.viewer.Viewer

    Attributes
    ----------
    form : FolderForm
    files : FileList
    status_panel : StatusPanel
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self.form = form = FolderForm()
        self.run, self.cancel, self.report = buttons = make_buttons()
        self.status_panel = status_panel = StatusPanel()
        super().__init__(
            [column(form.main), form.preview, row(buttons), *status_panel.controls]
        )
        self.files = FileList()
        self.content_layout.addWidget(self.files, 1)
        self._worker, self._reporter = Worker(self.native), Worker(self.native)
        self._opener = OpenResult(viewer)
        self._ended: threading.Event | None = None
        self._timer = QTimer(self.native)
        self._timer.setSingleShot(True)
        self._timer.setInterval(PREVIEW_DELAY_MS)
        self._connect()
        self._show_running(False)
        status_panel.show_message("Choose a folder, then press Run.")

    @property
    def running(self) -> bool:
        """Whether a run or a report is in progress."""
        return self._worker.running or self._reporter.running

    def choose_folder(self, folder: Path) -> None:
        """Show a folder, as if the user had chosen it."""
        if self.running:
            self.status_panel.show_message("Cancel the run before you change folders.")
            return
        self.form.folder.value = folder
        self._update()

    def start(self) -> None:
        """Check the form and start a run; show a message if a setting is not valid."""
        if self.running:
            return
        try:
            request = self.form.request(settings_of_window(self.native.window()))
            request.arguments()
        except (OSError, TypeError, ValueError) as error:
            self.status_panel.show_message(format_error(error))
            return
        before, self._ended = self._ended, threading.Event()
        run = RunAfter(request, before, self._ended)
        self.files.files.set_images([])
        self.status_panel.show_message("Starting...")
        self._worker.start(run, f"Segment {request.source.name}")

    def stop(self) -> None:
        """Cancel the run or the report, if any; a later run continues."""
        if self._reporter.running:
            self._reporter.cancel()
            self.status_panel.show_message("Cancelled.")
        if self._worker.running:
            self._worker.cancel()
            files = self.files.files
            done = files.count(DONE) + files.count(DONE_EARLIER)
            count = f" {done} of {len(files.rows)} images are done." * bool(files.rows)
            self.status_panel.show_message(f"Cancelled.{count} Run continues.")

    def _connect(self) -> None:
        form = self.form
        for worker in (self._worker, self._reporter):
            worker.running_changed.connect(self._show_running)
            worker.failed.connect(self.status_panel.show_message)
            self.status_panel.follow(worker)
        self._worker.progressed.connect(self._on_step)
        self._worker.finished.connect(self._on_finished)
        self._reporter.finished.connect(self._on_report)
        self.run.changed.connect(self.start)
        self.cancel.changed.connect(self.stop)
        self.report.changed.connect(self._write_report)
        for line in (form.folder, form.pattern, form.output):
            line.changed.connect(lambda _: self._timer.start())
        for control in (form.channel, form.profile):
            control.changed.connect(lambda _: self._show_what_to_do())
        self._timer.timeout.connect(self._update)
        self.files.chosen.connect(self._open)
        DropFolder(self.native, self.choose_folder)

    def _update(self) -> None:
        self._timer.stop()
        if self.running:
            return
        self.form.update_preview()
        self._show_what_to_do()
        self._show_report_button()

    def _show_what_to_do(self) -> None:
        if not self.running:
            self.status_panel.show_message(self.form.missing or READY)

    def _show_running(self, running: bool) -> None:
        self.status_panel.show_running(running)
        self.cancel.enabled = running
        self.run.enabled = not running
        for control in self.form.main:
            control.enabled = not running
        self._show_report_button()

    def _show_report_button(self) -> None:
        self.report.visible = hasattr(napari_nuclei, WRITE_REPORT)
        self.report.enabled = self.form.reported is not None and not self.running

    def _on_step(self, step: Progress) -> None:
        if isinstance(step.value, FileResult):
            self.files.files.set_result(step.value)
        elif step.value is not None:
            self.files.files.set_images(step.value)

    def _on_finished(self, summary: FolderSummary) -> None:
        for result in summary.results:
            self.files.files.set_result(result)
        self.status_panel.show_message(f"{summary}.")

    def _open(self, number: int) -> None:
        chosen = self.files.files.rows[number]
        try:
            text = self._opener.open(chosen.image, chosen.result)
        except (OSError, TypeError, ValueError, MemoryError) as error:
            text = format_error(error)
        self.status_panel.show_message(text)

    def _write_report(self) -> None:
        reported = self.form.reported
        if reported is None or self.running:
            return
        results, keywords = reported

        def work(report: ProgressCallback) -> Any:
            def on_progress(done: int, total: int) -> None:
                report(Progress(done, total))

            report(Progress(0, 0, "Writing the report..."))
            write_report: Any = getattr(napari_nuclei, WRITE_REPORT)
            return write_report(results, progress=on_progress, **keywords)

        self._reporter.start(work, f"Report on {results.name}")

    def _on_report(self, path: Path) -> None:
        self.status_panel.show_message(f"Report: {path}")
        QDesktopServices.openUrl(QUrl.fromLocalFile(str(path)))


class RunAfter:
    """A run that begins when an earlier, cancelled one has ended.

    Parameters
    ----------
    request : FolderRequest
    before : threading.Event, optional
        Set when the earlier run ends.
    ended : threading.Event
        Set when this run ends.
    """

    def __init__(
        self,
        request: FolderRequest,
        before: threading.Event | None,
        ended: threading.Event,
    ) -> None:
        self._request, self._before, self._ended = request, before, ended

    def __call__(self, report: ProgressCallback) -> FolderSummary:
        """Wait, then run."""
        try:
            while self._before is not None and not self._before.wait(0.1):
                report(Progress(0, 0, "Waiting for the cancelled run to end..."))
            return run_folder(self._request, report)
        finally:
            self._ended.set()
