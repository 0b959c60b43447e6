"""A scatter plot of two columns with a lasso."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.backend_bases import MouseButton, MouseEvent
from matplotlib.colors import LogNorm
from matplotlib.path import Path
from numpy.typing import ArrayLike, NDArray
from qtpy.QtCore import QPointF, Qt, Signal
from qtpy.QtGui import QPainter, QPaintEvent, QPen, QPolygonF

from napari_nuclei.widgets.nuclei.sections.plot_canvas import PlotCanvas

MAX_POINTS = 20_000
"""Number of points above which their density is drawn instead."""

MAX_VECTORS = 2_000
"""Number of points above which an SVG holds them as pixels."""

DENSITY_BINS = (160, 100)
"""Number of bins of the density along x and y."""

POINT_COLOUR, SELECTED_COLOUR = "#4299e1", "#ed8936"
"""Readable on dark and on light backgrounds."""

HEIGHT = 220
"""Height of the plot, in screen pixels."""


@dataclass(frozen=True, slots=True)
class PointGroup:
    """Points of one colour.

    Attributes
    ----------
    name : str
        Shown in the legend.
    colour : colour
    members : ndarray of bool, shape (nuclei,)
    """

    name: str
    colour: Any
    members: NDArray[np.bool_]


class ScatterPlot(PlotCanvas):
    """Points of two columns; a line drawn around some of them selects these.

    Attributes
    ----------
    points : ndarray of float, shape (nuclei, 2)
    selected : ndarray of bool, shape (nuclei,)
    lasso_drawn : Signal of (ndarray of bool of shape (nuclei,), bool)
        Emitted with the points inside the line, and whether Shift adds them.
    """

    lasso_drawn = Signal(object, bool)

    def __init__(self) -> None:
        super().__init__(HEIGHT)
        self.points: NDArray[np.float64] = np.zeros((0, 2))
        self.selected: NDArray[np.bool_] = np.zeros(0, bool)
        self._titles = ("", "")
        self._groups: Sequence[PointGroup] = ()
        self._lasso: list[tuple[float, float]] = []
        self.mpl_connect("button_press_event", self._press)
        self.mpl_connect("motion_notify_event", self._move)
        self.mpl_connect("button_release_event", self._release)

    def show_points(
        self,
        x: ArrayLike,
        y: ArrayLike,
        titles: tuple[str, str],
        *,
        selected: ArrayLike,
        groups: Sequence[PointGroup] = (),
    ) -> None:
        """Show the points of two columns.

        Parameters
        ----------
        x, y : array of float, shape (nuclei,)
            Points with NaN or infinity are not drawn.
        titles : tuple of str
            Labels of the axes.
        selected : array of bool, shape (nuclei,)
        groups : sequence of PointGroup
            Colours; without any all points have one colour.
        """
        self.points = np.stack([np.asarray(x, float), np.asarray(y, float)], axis=-1)
        self._titles, self._groups = titles, groups
        self.selected = np.asarray(selected, bool)
        self.redraw()

    def show_selected(self, selected: ArrayLike) -> None:
        """Highlight some points."""
        self.selected = np.asarray(selected, bool)
        self.redraw()

    def draw_axes(self) -> None:
        """Draw the points, or their density, and the selected ones on top."""
        axes = self.axes
        axes.set_xlabel(self._titles[0])
        axes.set_ylabel(self._titles[1])
        finite = has_numbers(self.points)
        count = int(finite.sum())
        if count > MAX_POINTS:
            self._draw_density(self.points[finite])
        else:
            everything = PointGroup("", POINT_COLOUR, np.ones(len(finite), bool))
            for group in self._groups or (everything,):
                self._draw_points(group, finite & group.members)
            if self._groups:
                axes.legend(
                    fontsize=6, frameon=False, labelcolor=self.text, markerscale=2
                )
        chosen = finite & self.selected
        if chosen.any():
            self._draw_points(PointGroup("", SELECTED_COLOUR, chosen), chosen, size=5)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Draw the lasso over the plot, which need not be drawn again for it."""
        super().paintEvent(event)  # type: ignore[no-untyped-call]
        if len(self._lasso) > 1:
            painter = QPainter(self)
            painter.setPen(QPen(Qt.GlobalColor.red, 1.5, Qt.PenStyle.DashLine))
            ratio, height = self.device_pixel_ratio, self.height()
            painter.drawPolyline(
                QPolygonF(
                    [QPointF(x / ratio, height - y / ratio) for x, y in self._lasso]
                )
            )
            painter.end()

    def inside(self, corners: Sequence[tuple[float, float]]) -> NDArray[np.bool_]:
        """Return which points lie in a polygon of positions on the canvas."""
        if len(corners) < 3:
            return np.zeros(len(self.points), bool)
        outline = Path(self.axes.transData.inverted().transform(corners))
        found: NDArray[np.bool_] = outline.contains_points(self.points)
        return found & has_numbers(self.points)

    def _draw_points(
        self, group: PointGroup, members: NDArray[np.bool_], size: float = 3
    ) -> None:
        # Over a density, every n-th of many selected points shows where they are.
        step = max(1, np.count_nonzero(members) // MAX_POINTS)
        x, y = self.points[members][::step].T
        self.axes.plot(
            x,
            y,
            "o",
            color=group.colour,
            markersize=size,
            markeredgewidth=0,
            label=group.name or None,
            rasterized=len(x) > MAX_VECTORS,
        )

    def _draw_density(self, points: NDArray[np.float64]) -> None:
        counts, x_edges, y_edges = np.histogram2d(
            points[:, 0], points[:, 1], bins=DENSITY_BINS
        )
        self.axes.pcolormesh(
            x_edges,
            y_edges,
            np.ma.masked_equal(counts.T, 0),
            norm=LogNorm(1, max(2, counts.max())),
            cmap="viridis",
            rasterized=True,
        )

    def _press(self, event: MouseEvent) -> None:
        if event.button == MouseButton.LEFT:
            self._lasso = [(event.x, event.y)]

    def _move(self, event: MouseEvent) -> None:
        if self._lasso:
            self._lasso.append((event.x, event.y))
            self.update()

    def _release(self, event: MouseEvent) -> None:
        if event.button != MouseButton.LEFT or not self._lasso:
            return
        found = self.inside(self._lasso)
        self._lasso = []
        self.update()
        modifiers = event.guiEvent.modifiers() if event.guiEvent is not None else None
        shift = Qt.KeyboardModifier.ShiftModifier
        self.lasso_drawn.emit(found, bool(modifiers and modifiers & shift))


def has_numbers(points: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Return which points have two finite coordinates."""
    return np.asarray(np.isfinite(points).all(axis=1), bool)
