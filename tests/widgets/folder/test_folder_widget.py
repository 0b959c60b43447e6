"""The dock "Folder or plate" in napari."""

from __future__ import annotations

import pytest
from qtpy.QtCore import Qt
from qtpy.QtGui import QDesktopServices
from qtpy.QtWidgets import QDockWidget

from napari_nuclei.widgets.folder.folder_form import CHOOSE_CHANNEL
from napari_nuclei.widgets.folder.folder_widget import FolderWidget

TIMEOUT_MS = 60_000

pytestmark = pytest.mark.usefixtures("network")


def folder_dock(segment) -> FolderWidget:
    """Return the dock that the button of the Segment dock has opened."""
    docks = segment.native.window().findChildren(QDockWidget)
    widgets = [getattr(dock.widget(), "_magic_widget", None) for dock in docks]
    return next(widget for widget in widgets if isinstance(widget, FolderWidget))


def test_a_folder_is_run_cancelled_continued_and_looked_at(
    opened, qtbot, network, plate, monkeypatch
) -> None:
    viewer, segment = opened()
    segment.form.drop_border.value = True
    segment.buttons.folder.native.click()
    widget = folder_dock(segment)
    assert not widget.report.enabled
    widget.run.native.click()
    assert widget.status_panel.status.value == "Choose a folder first."
    widget.choose_folder(plate)
    assert widget.status_panel.status.value == CHOOSE_CHANNEL
    widget.form.channel.value = "w1"
    assert widget.status_panel.status.value == "Press Run."
    widget.form.workers.value = "1"
    network.hold()
    widget.run.native.click()
    assert widget.status_panel.status.value == "Starting..."
    qtbot.waitUntil(network.entered.is_set, timeout=TIMEOUT_MS)
    files = widget.files.files
    qtbot.waitUntil(lambda: len(files.rows) == 3, timeout=TIMEOUT_MS)
    assert files.count("waiting") == 3
    assert widget.cancel.enabled and not widget.form.folder.enabled
    widget.cancel.native.click()
    assert widget.status_panel.status.value == (
        "Cancelled. 0 of 3 images are done. Run continues."
    )
    widget.run.native.click()  # waits for the cancelled run
    network.go_on.set()
    qtbot.waitUntil(lambda: not widget.running, timeout=TIMEOUT_MS)
    status = widget.status_panel.status.value
    assert status.startswith("2 of 3 images, 12 nuclei") and ", 1 failed. " in status
    # The cancelled run may have finished its first image.
    done = files.count("done") + files.count("done earlier")
    assert (done, files.count("failed")) == (2, 1)
    cell = widget.files.visualRect(widget.files.row_of(1)).center()
    qtbot.mouseClick(widget.files.viewport(), Qt.MouseButton.LeftButton, pos=cell)
    assert [layer.name for layer in viewer.layers] == [
        *("B02_s1_w1", "B02_s1_w2", "B02_s1 nuclei"),
    ]
    widget.run.native.click()
    qtbot.waitUntil(lambda: not widget.running, timeout=TIMEOUT_MS)
    assert files.count("done earlier") == 2
    conditions = plate.with_name("conditions.csv")
    conditions.write_text("well,condition\nA01,drug\nB02,DMSO\nC03,DMSO\n")
    widget.form.conditions.value = conditions
    pages = []
    monkeypatch.setattr(QDesktopServices, "openUrl", pages.append)
    widget.report.native.click()
    qtbot.waitUntil(lambda: len(pages) == 1, timeout=TIMEOUT_MS)
    page = plate.with_name("plate_nuclei") / "report.html"
    assert "Distributions by condition" in page.read_text(encoding="utf-8")
    # The settings are those of the Segment dock.
    record = plate.with_name("plate_nuclei") / "results.json"
    assert '"drop_border": true' in record.read_text()


def test_a_run_that_is_cancelled_at_once_counts_no_images(
    opened, qtbot, network, plate
) -> None:
    _, segment = opened()
    segment.buttons.open_folder_dock(plate)
    widget = folder_dock(segment)
    widget.form.channel.value = "w1"
    widget.run.native.click()
    widget.cancel.native.click()
    assert widget.status_panel.status.value == "Cancelled. Run continues."
    qtbot.waitUntil(widget._ended.is_set, timeout=TIMEOUT_MS)


def test_closing_napari_ends_a_run(opened, qtbot, network, plate) -> None:
    viewer, segment = opened()
    segment.buttons.open_folder_dock(plate)
    widget = folder_dock(segment)
    widget.form.channel.value = "w1"
    network.hold()
    widget.run.native.click()
    qtbot.waitUntil(network.entered.is_set, timeout=TIMEOUT_MS)
    ended = widget._ended
    network.go_on.set()
    viewer.close()
    qtbot.waitUntil(ended.is_set, timeout=TIMEOUT_MS)
