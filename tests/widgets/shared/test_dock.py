"""Docks fit a small window: their content scrolls, and they share tabs."""

from __future__ import annotations

import pytest
from magicgui.widgets import PushButton
from qtpy.QtWidgets import QMainWindow

from napari_nuclei.widgets.shared.dock import DOCK_WIDTH, Dock, raise_dock

pytestmark = pytest.mark.usefixtures("network")

PLUGIN = "napari-nuclei"
LOW_WINDOW = 1200, 700
"""Width and height of a window on a screen of 1366 x 768 pixels."""


def buttons(count: int) -> list[PushButton]:
    return [PushButton(text=f"button {number}") for number in range(count)]


def test_a_dock_is_as_wide_as_its_content_but_lower(qtbot) -> None:
    dock = Dock([PushButton(text="x" * 80), *buttons(40)])
    qtbot.addWidget(dock.native)
    least, content = dock.native.minimumSizeHint(), dock.content.native
    assert least.width() > content.minimumSizeHint().width()
    assert least.height() < 200 < content.minimumSizeHint().height()
    assert dock.native.sizeHint().height() >= content.sizeHint().height()


def test_a_dock_gets_wider_with_its_content(qtbot) -> None:
    dock = Dock(buttons(1))
    qtbot.addWidget(dock.native)
    dock.native.show()
    assert dock.native.minimumSizeHint().width() == DOCK_WIDTH
    dock.content[0].text = "x" * 80
    wider = dock.content.native.minimumSizeHint
    qtbot.waitUntil(lambda: dock.native.minimumSizeHint().width() > wider().width())


def open_window(make_napari_viewer) -> tuple[object, QMainWindow]:
    viewer = make_napari_viewer(show=True)
    viewer.window.resize(*LOW_WINDOW)
    return viewer, viewer.window._qt_window


@pytest.mark.parametrize("order", [1, -1], ids=["segment first", "train first"])
def test_open_docks_and_sections_do_not_make_the_window_higher(
    make_napari_viewer, qtbot, order
) -> None:
    viewer, window = open_window(make_napari_viewer)
    docks = [
        viewer.window.add_plugin_dock_widget(PLUGIN, name)
        for name in ("Segment nuclei", "Train a model")[::order]
    ]
    (first, _), (second, _) = docks
    qtbot.waitUntil(lambda: first in window.tabifiedDockWidgets(second))
    height = window.height()
    assert height <= LOW_WINDOW[1]
    forms = [dock.form for _, dock in docks]
    folds = [form.more_fold for form in forms]
    before = [dock.content.native.sizeHint().height() for _, dock in docks]
    for fold in folds:
        fold.toggleButton().click()
    qtbot.wait(50)
    assert window.height() == height
    assert window.minimumSizeHint().height() <= LOW_WINDOW[1]
    for fold in folds:
        fold.toggleButton().click()
    qtbot.wait(50)
    after = [dock.content.native.sizeHint().height() for _, dock in docks]
    assert after == before


def test_docks_that_a_user_has_separated_stay_separate(
    make_napari_viewer, qtbot
) -> None:
    viewer, window = open_window(make_napari_viewer)
    first, _ = viewer.window.add_plugin_dock_widget(PLUGIN, "Segment nuclei")
    second, _ = viewer.window.add_plugin_dock_widget(PLUGIN, "Train a model")
    qtbot.waitUntil(lambda: first in window.tabifiedDockWidgets(second))
    second.setFloating(True)
    second.hide()
    second.show()
    qtbot.wait(50)
    assert second.isFloating()
    assert not window.tabifiedDockWidgets(first)


def test_a_dock_behind_another_one_can_be_raised(make_napari_viewer, qtbot) -> None:
    viewer, window = open_window(make_napari_viewer)
    first, segment = viewer.window.add_plugin_dock_widget(PLUGIN, "Segment nuclei")
    second, _ = viewer.window.add_plugin_dock_widget(PLUGIN, "Train a model")
    qtbot.waitUntil(lambda: first in window.tabifiedDockWidgets(second))
    qtbot.waitUntil(lambda: first.visibleRegion().isEmpty())
    raise_dock(segment.native)
    qtbot.waitUntil(lambda: not first.visibleRegion().isEmpty())
    assert second.visibleRegion().isEmpty()
