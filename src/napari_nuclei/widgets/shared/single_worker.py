"""One job at a time for a dock; what an ended job still says is not heard."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from qtpy.QtWidgets import QWidget

from napari_nuclei.widgets.shared.progress import Report, Step
from napari_nuclei.widgets.shared.status import Notice
from napari_nuclei.widgets.shared.worker import Failure, Job, Success, start_job


class OneJob:
    """The job of a dock.

    Parameters
    ----------
    owner : QWidget
        All ends with this widget.
    notice : Notice
        Is told of the steps and of a failure.
    changed : callable
        Is told whether a job is under way, when one begins and when it ends.

    Attributes
    ----------
    job : Job, optional
        The one that is under way.
    """

    def __init__(
        self, owner: QWidget, notice: Notice, changed: Callable[[bool], object]
    ) -> None:
        self.job: Job | None = None
        self._owner, self._notice, self._changed = owner, notice, changed

    def start(
        self,
        work: Callable[[Report], Any],
        description: str,
        finish: Callable[[Any], object],
        on_step: Callable[[Step], object] = lambda step: None,
        failed: Callable[[str], object] | None = None,
    ) -> None:
        """Start work in a thread; there must be no other.

        Parameters
        ----------
        work : callable
            As of `Job`.
        description : str
            What napari's activity dock says.
        finish : callable
            Is given what the work has given.
        on_step : callable, optional
            Is given each `Step`, after the notice.
        failed : callable, optional
            Is given the message of a failure, in place of the notice.
        """
        self._changed(True)
        jobs: list[Job] = []

        def current() -> bool:
            return bool(jobs) and self.job is jobs[0]

        def step(step: Step) -> None:
            if current():
                self._notice.step(step)
                on_step(step)

        def give(outcome: Success | Failure) -> None:
            if not current():
                return
            self._idle()
            if isinstance(outcome, Failure):
                (failed or self._notice.say)(outcome.message)
            else:
                finish(outcome.value)

        def end() -> None:
            if current():  # it was told to quit by napari, which is being closed
                self._idle()

        job = start_job(
            work,
            self._owner,
            description=description,
            on_step=step,
            on_return=give,
            on_end=end,
        )
        jobs.append(job)
        self.job = job

    def stop(self) -> None:
        """End the job, if there is one; at once for the user, soon for the thread."""
        if self.job is not None:
            self.job.quit()
            self._idle()

    def _idle(self) -> None:
        self.job = None
        self._changed(False)
