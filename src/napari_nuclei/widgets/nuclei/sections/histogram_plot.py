"""A histogram with lines that can be dragged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.backend_bases import MouseButton, MouseEvent
from numpy.typing import ArrayLike, NDArray
from qtpy.QtCore import Qt, Signal

from napari_nuclei.widgets.nuclei.sections.plot_canvas import (
    PlotCanvas,
    pixels_to_data,
)

BINS = 80
"""Largest number of bars."""

CATCH_PIXELS = 10
"""Distance from a line at which the mouse catches it, in screen pixels."""

BAR_COLOUR, LINE_COLOUR = "#4299e1", "#ed8936"
"""Readable on dark and on light backgrounds."""

SHADE = 0.35
"""Opacity of the colours behind the bars."""


class HistogramPlot(PlotCanvas):
    """Bars of one column, and vertical lines at limits.

    Attributes
    ----------
    values : ndarray of float, shape (nuclei,)
        Finite values of the column.
    limits : tuple of float
        Positions of the lines, ascending.
    limits_moved : Signal of tuple of float
        Emitted while a line is dragged.
    limits_dropped : Signal of tuple of float
        Emitted when the mouse button is released.
    """

    limits_moved = Signal(object)
    limits_dropped = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.values: NDArray[np.float64] = np.zeros(0)
        self.limits: tuple[float, ...] = ()
        self._title = ""
        self._colours: Sequence[Any] = ()
        self._bars = np.zeros(0), np.zeros(1)
        self._lines: list[Any] = []
        self._dragged: int | None = None
        self.mpl_connect("button_press_event", self._press)
        self.mpl_connect("motion_notify_event", self._move)
        self.mpl_connect("button_release_event", self._release)

    def show_values(self, values: ArrayLike, title: str) -> None:
        """Show the histogram of a column.

        Parameters
        ----------
        values : array of float, shape (nuclei,)
            NaN and infinite values are left out.
        title : str
            Label of the axis.
        """
        numbers = np.asarray(values, float)
        self.values, self._title = numbers[np.isfinite(numbers)], title
        self._bars = make_bars(self.values)
        self.redraw()

    def show_limits(
        self, limits: Sequence[float], colours: Sequence[Any] | None = None
    ) -> None:
        """Draw the lines, and colours between them.

        Parameters
        ----------
        limits : sequence of float
            Ascending.
        colours : sequence of colours, optional
            One more than there are limits.
        """
        self.limits = tuple(float(limit) for limit in limits)
        self._colours = () if colours is None else colours
        self.redraw()

    def draw_axes(self) -> None:
        """Draw bars, lines and the colours between the lines."""
        axes, (counts, edges) = self.axes, self._bars
        axes.set_xlabel(self._title)
        axes.set_ylabel("nuclei")
        if len(counts):
            axes.stairs(counts, edges, fill=True, color=BAR_COLOUR)
            axes.set_ylim(0, max(counts.max(), 1) * 1.05)
        # A line on the first or last value stays visible.
        inside = [*edges, *self.limits] if len(counts) else [0.0, 1.0]
        low, high = min(inside), max(inside)
        margin = (high - low) * 0.02 or 0.5
        axes.set_xlim(low - margin, high + margin)
        if self._colours:
            ends = [low - margin, *self.limits, high + margin]
            for start, stop, colour in zip(ends, ends[1:], self._colours, strict=False):
                axes.axvspan(start, stop, color=colour, alpha=SHADE, lw=0, zorder=0)
        self._lines = [
            axes.axvline(limit, color=LINE_COLOUR, lw=2) for limit in self.limits
        ]

    def limit_at(self, x: float) -> int | None:
        """Return the index of the line near a column of the canvas, if there is one."""
        lines = [self.axes.transData.transform((limit, 0))[0] for limit in self.limits]
        distances = np.abs(np.array(lines) - x)
        catch = CATCH_PIXELS * self.device_pixel_ratio
        if not len(distances) or distances.min() > catch:
            return None
        nearest = np.flatnonzero(distances == distances.min())
        # Of several lines at one position the one that can move towards the mouse.
        return int(nearest[-1] if lines[nearest[0]] <= x else nearest[0])

    def _press(self, event: MouseEvent) -> None:
        if event.button == MouseButton.LEFT:
            self._dragged = self.limit_at(event.x)

    def _move(self, event: MouseEvent) -> None:
        if self._dragged is None:
            near = self.limit_at(event.x) is not None
            shape = Qt.CursorShape.SizeHorCursor if near else Qt.CursorShape.ArrowCursor
            self.setCursor(shape)
            return
        limits = list(self.limits)
        value, _ = pixels_to_data(self.axes, event.x, event.y)
        limits[self._dragged] = clamp_limit(
            value, limits, self._dragged, self.axes.get_xlim()
        )
        self.limits = tuple(limits)
        self.redraw()
        self.limits_moved.emit(self.limits)

    def _release(self, event: MouseEvent) -> None:
        if self._dragged is not None and event.button == MouseButton.LEFT:
            self._dragged = None
            self.limits_dropped.emit(self.limits)


def make_bars(
    values: NDArray[np.float64],
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the heights of bars and their edges.

    Integers of a small range get a bar each. No values give no bars.
    """
    if not len(values):
        return np.zeros(0), np.zeros(1)
    low, high = float(values.min()), float(values.max())
    whole = bool((values == np.rint(values)).all())
    if whole and high - low < BINS:
        edges = np.arange(low, high + 2) - 0.5
    else:
        count = int(np.clip(2 * np.sqrt(len(values)), 10, BINS))
        edges = np.histogram_bin_edges(values, count)
    counts, edges = np.histogram(values, edges)
    return counts.astype(float), edges


def clamp_limit(
    value: float,
    limits: Sequence[float],
    index: int,
    view: tuple[float, float],
) -> float:
    """Return a value that keeps limits ascending and in view.

    Parameters
    ----------
    value : float
        Where a limit is dragged to.
    limits : sequence of float
    index : int
        Which of them is dragged.
    view : tuple of float
        Ends of the axis.

    Examples
    --------
    >>> clamp_limit(9, [1, 5], 0, (0, 100))
    4.9
    """
    gap = (view[1] - view[0]) / 1000
    low = limits[index - 1] + gap if index else view[0]
    high = limits[index + 1] - gap if index + 1 < len(limits) else view[1]
    return float(min(max(value, low), high))
