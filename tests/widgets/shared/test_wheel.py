"""The mouse wheel scrolls a dock and leaves the values under it as they are."""

from __future__ import annotations

import pytest
from magicgui.widgets import ComboBox, FloatSlider, PushButton, SpinBox
from qtpy.QtCore import QPoint, QPointF, Qt
from qtpy.QtGui import QWheelEvent
from qtpy.QtWidgets import QAbstractSlider, QApplication, QWidget

from napari_nuclei.widgets.shared.dock import Dock


def turn(widget: QWidget) -> bool:
    """Turn the wheel over a widget; return whether the widget has used it."""
    middle = QPointF(widget.rect().center())
    event = QWheelEvent(
        *(middle, QPointF(widget.mapToGlobal(widget.rect().center()))),
        *(QPoint(), QPoint(0, -120)),
        *(Qt.MouseButton.NoButton, Qt.KeyboardModifier.NoModifier),
        *(Qt.ScrollPhase.NoScrollPhase, False),
    )
    event.setAccepted(True)
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


def controls() -> dict[str, tuple]:
    """Return a control of each kind, its value, and the part that gets the wheel."""
    spin, slider = SpinBox(value=5), FloatSlider(value=0.5, max=1)
    combo = ComboBox(choices=["a", "b", "c"], value="b")
    return {
        "spin box": (spin, 5, spin.native),
        "slider": (slider, 0.5, slider.native.findChild(QAbstractSlider)),
        "combo": (combo, "b", combo.native),
    }


@pytest.mark.parametrize("kind", ["spin box", "slider", "combo"])
def test_the_wheel_changes_a_value_only_after_a_click_on_it(qtbot, kind) -> None:
    control, value, part = controls()[kind]
    dock = Dock([control, *(PushButton(text=str(n)) for n in range(40))])
    qtbot.addWidget(dock.native)
    dock.native.resize(300, 200)
    dock.native.show()
    dock.native.activateWindow()
    qtbot.waitUntil(dock.native.isActiveWindow)
    dock.content[1].native.setFocus()
    assert not turn(part), "Qt passes the event to the dock, which scrolls"
    assert control.value == value
    part.setFocus()
    qtbot.waitUntil(part.hasFocus)
    assert turn(part)
    assert control.value != value


def test_a_control_that_is_added_later_is_guarded_too(qtbot) -> None:
    dock = Dock([PushButton(text="first")])
    qtbot.addWidget(dock.native)
    dock.native.show()
    qtbot.wait(20)
    spin = SpinBox(value=5)
    dock.content.append(spin)
    qtbot.wait(20)
    assert not turn(spin.native)
    assert spin.value == 5
