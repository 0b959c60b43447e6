"""A dock that scrolls when it is higher than its window, in one group of tabs."""

from __future__ import annotations

from collections.abc import Sequence

from magicgui.widgets import Container, Widget
from qtpy.compat import isalive
from qtpy.QtCore import QEvent, QObject, QSize, Qt, QTimer
from qtpy.QtWidgets import (
    QDockWidget,
    QFrame,
    QMainWindow,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from napari_nuclei.widgets.shared.event_callback import EventCallback
from napari_nuclei.widgets.shared.wheel import guard_values

DOCK_WIDTH = 290
"""Minimum width of a dock, in pixels; its title fits."""

MIN_HEIGHT = 120
"""Smallest height of a dock, in pixels; the rest of its controls is scrolled to."""

MARK = "napari_nuclei_dock"
"""Qt property of the widgets of this plugin's docks."""


class Dock(Container[Widget]):
    """Controls below each other that scroll if the window is lower than they are.

    Docks of this class in the same window share one area with tabs, because two of them
    below each other would be too small.

    Parameters
    ----------
    widgets : sequence of Widget

    Attributes
    ----------
    content : Container
        The widgets.
    """

    def __init__(self, widgets: Sequence[Widget]) -> None:
        self.content: Container[Widget] = Container(widgets=widgets, labels=False)
        super().__init__(labels=False)
        self.margins = (0, 0, 0, 0)
        self.native.layout().addWidget(DockScrollArea(self.content.native))
        self.native.setProperty(MARK, True)
        self._placed = False
        self._on_first_show = EventCallback(self, QEvent.Type.Show, self._place)

    @property
    def content_layout(self) -> QVBoxLayout:
        """The layout of the content, for widgets of Qt."""
        return self.content.native.layout()

    def reset_choices(self, *_: object) -> None:
        """List the layers again; napari calls it when layers are added or removed."""
        self.content.reset_choices()

    def _place(self) -> None:
        """Join the tabs of the other docks, once: users may then separate them."""
        if not self._placed:
            self._placed = True
            # napari is still adding the dock to the window.
            QTimer.singleShot(0, lambda: join_tabs(self.native))


class DockScrollArea(QScrollArea):  # type: ignore[misc]
    """Scroll a widget vertically; be as wide as it and the scroll bar.

    Parameters
    ----------
    content : QWidget
    """

    def __init__(self, content: QWidget) -> None:
        super().__init__()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)  # the Tab key skips it
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setWidget(content)

    def minimumSizeHint(self) -> QSize:
        """Return the least width of the content, and a height for a few controls."""
        width = self.widget().minimumSizeHint().width()
        return QSize(max(DOCK_WIDTH, width + self._bar_width), MIN_HEIGHT)

    def sizeHint(self) -> QSize:
        """Return the size at which nothing is scrolled."""
        size = self.widget().sizeHint()
        return QSize(max(DOCK_WIDTH, size.width() + self._bar_width), size.height())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Change the minimum width with the content, and guard new values."""
        if watched is self.widget() and event.type() == QEvent.Type.LayoutRequest:
            self.updateGeometry()
            guard_values(watched)
        return bool(super().eventFilter(watched, event))

    @property
    def _bar_width(self) -> int:
        return int(self.verticalScrollBar().sizeHint().width())


def join_tabs(content: QWidget) -> None:
    """Put a dock into the tabs of this plugin's other docks in its window.

    Parameters
    ----------
    content : QWidget
        The widget of the dock. Nothing happens if it is not docked in a window.
    """
    if not isalive(content):  # the window was closed before Qt's next event
        return
    dock = content.parent()
    window = dock.parent() if isinstance(dock, QDockWidget) else None
    if not isinstance(window, QMainWindow) or dock.isFloating():
        return
    area = window.dockWidgetArea(dock)
    for other in window.findChildren(QDockWidget):
        is_ours = other.widget() is not None and other.widget().property(MARK)
        if other is dock or not is_ours or other.isFloating():
            continue
        if window.dockWidgetArea(other) == area:
            window.tabifyDockWidget(other, dock)
            dock.show()
            dock.raise_()
            return


def raise_dock(content: QWidget) -> None:
    """Bring a dock to the front of its tabs."""
    dock = content.parent()
    if isinstance(dock, QDockWidget):
        dock.show()
        dock.raise_()
