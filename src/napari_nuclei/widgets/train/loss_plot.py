"""Plot loss and accuracy during training with matplotlib on a Qt canvas."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from magicgui.widgets import Container, Widget
from matplotlib.axes import Axes
from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator
from napari.utils.theme import get_theme
from qtpy.compat import isalive
from qtpy.QtCore import Qt
from qtpy.QtGui import QPixmap
from qtpy.QtWidgets import QLabel

if TYPE_CHECKING:
    import napari.viewer

CURVES = (("loss", "loss"), ("accuracy", "accuracy"))
"""Column of the history and title of each plot."""

TRAIN_COLOUR, HELD_OUT_COLOUR = "#4299e1", "#ed8936"
"""Readable on dark and on light backgrounds."""

POINT_SIZE, SINGLE_POINT_SIZE = 2, 6
"""Size of the points of a curve, and of the only point, in points of 1/72 inch."""

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
        self._background, self._text = "white", "black"
        self.clear()

    def follow_theme(self, viewer: napari.viewer.Viewer) -> None:
        """Draw in the colours of a viewer's theme, also when it changes."""

        def use_theme(*_: object) -> None:
            if isalive(self.canvas):
                theme = get_theme(viewer.theme)
                self.set_colours(theme.background.as_hex(), theme.text.as_hex())

        use_theme()
        viewer.events.theme.connect(use_theme)
        # The viewer may outlive the dock.
        self.canvas.destroyed.connect(lambda: viewer.events.theme.disconnect(use_theme))

    def set_colours(self, background: str, text: str) -> None:
        """Set the colours of the background, and of axes and text."""
        self._background, self._text = background, text
        self._draw()

    def clear(self) -> None:
        """Remove all epochs and the prediction image."""
        self.rows = []
        self.prediction_image.clear()
        self._draw()

    def add(self, row: dict[str, float], prediction_image: Path | None = None) -> None:
        """Add the row of an epoch and show an image file, if it exists.

        The row of an epoch that was repeated replaces the earlier one.
        """
        self.rows = [x for x in self.rows if x["epoch"] != row["epoch"]] + [row]
        self._draw()
        if prediction_image is not None and prediction_image.is_file():
            pixmap = QPixmap(str(prediction_image))
            mode = Qt.TransformationMode.SmoothTransformation
            self.prediction_image.setPixmap(
                pixmap.scaledToHeight(PREDICTION_HEIGHT, mode)
            )

    def _draw(self) -> None:
        self.canvas.figure.set_facecolor(self._background)
        size = POINT_SIZE if len(self.rows) > 1 else SINGLE_POINT_SIZE
        for axes, (column, title) in zip(self.axes, CURVES, strict=True):
            axes.clear()
            axes.set_facecolor(self._background)
            axes.set_title(title, fontsize=8, color=self._text)
            axes.tick_params(labelsize=7, colors=self._text)
            axes.spines[:].set_color(self._text)
            axes.xaxis.set_major_locator(MaxNLocator(4, integer=True))
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
                        marker="o",
                        markersize=size,
                    )
            if len(self.rows) == 1:  # the point in the middle, not on the edge
                epoch = self.rows[0]["epoch"]
                axes.set_xlim(epoch - 1, epoch + 1)
            axes.margins(y=0.2)
            if axes.get_legend_handles_labels()[0]:
                axes.legend(
                    fontsize=6, frameon=False, labelcolor=self._text, markerscale=0.5
                )
        self.canvas.draw_idle()
