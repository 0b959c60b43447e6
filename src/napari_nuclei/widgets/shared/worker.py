"""Run one job at a time in a thread, with progress; ignore outdated jobs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from napari.qt.threading import GeneratorWorkerSignals, WorkerBase, create_worker
from qtpy.compat import isalive
from qtpy.QtCore import QObject, Signal
from qtpy.QtWidgets import QWidget

from napari_nuclei.core.errors import USER_ERRORS, format_error
from napari_nuclei.widgets.shared.closing_note import ClosingNote
from napari_nuclei.widgets.shared.thread_progress import (
    Cancelled,
    Progress,
    ProgressCallback,
)

LOGGER = logging.getLogger("napari_nuclei")

WorkFunction = Callable[[ProgressCallback], Any]


class Worker(QObject):  # type: ignore[misc]
    """Run one job at a time in a thread, and report on it through signals.

    All signals are emitted in the main thread. A job is outdated if it was cancelled or
    another one was started. Steps and outcome of an outdated job are dropped in
    `_deliver`; no other code checks this. Nothing is emitted after the owner is
    destroyed; its job ends at the next step.

    Parameters
    ----------
    owner : QWidget
        The widget that the worker belongs to.

    Attributes
    ----------
    progressed : Signal of Progress
    finished : Signal of object
        Emitted with the return value of the job.
    failed : Signal of str
        Emitted with the reason of a failure, in one line.
    running_changed : Signal of bool
        Emitted when a job starts and when it ends, before `finished` or `failed`.
    job : Job, optional
        The running job.
    """

    progressed = Signal(object)
    finished = Signal(object)
    failed = Signal(str)
    running_changed = Signal(bool)

    def __init__(self, owner: QWidget) -> None:
        super().__init__(owner)
        self.job: Job | None = None
        self._description = ""
        self._not_shown: Progress | None = None
        self._showing = False
        self._closing_note = ClosingNote(owner, lambda: self._description)

    @property
    def running(self) -> bool:
        """Whether a job is running."""
        return self.job is not None

    def start(self, work: WorkFunction, description: str = "") -> None:
        """Start a job; a running one becomes outdated.

        Parameters
        ----------
        work : callable
            Called in the thread with a function that takes a `Progress`. Returns the
            value for `finished`.
        description : str, optional
            Title of the job in napari's activity dock; by default the job is too short
            to be listed there.
        """
        if self.job is not None:
            self.job.quit()
        # napari registers the job with its window, and quits it when that is closed.
        job: Job = create_worker(
            NamedWork(work, description or "a short task"),
            _worker_class=Job,
            _ignore_errors=True,
            _progress={"desc": description} if description else False,
            _start_thread=False,
            receiver=self,
        )
        job.reported.connect(self._deliver)
        self.job, self._description = job, description
        if description:
            self._closing_note.start()
        self.running_changed.emit(True)
        job.start()

    def cancel(self) -> None:
        """Cancel the job, if any; its thread ends at the next step.

        Its `finished` and `failed` are not emitted.
        """
        if self.job is not None:
            self.job.quit()
            self._become_idle()

    def _deliver(self, job: Job, event: Progress | Success | Failure | None) -> None:
        if job is not self.job:
            return
        if isinstance(event, Progress):
            # First, because napari's bar processes further events, perhaps the outcome.
            self.progressed.emit(event)
            self._show_activity(job, event)
            return
        self._become_idle()
        # A closing napari quits its jobs; their outcome may already be queued.
        if job.abort_requested:
            return
        if isinstance(event, Success):
            self.finished.emit(event.value)
        elif isinstance(event, Failure):
            self.failed.emit(event.message)

    def _show_activity(self, job: Job, step: Progress) -> None:
        """Show a step in napari's bar; the last of the steps that come meanwhile too.

        If each of many quick steps updated the bar while it processes the events of
        the step before, the calls would nest until Python stops them.
        """
        self._not_shown = step
        if self._showing:
            return
        self._showing = True
        try:
            while self._not_shown is not None and job is self.job:
                step, self._not_shown = self._not_shown, None
                job.show_activity(step)
        finally:
            self._showing = False

    def _become_idle(self) -> None:
        self.job, self._description = None, ""
        self._closing_note.stop()
        self.running_changed.emit(False)


@dataclass(frozen=True, slots=True)
class Success:
    """A job that returned `value`."""

    value: Any


@dataclass(frozen=True, slots=True)
class Failure:
    """A job that raised; `message` gives the reason in one line."""

    message: str


@dataclass(frozen=True, slots=True)
class NamedWork:
    """Work with a name for napari, which shows it when a window with jobs is closed."""

    work: WorkFunction
    description: str

    def __call__(self, report: ProgressCallback) -> Any:
        """Do the work."""
        return self.work(report)

    def __str__(self) -> str:
        return self.description


class JobSignals(GeneratorWorkerSignals):  # type: ignore[misc]
    """Signals of a job: napari's, and `reported` with the job and an event."""

    reported = Signal(object, object)


class Job(WorkerBase):  # type: ignore[misc]
    """Work in a thread of Qt's pool, for one `Worker`.

    An error is reported as a `Failure`, not raised: the thread pool handles a
    RuntimeError as its own and would not report the end of the job.

    Parameters
    ----------
    work : callable
        See `Worker.start`.
    receiver : Worker
        The job ends at its next step once this object is destroyed.
    """

    def __init__(self, work: WorkFunction, receiver: Worker) -> None:
        super().__init__(SignalsClass=JobSignals)
        self._work, self._receiver = work, receiver
        self._outcome: Success | Failure | None = None

    def run(self) -> None:
        """Do the work and report its outcome, or None if it was cancelled.

        The outcome is reported after superqt has restored the filters of warnings,
        which the main thread would share.
        """
        super().run()
        self.reported.emit(self, self._outcome)

    def work(self) -> None:
        """Do the work; called by `run`."""
        self._outcome = self._call()
        if self._outcome is None:
            self.aborted.emit()

    def show_activity(self, step: Progress) -> None:
        """Show a step in napari's activity dock, if the job is listed there."""
        bar = getattr(self, "pbar", None)  # set by napari for a job with a description
        if bar is None:
            return
        if step.total and bar.total != step.total:
            bar.total = step.total
        if self.is_running:
            bar.update(step.done - bar.n)

    def _call(self) -> Success | Failure | None:
        try:
            return Success(self._work(self._report))
        except Cancelled:
            return None
        except Exception as error:
            if self.abort_requested:  # an error may follow from Python's own shutdown
                LOGGER.debug("A cancelled job failed", exc_info=True)
                return None
            LOGGER.exception("A job failed")
            message = format_error(error)
            # Messages of other errors, such as KeyError, need the name of the error.
            if not isinstance(error, USER_ERRORS):
                message = f"{type(error).__name__}: {message}"
            return Failure(message)

    def _report(self, step: Progress) -> None:
        if self.abort_requested or not isalive(self._receiver):
            raise Cancelled
        self.reported.emit(self, step)
