"""Plot loss and accuracy during training with matplotlib on a Qt canvas."""

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
"""Column of the history and title of each plot."""

TRAIN_COLOUR, HELD_OUT_COLOUR = "#2b6cb0", "#dd6b20"

PLOT_HEIGHT, PREDICTION_HEIGHT = 120, 100
"""Smallest height of the curves, and height of the prediction image, in screen pixels.

Taller curves would leave no space for a message of several lines.
"""


class TrainingPlot(Container[Widget]):
    """Plot the curves of all epochs, and show the latest prediction below.

    Attributes
    ----------
    rows : list of dict of str to float
        One row per epoch, with `epoch`, `loss`, `val_loss`, `accuracy` and so on.
    """

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
        """Remove all epochs and the prediction image."""
        self.rows = []
        self.prediction_image.clear()
        self._draw()

    def add(self, row: dict[str, float], prediction_image: Path | None = None) -> None:
        """Add the row of an epoch and show an image file, if it exists."""
        self.rows.append(row)
        self._draw()
        if prediction_image is not None and prediction_image.is_file():
            pixmap = QPixmap(str(prediction_image))
            mode = Qt.TransformationMode.SmoothTransformation
            self.prediction_image.setPixmap(
                pixmap.scaledToHeight(PREDICTION_HEIGHT, mode)
            )

    def _draw(self) -> None:
        for axes, (column, title) in zip(self.axes, CURVES, strict=True):
            axes.clear()
            axes.set_title(title, fontsize=8)
            axes.tick_params(labelsize=7)
            for key, label, colour in (
                (column, "train", TRAIN_COLOUR),
                (f"val_{column}", "held out", HELD_OUT_COLOUR),
            ):
                points = [(row["epoch"], row[key]) for row in self.rows if key in row]
                if points:
                    axes.plot(
                        *zip(*points, strict=True),
                        color=colour,
                        label=label,
                        marker=".",
                        markersize=3,
                    )
            if axes.get_legend_handles_labels()[0]:
                axes.legend(fontsize=6, frameon=False)
        self.canvas.draw_idle()
