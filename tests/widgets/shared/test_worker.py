from __future__ import annotations

import threading

import pytest
from qtpy.QtWidgets import QWidget

from napari_nuclei.widgets.shared.progress import Progress
from napari_nuclei.widgets.shared.worker import (
    WorkerFailure,
    WorkerSuccess,
    start_worker,
)

PATIENCE = 60_000


class Log:
    """Starts jobs and keeps what they say."""

    def __init__(self, qtbot) -> None:
        self.steps: list[Progress] = []
        self.outcomes: list[object] = []
        self.ended = 0
        self.qtbot = qtbot

    def start(self, work):
        def end() -> None:
            self.ended += 1

        self.owner = QWidget()
        return start_worker(
            work,
            self.owner,
            description="a test",
            on_step=self.steps.append,
            on_return=self.outcomes.append,
            on_end=end,
        )

    def wait(self) -> None:
        self.qtbot.waitUntil(lambda: self.ended == 1, timeout=PATIENCE)


@pytest.fixture
def log(qtbot):
    return Log(qtbot)


def test_steps_and_the_result_arrive(log) -> None:
    def work(report):
        report(Progress(1, 2, "half"))
        report(Progress(2, 2))
        return 42

    log.start(work)
    log.wait()
    assert log.steps == [Progress(1, 2, "half"), Progress(2, 2)]
    assert log.outcomes == [WorkerSuccess(42)]


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("too large\nand more"), "too large and more"),
        (RuntimeError("too large"), "too large"),
        (MemoryError(), "MemoryError"),
        (OSError(28, "No space left on device", "a.zarr"), "a.zarr: No space left"),
        (KeyError("dice"), "KeyError: 'dice'"),
    ],
    ids=["two lines", "no more to say", "no message", "a number", "not a sentence"],
)
def test_an_error_of_any_kind_is_one_line_and_its_traceback_is_logged(
    log, caplog, error, line
) -> None:
    def work(report):
        raise error

    log.start(work)
    log.wait()
    (outcome,) = log.outcomes
    assert isinstance(outcome, WorkerFailure)
    assert outcome.message.startswith(line)
    assert "\n" not in outcome.message
    assert "Traceback" in caplog.text


def test_quitting_ends_the_work_at_its_next_step(log) -> None:
    started, quitted = threading.Event(), threading.Event()

    def work(report):
        started.set()
        assert quitted.wait(PATIENCE / 1000)
        report(Progress(1, 2))
        raise AssertionError("the step must not come back")

    worker = log.start(work)
    log.qtbot.waitUntil(started.is_set, timeout=PATIENCE)
    worker.quit()
    quitted.set()
    log.wait()
    assert log.steps == []
    assert log.outcomes == []


def test_nothing_is_called_once_the_owner_is_gone(log) -> None:
    started, gone = threading.Event(), threading.Event()

    def work(report):
        started.set()
        assert gone.wait(PATIENCE / 1000)
        report(Progress(1, 2))

    worker = log.start(work)
    log.qtbot.waitUntil(started.is_set, timeout=PATIENCE)
    with log.qtbot.waitSignal(log.owner.destroyed, timeout=PATIENCE):
        log.owner.deleteLater()
    with log.qtbot.waitSignal(worker.finished, timeout=PATIENCE):
        gone.set()
    assert not log.steps
    assert not log.outcomes
    assert not log.ended


def test_work_that_fails_after_it_was_cancelled_says_nothing(log, caplog) -> None:
    cancelled = threading.Event()

    def work(report):
        assert cancelled.wait(PATIENCE / 1000)
        raise RuntimeError("cannot schedule new futures after interpreter shutdown")

    worker = log.start(work)
    worker.quit()
    cancelled.set()
    log.wait()
    assert log.outcomes == []
    assert "futures" not in caplog.text
