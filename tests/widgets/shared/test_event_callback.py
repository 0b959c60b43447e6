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
