from __future__ import annotations

from pathlib import Path

import pytest
from qtpy.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from qtpy.QtGui import QDragEnterEvent, QDropEvent
from qtpy.QtWidgets import QApplication, QWidget

from napari_nuclei.widgets.folder.drop_folder import DropFolder


def drop(widget: QWidget, paths: list[Path]) -> bool:
    """Drag files over a widget and drop them; return whether it accepted them."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    action, button = Qt.DropAction.CopyAction, Qt.MouseButton.LeftButton
    none = Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(QPoint(5, 5), action, data, button, none)
    QApplication.sendEvent(widget, enter)
    if not enter.isAccepted():
        return False
    event = QDropEvent(QPointF(5, 5), action, data, button, none)
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


@pytest.mark.parametrize("kind", ["folder", "file", "two folders"])
def test_only_a_single_folder_is_accepted(qtbot, tmp_path: Path, kind: str) -> None:
    folder, file, other = tmp_path / "in", tmp_path / "a.tif", tmp_path / "other"
    folder.mkdir(), other.mkdir(), file.touch()
    paths = {"folder": [folder], "file": [file], "two folders": [folder, other]}[kind]
    widget, dropped = QWidget(), []
    qtbot.addWidget(widget)
    DropFolder(widget, dropped.append)
    assert drop(widget, paths) == (kind == "folder")
    assert dropped == ([folder] if kind == "folder" else [])
