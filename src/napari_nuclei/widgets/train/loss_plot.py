"""Loss and accuracy as they come, drawn with matplotlib on a Qt canvas."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from magicgui.widgets import Container, Widget
from matplotlib.axes import Axes
from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
from matplotlib.figure import Figure
from qtpy.QtCore import Qt
from qtpy.QtGui import QPixmap
from qtpy.QtWidgets import QLabel

CURVES = (("loss", "loss"), ("accuracy", "accuracy"))
TRAIN, VALIDATION = "#2b6cb0", "#dd6b20"
PLOT_HEIGHT, PREDICTION_HEIGHT = 120, 120
"""Of the curves, at least, and of the picture of a prediction, in pixels. The curves
would like more, but give way where a message of several lines needs the room."""


class TrainingPlot(Container[Widget]):
    """Curves of every epoch, and below them what the network finds now."""

    def __init__(self) -> None:
        super().__init__(labels=False)
        figure = Figure(figsize=(3, 1.5), layout="constrained")
        self.axes: list[Axes] = list(figure.subplots(1, 2))
        self.canvas: Any = FigureCanvasQTAgg(figure)  # type: ignore[no-untyped-call]
        self.canvas.setMinimumHeight(PLOT_HEIGHT)
        self.prediction_image = QLabel()
        self.prediction_image.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for widget in (self.canvas, self.prediction_image):
            self.native.layout().addWidget(widget)
        self.margins = (0, 0, 0, 0)
        self.rows: list[dict[str, float]] = []
        self.clear()

    def clear(self) -> None:
        """Forget all epochs."""
        self.rows = []
        self.prediction_image.clear()
        self._draw()

    def add(self, row: dict[str, float], prediction_image: Path | None = None) -> None:
        """Add an epoch and show a picture, if there is one."""
        self.rows.append(row)
        self._draw()
        if prediction_image is not None and prediction_image.is_file():
            pixels = QPixmap(str(prediction_image))
            mode = Qt.TransformationMode.SmoothTransformation
            self.prediction_image.setPixmap(
                pixels.scaledToHeight(PREDICTION_HEIGHT, mode)
            )

    def _draw(self) -> None:
        for axes, (name, title) in zip(self.axes, CURVES, strict=True):
            axes.clear()
            axes.set_title(title, fontsize=8)
            axes.tick_params(labelsize=7)
            for key, colour in ((name, TRAIN), (f"val_{name}", VALIDATION)):
                points = [(r["epoch"], r[key]) for r in self.rows if key in r]
                if points:
                    label = "held out" if key != name else "train"
                    axes.plot(*zip(*points, strict=True), color=colour, label=label)
            if axes.get_legend_handles_labels()[0]:
                axes.legend(fontsize=6, frameon=False)
        self.canvas.draw_idle()
