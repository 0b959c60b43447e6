from __future__ import annotations

import threading

import pytest
from qtpy.QtWidgets import QApplication, QWidget

from napari_nuclei.widgets.shared.thread_progress import Progress
from napari_nuclei.widgets.shared.worker import Job, Worker

TIMEOUT_MS = 60_000


class Recorder:
    """A worker whose signals are recorded."""

    def __init__(self, qtbot) -> None:
        self.qtbot = qtbot
        self.owner = QWidget()
        self.steps: list[Progress] = []
        self.results: list[object] = []
        self.failures: list[str] = []
        self.running: list[bool] = []
        self.threads: set[threading.Thread] = set()
        self.worker = worker = Worker(self.owner)
        for signal, events in (
            (worker.progressed, self.steps),
            (worker.finished, self.results),
            (worker.failed, self.failures),
            (worker.running_changed, self.running),
        ):
            signal.connect(lambda event, events=events: self.record(events, event))

    def record(self, events: list, event: object) -> None:
        events.append(event)
        self.threads.add(threading.current_thread())

    def start(self, work):
        """Start a job, and return it."""
        self.worker.start(work, "a test")
        return self.worker.job

    def wait_for_end(self) -> None:
        self.qtbot.waitUntil(lambda: not self.worker.running, timeout=TIMEOUT_MS)


class HeldWork:
    """Work that waits for `release` between its start and its only step."""

    def __init__(self, result: object = None, error: Exception | None = None) -> None:
        self.started, self.release = threading.Event(), threading.Event()
        self.result, self.error = result, error
        self.passed_step = False

    def __call__(self, report):
        self.started.set()
        assert self.release.wait(TIMEOUT_MS / 1000)
        if self.error:
            raise self.error
        report(Progress(1, 2))
        self.passed_step = True
        return self.result


@pytest.fixture
def recorder(qtbot):
    return Recorder(qtbot)


def release(recorder, job, work) -> None:
    """Release the waiting work, and wait until its thread has ended."""
    with recorder.qtbot.waitSignal(job.finished, timeout=TIMEOUT_MS):
        work.release.set()


def test_steps_and_the_result_arrive_in_the_main_thread(recorder) -> None:
    def work(report):
        report(Progress(1, 2, "half"))
        report(Progress(2, 2))
        return 42

    recorder.start(work)
    assert recorder.worker.running
    recorder.wait_for_end()
    assert recorder.steps == [Progress(1, 2, "half"), Progress(2, 2)]
    assert recorder.results == [42]
    assert recorder.failures == []
    assert recorder.running == [True, False]
    assert recorder.threads == {threading.main_thread()}


def test_quick_steps_are_not_shown_inside_each_other(
    recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    count, all_reported = 300, threading.Event()
    depths, shown = [0], []

    def show(job: Job, step: Progress) -> None:
        depths.append(depths[-1] + 1)
        QApplication.processEvents()  # as napari's bar does
        shown.append(step.done)
        depths.append(depths[-1] - 1)

    def work(report):
        for number in range(count):
            report(Progress(number, count))
        all_reported.set()

    monkeypatch.setattr(Job, "show_activity", show)
    recorder.start(work)
    assert all_reported.wait(TIMEOUT_MS / 1000)  # all steps are queued
    recorder.wait_for_end()
    assert [step.done for step in recorder.steps] == [*range(count)]
    assert max(depths) == 1
    assert shown[0] == 0


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("too large\nand more"), "too large and more"),
        (RuntimeError("too large"), "too large"),
        (MemoryError(), "MemoryError"),
        (OSError(28, "No space left on device", "a.zarr"), "a.zarr: No space left"),
        (KeyError("dice"), "KeyError: 'dice'"),
    ],
    ids=["two lines", "one line", "no message", "errno", "no sentence"],
)
def test_any_error_fails_with_one_line_and_its_traceback_is_logged(
    recorder, caplog, error, line
) -> None:
    def work(report):
        raise error

    recorder.start(work)
    recorder.wait_for_end()
    (message,) = recorder.failures
    assert message.startswith(line)
    assert "\n" not in message
    assert "Traceback" in caplog.text
    assert recorder.results == []


def test_cancel_ends_the_job_at_once_and_its_thread_at_the_next_step(recorder) -> None:
    work = HeldWork()
    job = recorder.start(work)
    recorder.qtbot.waitUntil(work.started.is_set, timeout=TIMEOUT_MS)
    recorder.worker.cancel()
    assert not recorder.worker.running
    assert recorder.running == [True, False]
    release(recorder, job, work)
    assert not work.passed_step
    assert recorder.steps == recorder.results == recorder.failures == []
    assert recorder.running == [True, False]


def test_a_new_job_makes_a_running_one_outdated(recorder) -> None:
    old = HeldWork("old")
    old_job = recorder.start(old)
    recorder.qtbot.waitUntil(old.started.is_set, timeout=TIMEOUT_MS)
    new = HeldWork("new")
    new_job = recorder.start(new)
    release(recorder, old_job, old)
    assert recorder.worker.running
    release(recorder, new_job, new)
    recorder.wait_for_end()
    assert recorder.steps == [Progress(1, 2)]
    assert recorder.results == ["new"]


def test_queued_events_of_a_job_are_dropped_once_it_is_outdated(recorder) -> None:
    ended = threading.Event()

    def work(report):
        report(Progress(1, 2))
        ended.set()
        return "old"

    recorder.start(work)
    # No event loop runs here: the step, and soon the result, stay queued.
    assert ended.wait(TIMEOUT_MS / 1000)
    recorder.worker.cancel()
    recorder.start(lambda report: "new")
    recorder.wait_for_end()
    assert recorder.steps == []
    assert recorder.results == ["new"]


def test_a_job_that_napari_quits_ends_quietly(recorder) -> None:
    work = HeldWork()
    job = recorder.start(work)
    recorder.qtbot.waitUntil(work.started.is_set, timeout=TIMEOUT_MS)
    job.quit()
    assert recorder.worker.running
    work.release.set()
    recorder.wait_for_end()
    assert recorder.running == [True, False]
    assert recorder.steps == recorder.results == recorder.failures == []


def test_nothing_is_emitted_after_the_owner_is_destroyed(recorder) -> None:
    work = HeldWork()
    job = recorder.start(work)
    recorder.qtbot.waitUntil(work.started.is_set, timeout=TIMEOUT_MS)
    with recorder.qtbot.waitSignal(recorder.owner.destroyed, timeout=TIMEOUT_MS):
        recorder.owner.deleteLater()
    release(recorder, job, work)
    assert not work.passed_step
    assert recorder.steps == recorder.results == recorder.failures == []
    assert recorder.running == [True]


def test_an_error_after_a_cancel_is_neither_reported_nor_logged(
    recorder, caplog
) -> None:
    work = HeldWork(error=RuntimeError("cannot schedule new futures after shutdown"))
    job = recorder.start(work)
    recorder.qtbot.waitUntil(work.started.is_set, timeout=TIMEOUT_MS)
    recorder.worker.cancel()
    release(recorder, job, work)
    assert recorder.results == recorder.failures == []
    assert "futures" not in caplog.text
