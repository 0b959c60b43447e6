"""Shorten the text of a combo in the middle, which layer names often share."""

from __future__ import annotations

from qtpy.QtCore import QEvent, QObject, Qt
from qtpy.QtWidgets import QComboBox, QStyle, QStyleOptionComboBox, QStylePainter

MARGIN = 4
"""Space that styles leave around the text, in pixels."""


class ElideMiddle(QObject):  # type: ignore[misc]
    """Draw a combo, with its text shortened in the middle if it is too long.

    Qt cuts off the end, by which layers such as "plate 3 DAPI" and "plate 3 actin"
    differ.

    Parameters
    ----------
    combo : QComboBox
    """

    def __init__(self, combo: QComboBox) -> None:
        super().__init__(combo)
        self._combo = combo
        combo.view().setTextElideMode(Qt.TextElideMode.ElideMiddle)
        combo.installEventFilter(self)

    @property
    def text(self) -> str:
        """The text that is drawn."""
        return str(self._option().currentText)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Draw the combo in place of Qt."""
        if watched is not self._combo or event.type() != QEvent.Type.Paint:
            return False
        option = self._option()
        painter = QStylePainter(self._combo)
        painter.drawComplexControl(QStyle.ComplexControl.CC_ComboBox, option)
        painter.drawControl(QStyle.ControlElement.CE_ComboBoxLabel, option)
        painter.end()
        return True

    def _option(self) -> QStyleOptionComboBox:
        combo, option = self._combo, QStyleOptionComboBox()
        combo.initStyleOption(option)
        field = combo.style().subControlRect(
            QStyle.ComplexControl.CC_ComboBox,
            option,
            QStyle.SubControl.SC_ComboBoxEditField,
            combo,
        )
        option.currentText = combo.fontMetrics().elidedText(
            combo.currentText(),
            Qt.TextElideMode.ElideMiddle,
            field.width() - MARGIN,
        )
        return option
