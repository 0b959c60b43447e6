"""The buttons of the tools and of the actions on the selected nucleus."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from qtpy.QtWidgets import QGridLayout, QPushButton, QWidget

from napari_nuclei.widgets.correct.tools import Tool


class ToolButtons(QWidget):  # type: ignore[misc]
    """Buttons in rows, all of the same width.

    Parameters
    ----------
    tools : sequence of Tool
    press : callable
        Called with the name of the tool whose button was pressed.
    columns : int
        Number of buttons in a row.
    checkable : bool
        Whether a button stays pressed while its tool is on.

    Attributes
    ----------
    buttons : dict of str to QPushButton
        By name of the tool.
    """

    def __init__(
        self,
        tools: Sequence[Tool],
        press: Callable[[str], object],
        columns: int,
        checkable: bool = False,
    ) -> None:
        super().__init__()
        layout = QGridLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(3)
        self.buttons: dict[str, QPushButton] = {}
        for number, tool in enumerate(tools):
            button = QPushButton(tool.text)
            button.setToolTip(tool.tooltip)
            button.setCheckable(checkable)
            button.setMinimumWidth(0)
            button.clicked.connect(lambda _, name=tool.name: press(name))
            row, column = divmod(number, columns)
            layout.addWidget(button, row, column)
            self.buttons[tool.name] = button
        for column in range(columns):
            layout.setColumnStretch(column, 1)

    def show_tool(self, name: str) -> None:
        """Show which tool is on; an empty name for none."""
        for tool, button in self.buttons.items():
            button.setChecked(tool == name)
