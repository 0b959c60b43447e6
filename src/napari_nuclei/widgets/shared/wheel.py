"""Let the mouse wheel scroll a dock without changing the values it passes."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtWidgets import (
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QScrollBar,
    QWidget,
)

VALUES = (QAbstractSlider, QAbstractSpinBox, QComboBox)
"""Types of widgets whose value the wheel changes."""

GUARDED = "napari_nuclei_wheel"
"""Qt property of widgets that are guarded already."""


class WheelGuard(QObject):  # type: ignore[misc]
    """Ignore the wheel over a widget that the user has not clicked.

    Qt then gives the event to the scroll area round the widget.

    Parameters
    ----------
    widget : QWidget
    """

    def __init__(self, widget: QWidget) -> None:
        super().__init__(widget)
        if widget.focusPolicy() == Qt.FocusPolicy.WheelFocus:
            widget.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        widget.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Pass the wheel on unless the widget has the keyboard focus."""
        if event.type() == QEvent.Type.Wheel and not watched.hasFocus():
            event.ignore()
            return True
        return False


def guard_values(content: QWidget) -> None:
    """Guard all values in a widget that are not guarded yet."""
    for kind in VALUES:
        for widget in content.findChildren(kind):
            if isinstance(widget, QScrollBar) or widget.property(GUARDED):
                continue
            widget.setProperty(GUARDED, True)
            WheelGuard(widget)
