"""napari's question before it closes names the job that it would end."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np
import pytest
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication, QDialog, QLabel, QVBoxLayout, QWidget

from napari_nuclei.widgets.shared.closing_note import CLOSING_DIALOG, add_line
from napari_nuclei.widgets.shared.worker import Worker

JOB = "the training of mine (after its first step, Resume can continue it later)"
TIMEOUT_MS = 60_000


def open_window(make_napari_viewer: Any) -> Any:
    viewer = make_napari_viewer()
    viewer.add_image(np.zeros((8, 9)))
    return viewer.window._qt_window


def close_and_cancel(window: Any, qtbot: Any, *, quit_app: bool) -> list[str]:
    """Press the keys that close napari; return the texts of the question."""
    texts: list[str] = []

    def read() -> None:
        for dialog in QApplication.topLevelWidgets():
            if type(dialog).__name__ == CLOSING_DIALOG and dialog.isVisible():
                texts.extend(label.text() for label in dialog.findChildren(QLabel))
                dialog.reject()
                return
        QTimer.singleShot(50, read)

    QTimer.singleShot(300, read)
    window.close(quit_app=quit_app, confirm_need=True)
    return texts


@pytest.mark.parametrize("quit_app", [True, False], ids=["Ctrl+Q", "Ctrl+W"])
def test_the_question_names_a_running_job(
    make_napari_viewer, qtbot, quit_app: bool
) -> None:
    window = open_window(make_napari_viewer)
    go_on = threading.Event()
    worker = Worker(QWidget(window))
    assert not any(JOB in x for x in close_and_cancel(window, qtbot, quit_app=quit_app))
    worker.start(lambda report: go_on.wait(60), JOB)
    for _ in range(2):  # the user may cancel and ask again
        texts = close_and_cancel(window, qtbot, quit_app=quit_app)
        assert [text for text in texts if JOB in text] == [f"This stops {JOB}."]
    assert worker.running
    go_on.set()
    qtbot.waitUntil(lambda: not worker.running, timeout=TIMEOUT_MS)
    assert not any(JOB in x for x in close_and_cancel(window, qtbot, quit_app=quit_app))


def test_a_short_job_is_not_named(make_napari_viewer, qtbot) -> None:
    window = open_window(make_napari_viewer)
    go_on = threading.Event()
    worker = Worker(QWidget(window))
    worker.start(lambda report: go_on.wait(60))
    texts = close_and_cancel(window, qtbot, quit_app=True)
    assert texts
    assert not any("This stops" in text for text in texts)
    go_on.set()
    qtbot.waitUntil(lambda: not worker.running, timeout=TIMEOUT_MS)


def test_a_question_that_names_the_job_gets_no_second_line(qtbot) -> None:
    dialog = QDialog()
    qtbot.addWidget(dialog)
    layout = QVBoxLayout(dialog)
    layout.addWidget(QLabel(f"Executing {JOB}"))
    add_line(dialog, JOB)
    add_line(dialog, "")
    assert len(dialog.findChildren(QLabel)) == 1
    add_line(dialog, "another job")
    assert len(dialog.findChildren(QLabel)) == 2


def test_a_job_of_the_application_has_no_window_to_watch(qtbot) -> None:
    worker = Worker(QApplication.instance())
    with qtbot.waitSignal(worker.finished, timeout=TIMEOUT_MS) as signal:
        worker.start(lambda report: 7, "Sample of cells")
    assert signal.args == [7]
