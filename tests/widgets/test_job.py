from __future__ import annotations

import threading

import pytest
from qtpy.QtWidgets import QWidget

from napari_nuclei.widgets.job import Failure, Success, one_line, start_job
from napari_nuclei.widgets.steps import Step

PATIENCE = 60_000


class Log:
    """Starts jobs and keeps what they say."""

    def __init__(self, qtbot) -> None:
        self.steps: list[Step] = []
        self.outcomes: list[object] = []
        self.ended = 0
        self.qtbot = qtbot

    def start(self, work):
        def end() -> None:
            self.ended += 1

        self.owner = QWidget()
        return start_job(
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
        report(Step(1, 2, "half"))
        report(Step(2, 2))
        return 42

    log.start(work)
    log.wait()
    assert log.steps == [Step(1, 2, "half"), Step(2, 2)]
    assert log.outcomes == [Success(42)]


@pytest.mark.parametrize("kind", [ValueError, RuntimeError, MemoryError])
def test_an_error_of_any_kind_is_one_line_and_its_traceback_is_logged(
    log, caplog, kind
) -> None:
    def work(report):
        raise kind("too large\nand more")

    log.start(work)
    log.wait()
    assert log.outcomes == [Failure("too large")]
    assert "and more" in caplog.text
    assert "Traceback" in caplog.text


def test_quitting_ends_the_work_at_its_next_step(log) -> None:
    started, quitted = threading.Event(), threading.Event()

    def work(report):
        started.set()
        assert quitted.wait(PATIENCE / 1000)
        report(Step(1, 2))
        raise AssertionError("the step must not come back")

    job = log.start(work)
    log.qtbot.waitUntil(started.is_set, timeout=PATIENCE)
    job.quit()
    quitted.set()
    log.wait()
    assert log.steps == []
    assert log.outcomes == []


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("a\nb"), "a"),
        (MemoryError(), "MemoryError"),
        (ValueError("\n  "), "ValueError"),
        (KeyError("dice"), "KeyError: 'dice'"),
    ],
    ids=["the first line", "no message", "blank", "not a sentence"],
)
def test_a_message_is_one_line_and_never_empty(error, line) -> None:
    assert one_line(error) == line


def test_nothing_is_called_once_the_owner_is_gone(log) -> None:
    started, gone = threading.Event(), threading.Event()

    def work(report):
        started.set()
        assert gone.wait(PATIENCE / 1000)
        report(Step(1, 2))

    job = log.start(work)
    log.qtbot.waitUntil(started.is_set, timeout=PATIENCE)
    with log.qtbot.waitSignal(log.owner.destroyed, timeout=PATIENCE):
        log.owner.deleteLater()
    with log.qtbot.waitSignal(job.finished, timeout=PATIENCE):
        gone.set()
    assert not log.steps
    assert not log.outcomes
    assert not log.ended
