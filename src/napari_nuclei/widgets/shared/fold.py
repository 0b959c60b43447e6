"""A section of a dock that is closed until its title is clicked."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from magicgui.widgets import Container, Widget
from qtpy.QtGui import QIcon
from qtpy.QtWidgets import QHBoxLayout, QPushButton
from superqt import QCollapsible

from napari_nuclei.widgets.shared.form import column, row

QWIDGETSIZE_MAX = (1 << 24) - 1
"""Qt's maximum height of a widget without a limit."""


class Fold(QCollapsible):
    """Controls below a title; a click on the title opens and closes the section.

    Parameters
    ----------
    name : str
        The title.
    controls : sequence of Widget
    tooltip : str
    footer : sequence of Widget
        Shown in a row below the controls.

    Attributes
    ----------
    controls : Container
    column : Container
        The controls without the footer.
    reset_button : QPushButton
        Visible while settings differ from their defaults; see `track_changes`.
    """

    def __init__(
        self,
        name: str,
        controls: Sequence[Widget],
        tooltip: str,
        footer: Sequence[Widget] = (),
    ) -> None:
        # Arrows in the text have the colour of the theme; icons would be black.
        super().__init__(name, expandedIcon=QIcon(), collapsedIcon=QIcon())
        self._name = name
        self._count: Callable[[], int] = lambda: 0
        self._reset: Callable[[], object] = lambda: None
        self.setDuration(0)  # no animation, because it does not signal its end
        self.toggleButton().setToolTip(tooltip)
        # The theme's colour of a pressed button is too strong for a title.
        self.toggleButton().setStyleSheet(
            "QPushButton { text-align: left; border: none; outline: none; "
            "background: transparent; padding: 2px; font-weight: bold; }"
        )
        self.reset_button = QPushButton("Reset", self)
        self.reset_button.setToolTip(
            f"Reset the settings under {name} to their defaults."
        )
        self.reset_button.clicked.connect(self._on_reset)
        title = QHBoxLayout()
        title.addWidget(self.toggleButton(), 1)
        title.addWidget(self.reset_button)
        self.layout().insertLayout(0, title)
        for layout in (self.layout(), self.content().layout()):
            layout.setContentsMargins(0, 0, 0, 0)
        content: Container[Widget] = Container(labels=False)
        content.margins = (0, 0, 0, 0)
        self.column = column(controls)
        content.append(self.column)
        if footer:
            content.append(row(footer))
        self.addWidget(content.native)
        self.controls = content
        self._tracked = controls
        content.native.hide()
        self.toggled.connect(self._on_toggled)
        self.update_title()

    def track_changes(
        self, count: Callable[[], int], reset: Callable[[], object]
    ) -> None:
        """Show in the title how many settings differ from their defaults.

        Parameters
        ----------
        count : callable
            Returns the number of settings that differ.
        reset : callable
            Sets them all to their defaults; called by the button Reset.
        """
        self._count, self._reset = count, reset
        for control in self._tracked:
            signal = getattr(control, "changed", None)  # containers have none
            if signal is not None:
                signal.connect(self.update_title)
        self.update_title()

    def update_title(self, *_: object) -> None:
        """Show the number of changed settings as it is now."""
        count = self._count()
        changed = f" ({count} changed)" if count else ""
        self.setText(f"{'▾' if self.isExpanded() else '▸'} {self._name}{changed}")
        self.reset_button.setVisible(count > 0)

    def _on_reset(self) -> None:
        self._reset()
        self.update_title()

    def _on_toggled(self, opened: bool) -> None:
        # Controls in a section of height 0 would still be reached by the Tab key.
        self.controls.native.setVisible(opened)
        if opened:
            self.content().setMaximumHeight(QWIDGETSIZE_MAX)
        self.update_title()
