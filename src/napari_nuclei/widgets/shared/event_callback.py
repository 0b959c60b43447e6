"""Call a function when a widget receives a Qt event."""

from __future__ import annotations

from collections.abc import Callable

from magicgui.widgets import Widget
from qtpy.QtCore import QEvent, QObject


class EventCallback(QObject):  # type: ignore[misc]
    """Call a function each time a widget receives an event of one type.

    Parameters
    ----------
    widget : magicgui Widget
    kind : QEvent.Type
        Such as `QEvent.Type.Show`.
    call : callable
    """

    def __init__(
        self, widget: Widget, kind: QEvent.Type, call: Callable[[], object]
    ) -> None:
        super().__init__(widget.native)
        self._kind, self._call = kind, call
        widget.native.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Call the function for its event; let Qt handle all events."""
        # Python may have collected the attributes before Qt deletes the object.
        if event.type() == getattr(self, "_kind", None):
            self._call()
        return False
