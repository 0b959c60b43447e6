from __future__ import annotations

from magicgui.widgets import Label
from qtpy.QtCore import QEvent

from napari_nuclei.widgets.shared.event_callback import EventCallback


def test_a_function_is_called_for_each_event_of_its_type(qtbot) -> None:
    label = Label(value="a")
    qtbot.addWidget(label.native)
    calls = []
    EventCallback(label, QEvent.Type.Show, lambda: calls.append("shown"))
    label.native.show()
    label.native.hide()
    label.native.show()
    assert calls == ["shown", "shown"]
    assert label.native.isVisible()  # the widget handles the event too


def test_events_after_the_end_of_its_python_part_are_left_to_qt(qtbot) -> None:
    label = Label(value="a")
    qtbot.addWidget(label.native)
    calls = []
    callback = EventCallback(label, QEvent.Type.Show, lambda: calls.append("shown"))
    vars(callback).clear()  # as Python's collector does, before Qt deletes the object
    label.native.show()
    assert label.native.isVisible() and not calls
