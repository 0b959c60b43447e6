"""The colours of nuclei and what they mean."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from qtpy.QtCore import QRect, QSize, Qt
from qtpy.QtGui import QColor, QLinearGradient, QPainter, QPaintEvent
from qtpy.QtWidgets import QSizePolicy, QWidget

Colour = Sequence[float]
"""Red, green, blue and perhaps alpha, 0 to 1."""

STOPS = 16
"""Number of colours of which a gradient is made."""


class Legend(QWidget):  # type: ignore[misc]
    """Draw a gradient with its limits, or a swatch with the name of each class."""

    def __init__(self) -> None:
        super().__init__()
        self._gradient: list[Colour] = []
        self._limits = ("", "")
        self._classes: dict[str, Colour] = {}
        policy = QSizePolicy.Policy
        self.setSizePolicy(policy.Preferred, policy.Fixed)
        self.hide()

    @property
    def text(self) -> str:
        """What the legend says."""
        if self._classes:
            return ", ".join(self._classes)
        return " to ".join(self._limits) if self._gradient else ""

    def show_gradient(self, colormap: Any, limits: tuple[float, float]) -> None:
        """Show a colormap of napari, from the first limit to the last."""
        colours = np.asarray(colormap.map(np.linspace(0, 1, STOPS)))
        self._gradient, self._classes = colours.tolist(), {}
        self._limits = (f"{limits[0]:.4g}", f"{limits[1]:.4g}")
        self._refresh()

    def show_classes(self, colours: Mapping[str, Colour]) -> None:
        """Show the colour of each class."""
        self._gradient, self._classes = [], dict(colours)
        self._refresh()

    def clear(self) -> None:
        """Show nothing."""
        self._gradient, self._classes = [], {}
        self.hide()

    def sizeHint(self) -> QSize:
        """Return a size for a gradient and its limits, or a line for each class."""
        line = self.fontMetrics().lineSpacing() + 2
        return QSize(120, line * (len(self._classes) or 2))

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the colours and the texts."""
        painter = QPainter(self)
        painter.setPen(self.palette().text().color())
        line = self.fontMetrics().lineSpacing() + 2
        if self._gradient:
            gradient = QLinearGradient(0, 0, self.width(), 0)
            for number, colour in enumerate(self._gradient):
                gradient.setColorAt(number / (STOPS - 1), colour_of(colour))
            painter.fillRect(QRect(0, 0, self.width(), line - 2), gradient)
            below = QRect(0, line, self.width(), line)
            left, right = Qt.AlignmentFlag.AlignLeft, Qt.AlignmentFlag.AlignRight
            for side, text in zip((left, right), self._limits, strict=True):
                painter.drawText(below, side, text)
        for number, (name, colour) in enumerate(self._classes.items()):
            top = number * line
            painter.fillRect(QRect(0, top + 1, line - 2, line - 4), colour_of(colour))
            rest = QRect(line + 4, top, self.width() - line - 4, line)
            painter.drawText(rest, Qt.AlignmentFlag.AlignVCenter, name)
        painter.end()

    def _refresh(self) -> None:
        self.show()
        self.updateGeometry()
        self.update()


def colour_of(colour: Colour) -> QColor:
    """Return a colour of Qt."""
    return QColor.fromRgbF(*[min(max(float(part), 0.0), 1.0) for part in colour])
