"""A section of the dock that is built when it is first opened."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from magicgui.widgets import ComboBox, Widget
from qtpy.compat import isalive
from qtpy.QtCore import QEvent, QTimer
from qtpy.QtWidgets import QWidget

from napari_nuclei.core.errors import USER_ERRORS, format_error
from napari_nuclei.widgets.nuclei.sections.columns_section import preferred
from napari_nuclei.widgets.shared.event_callback import EventCallback
from napari_nuclei.widgets.shared.fold import Fold
from napari_nuclei.widgets.shared.form import fit_height, status_line

if TYPE_CHECKING:
    from napari_nuclei.widgets.nuclei.table_session import TableSession

DELAY_MS = 60
"""Time for which changes are collected before a section is updated."""


class Section:
    """A fold of the Nuclei table dock; a closed one costs nothing.

    Subclasses set `name` and `tooltip`, and define `build` and `update`.

    Parameters
    ----------
    session : TableSession

    Attributes
    ----------
    fold : Fold
    message : Label
        One line below the controls.
    """

    name = ""
    tooltip = ""

    def __init__(self, session: TableSession) -> None:
        self.session = session
        self.fold = Fold(self.name, [], self.tooltip)
        self.fold.section = self  # keeps this object as long as the fold
        self.message = status_line()
        self._built = self._active = False
        self._chosen: set[str] = set()
        self._widgets: list[Widget | QWidget] = []
        self._timer = QTimer(self.fold)
        self._timer.setSingleShot(True)
        self._timer.setInterval(DELAY_MS)
        self._timer.timeout.connect(self.update_now)
        self.fold.toggled.connect(self._on_toggled)
        # The dock may be closed, or be behind another tab, while the section is open.
        self._on_hide = EventCallback(self.message, QEvent.Type.Hide, self._deactivate)
        self._on_show = EventCallback(self.message, QEvent.Type.Show, self._activate)
        session.changed.connect(self.request_update)

    @classmethod
    def make(cls, session: TableSession) -> Fold:
        """Return the fold of a new section."""
        return cls(session).fold

    @property
    def is_open(self) -> bool:
        """Whether the section is built, unfolded, and not deleted by Qt."""
        return self._built and isalive(self.fold) and bool(self.fold.isExpanded())

    def build(self) -> None:
        """Create the controls and `add` them; called once, at the first opening."""
        raise NotImplementedError

    def update(self) -> None:
        """Show the present table; called after changes while the section is open.

        Raises
        ------
        OSError, TypeError, ValueError
            The message is shown in the section.
        """
        raise NotImplementedError

    def opened(self) -> None:
        """Do what an opening needs, after the controls exist."""

    def closed(self) -> None:
        """Undo what `opened` did."""

    def add(self, *widgets: Widget | QWidget) -> None:
        """Append widgets of magicgui or Qt to the section."""
        # A container of magicgui would put its own widgets before those of Qt.
        layout = self.fold.controls.native.layout()
        for widget in widgets:
            self._widgets.append(widget)
            layout.addWidget(getattr(widget, "native", widget))

    def choose_column(self, box: ComboBox, endings: Sequence[str]) -> None:
        """List the present columns in a combo, without a signal of its change.

        The chosen column stays. If there is none, or it is no longer there, the first
        column with one of the endings is chosen.
        """
        chosen = box.value
        with box.changed.blocked():
            box.reset_choices()
            columns = [str(name) for name in box.choices]
            first_time = box.name not in self._chosen
            if columns and (first_time or chosen not in columns):
                box.value = preferred(columns, endings)
                self._chosen.add(box.name)

    def show_message(self, text: str) -> None:
        """Show a line below the controls."""
        self.message.value = text
        fit_height(self.message)

    def request_update(self, *_: Any) -> None:
        """Update the section soon; several requests are one update."""
        if self.is_open and not self._timer.isActive():
            self._timer.start()

    def update_now(self) -> None:
        """Update the section, and show why it could not be."""
        if not self.is_open:
            return
        self._timer.stop()
        try:
            self.update()
        except USER_ERRORS as error:
            self.show_message(format_error(error))

    def _on_toggled(self, opened: bool) -> None:
        if opened and not self._built:
            self.build()
            self._built = True
        if opened:
            self._activate()
        else:
            self._deactivate()

    def _activate(self) -> None:
        if self.is_open and not self._active:
            self._active = True
            self.opened()
            self.update_now()

    def _deactivate(self) -> None:
        if self._active:
            self._active = False
            self.closed()
