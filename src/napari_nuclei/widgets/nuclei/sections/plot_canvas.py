"""A matplotlib canvas in the colours of napari's theme, saved as PNG or SVG."""

from __future__ import annotations

import io
from pathlib import Path
from typing import TYPE_CHECKING, Any

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.backends.backend_qtagg import FigureCanvasQTAgg
from matplotlib.figure import Figure
from napari.utils.theme import get_theme
from qtpy.compat import isalive
from qtpy.QtGui import QWheelEvent

from napari_nuclei.io.atomic import write_atomic

if TYPE_CHECKING:
    import napari.viewer

FORMATS = (".png", ".svg")
"""Suffixes of saved pictures."""

PLOT_HEIGHT = 170
"""Height of a plot, in screen pixels."""

PICTURE_DPI = 300
"""Resolution of a saved PNG."""


class PlotCanvas(FigureCanvasQTAgg):
    """One pair of axes; subclasses define `draw_axes`.

    Parameters
    ----------
    height : int
        Smallest height, in screen pixels.

    Attributes
    ----------
    axes : Axes
    background, text : str
        Colours of the theme.
    """

    def __init__(self, height: int = PLOT_HEIGHT) -> None:
        figure = Figure(figsize=(3, 1.9), layout="constrained")
        super().__init__(figure)  # type: ignore[no-untyped-call]
        self.axes: Axes = figure.subplots()
        self.background, self.text = "white", "black"
        self.setMinimumSize(100, height)

    def draw_axes(self) -> None:
        """Draw the data into `axes`, which are empty."""

    def redraw(self) -> None:
        """Draw everything again in the colours of the theme."""
        self._fill_figure()
        self.draw_idle()  # type: ignore[no-untyped-call]

    def follow_theme(self, viewer: napari.viewer.Viewer) -> None:
        """Use the colours of a viewer's theme, also when it changes."""

        def use_theme(*_: object) -> None:
            if isalive(self):
                theme = get_theme(viewer.theme)
                self.background = theme.background.as_hex()
                self.text = theme.text.as_hex()
                self.redraw()

        use_theme()
        viewer.events.theme.connect(use_theme)
        # The viewer may outlive the dock.
        self.destroyed.connect(lambda: viewer.events.theme.disconnect(use_theme))

    def save(self, path: str | Path) -> Path:
        """Save the plot on white, as the suffix says; without a suffix as PNG.

        Returns
        -------
        Path
            The file, with its suffix.

        Raises
        ------
        OSError
            If the file cannot be written.
        ValueError
            If the suffix is neither .png nor .svg.
        """
        path = Path(path)
        if not path.suffix:
            path = path.with_name(f"{path.name}.png")
        kind = path.suffix.lower()
        if kind not in FORMATS:
            raise ValueError(
                f"A plot is saved as {' or '.join(FORMATS)}; got {path.name}"
            )
        shown = self.background, self.text
        content = io.BytesIO()
        try:
            self.background, self.text = "white", "black"
            self._fill_figure()
            with mpl.rc_context({"svg.fonttype": "none"}):  # text stays text
                self.figure.savefig(content, format=kind[1:], dpi=PICTURE_DPI)
        finally:
            self.background, self.text = shown
            self.redraw()
        write_atomic(path, content.getvalue())
        return path

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Leave the wheel to the dock, which scrolls."""
        event.ignore()

    def _fill_figure(self) -> None:
        axes = self.axes
        self.figure.set_facecolor(self.background)
        axes.clear()
        axes.set_facecolor(self.background)
        axes.tick_params(labelsize=7, colors=self.text)
        axes.spines[:].set_color(self.text)
        axes.xaxis.label.set_color(self.text)
        axes.yaxis.label.set_color(self.text)
        for axis in (axes.xaxis, axes.yaxis):
            axis.label.set_fontsize(8)
            axis.get_offset_text().set(color=self.text, size=7)
        self.draw_axes()


def pixels_to_data(axes: Axes, x: float, y: float) -> tuple[float, float]:
    """Return the position in data of a position on the canvas."""
    found: Any = axes.transData.inverted().transform((x, y))
    return float(found[0]), float(found[1])
