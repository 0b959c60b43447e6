"""Test that a dock opens no windows of its own."""

from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import QEvent, QObject
from qtpy.QtWidgets import QApplication, QWidget

from napari_nuclei.widgets.train.data_controls import FROM_FILES, FROM_LAYERS


class ShownWindows(QObject):
    """Record the widgets that are shown as windows, by type and text."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        is_shown = event.type() == QEvent.Type.Show and isinstance(watched, QWidget)
        if is_shown and watched.isWindow():
            text = watched.text() if hasattr(watched, "text") else ""
            self.names.append(f"{type(watched).__name__} {text}".strip())
        return False


@pytest.fixture
def shown(qapp):
    """Record the windows that are shown from now on."""
    recorder = ShownWindows()
    QApplication.instance().installEventFilter(recorder)
    yield recorder
    QApplication.instance().removeEventFilter(recorder)


def test_a_widget_without_a_parent_is_recorded(shown, qtbot) -> None:
    widget = QWidget()
    qtbot.addWidget(widget)
    widget.show()
    assert shown.names == ["QWidget"]


@pytest.mark.parametrize("title", ["Train a model", "Segment nuclei"])
def test_a_dock_opens_no_other_windows(
    make_napari_viewer, network, shown, qtbot, title
) -> None:
    viewer = make_napari_viewer(show=True)
    viewer.add_image(np.zeros((32, 32), np.uint8))
    qtbot.wait(100)
    shown.names.clear()
    _, widget = viewer.window.add_plugin_dock_widget("napari-nuclei", title)
    qtbot.wait(100)
    assert widget.native.isVisible()
    assert shown.names == []
    if title == "Train a model":
        for choice in (FROM_FILES, FROM_LAYERS):
            widget.form.data.train_on.value = choice
        widget.form.more_fold.expand()
        widget.form.expert_fold.expand()
        qtbot.wait(100)
        assert shown.names == []
