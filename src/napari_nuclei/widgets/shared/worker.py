"""Long work in a thread of Qt's, with progress, that can be cancelled at any step."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from napari.qt.threading import GeneratorWorkerSignals, WorkerBase, create_worker
from qtpy.compat import isalive
from qtpy.QtWidgets import QWidget

from napari_nuclei.core.errors import USER_ERRORS, format_error
from napari_nuclei.widgets.shared.progress import Cancelled, Progress, ProgressCallback

LOGGER = logging.getLogger("napari_nuclei")


@dataclass(frozen=True, slots=True)
class WorkerSuccess:
    """The work ended; `value` is what it gave."""

    value: Any


@dataclass(frozen=True, slots=True)
class WorkerFailure:
    """The work failed; `message` says why in one line."""

    message: str


WorkFunction = Callable[[ProgressCallback], Any]


class Worker(WorkerBase):  # type: ignore[misc]
    """A worker that yields the steps which its work reports.

    It is to a call with progress what Qt's generator worker is to a generator: each
    step is emitted by ``yielded``, and after ``quit`` the next step ends the work. An
    error is a result, `WorkerFailure`, not an exception: the thread pool would take a
    RuntimeError for its own and never say that the work is over.

    Parameters
    ----------
    work : callable
        Is given a function that takes a `Progress`; returns anything.
    """

    def __init__(self, work: WorkFunction) -> None:
        super().__init__(SignalsClass=GeneratorWorkerSignals)
        self._work = work

    def work(self) -> WorkerSuccess | WorkerFailure | None:
        """Do the work; called in the thread."""
        try:
            return WorkerSuccess(self._work(self._report))
        except Cancelled:
            self.aborted.emit()
            return None
        except Exception as error:
            if self.abort_requested:  # Python itself may be ending beneath the work
                LOGGER.debug("cancelled work failed", exc_info=True)
                self.aborted.emit()
                return None
            LOGGER.exception("the work failed")
            said = format_error(error)
            # The messages of other kinds of errors, such as KeyError, are no sentences.
            if not isinstance(error, USER_ERRORS):
                said = f"{type(error).__name__}: {said}"
            return WorkerFailure(said)

    def _report(self, step: Progress) -> None:
        if self.abort_requested:
            raise Cancelled
        self.yielded.emit(step)


def start_worker(
    work: WorkFunction,
    owner: QWidget,
    *,
    description: str | None,
    on_step: Callable[[Progress], None],
    on_return: Callable[[WorkerSuccess | WorkerFailure], None],
    on_end: Callable[[], None],
) -> Worker:
    """Start work in a thread and show it in napari's activity dock.

    The callbacks are called in the main thread, and no more once `owner` is gone.

    Parameters
    ----------
    work : callable
        As of `Worker`.
    owner : QWidget
        The work ends at its next step if this widget has been destroyed.
    description : str, optional
        What napari's activity dock says; None for work too short to be shown there.
    on_step : callable
        Is given each `Progress`.
    on_return : callable
        Is given the outcome, unless the job was told to quit.
    on_end : callable
        Is called last, whatever happened.
    """
    # napari registers the worker with its window, which quits it when it is closed.
    worker: Worker = create_worker(
        work,
        _worker_class=Worker,
        _ignore_errors=True,
        _progress={"desc": description} if description else False,
        _start_thread=False,
    )

    def step(step: Progress) -> None:
        if not isalive(owner):
            worker.quit()
            return
        # First, for napari's bar lets Qt go on: with the next step, or the end.
        on_step(step)
        if description is None:
            return
        if step.total and worker.pbar.total != step.total:
            worker.pbar.total = step.total
        if worker.is_running:
            worker.pbar.update(step.done - worker.pbar.n)

    def give(outcome: WorkerSuccess | WorkerFailure) -> None:
        # It may have waited in the queue of events while its window was closed.
        if isalive(owner) and not worker.abort_requested:
            on_return(outcome)

    def end() -> None:
        if isalive(owner):
            on_end()

    worker.yielded.connect(step)
    worker.returned.connect(give)
    worker.finished.connect(end)
    worker.start()
    return worker
