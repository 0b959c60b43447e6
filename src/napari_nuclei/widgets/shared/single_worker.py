"""One job at a time for a dock; what an ended job still says is not heard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtWidgets import QWidget

from napari_nuclei.widgets.shared.progress import Progress, ProgressCallback
from napari_nuclei.widgets.shared.status import StatusPanel
from napari_nuclei.widgets.shared.worker import (
    Worker,
    WorkerFailure,
    WorkerSuccess,
    start_worker,
)


class SingleWorker:
    """The job of a dock.

    Parameters
    ----------
    owner : QWidget
        All ends with this widget.
    status_panel : StatusPanel
        Is told of the steps and of a failure.
    changed : callable
        Is told whether a job is under way, when one begins and when it ends.

    Attributes
    ----------
    worker : Worker, optional
        The one that is under way.
    """

    def __init__(
        self,
        owner: QWidget,
        status_panel: StatusPanel,
        changed: Callable[[bool], object],
    ) -> None:
        self.worker: Worker | None = None
        self._owner, self._notice, self._changed = owner, status_panel, changed

    def start(
        self,
        work: Callable[[ProgressCallback], Any],
        description: str,
        finish: Callable[[Any], object],
        on_step: Callable[[Progress], object] = lambda step: None,
        on_failure: Callable[[str], object] | None = None,
    ) -> None:
        """Start work in a thread; there must be no other.

        Parameters
        ----------
        work : callable
            As of `Worker`.
        description : str
            What napari's activity dock says.
        finish : callable
            Is given what the work has given.
        on_step : callable, optional
            Is given each `Progress`, after the notice.
        on_failure : callable, optional
            Is given the message of a failure, in place of the notice.
        """
        self._changed(True)
        workers: list[Worker] = []

        def current() -> bool:
            return bool(workers) and self.worker is workers[0]

        def step(step: Progress) -> None:
            if current():
                self._notice.step(step)
                on_step(step)

        def give(outcome: WorkerSuccess | WorkerFailure) -> None:
            if not current():
                return
            self._idle()
            if isinstance(outcome, WorkerFailure):
                (on_failure or self._notice.show_message)(outcome.message)
            else:
                finish(outcome.value)

        def end() -> None:
            if current():  # it was told to quit by napari, which is being closed
                self._idle()

        worker = start_worker(
            work,
            self._owner,
            description=description,
            on_step=step,
            on_return=give,
            on_end=end,
        )
        workers.append(worker)
        self.worker = worker

    def stop(self) -> None:
        """End the job, if there is one; at once for the user, soon for the thread."""
        if self.worker is not None:
            self.worker.quit()
            self._idle()

    def _idle(self) -> None:
        self.worker = None
        self._changed(False)
