from __future__ import annotations

import numpy as np
import pytest
from qtpy.QtCore import QPoint, Qt

from napari_nuclei.widgets.nuclei.sections.histogram_plot import (
    HistogramPlot,
    clamp_limit,
    make_bars,
)


@pytest.fixture
def plot(qtbot):
    plot = HistogramPlot()
    qtbot.addWidget(plot)
    plot.resize(300, 180)
    plot.show()
    plot.show_values(np.linspace(0, 100, 1001), "area")
    plot.show_limits([20, 80])
    plot.draw()
    return plot


def position(plot, value: float) -> QPoint:
    x, y = plot.axes.transData.transform((value, 1))
    ratio = plot.device_pixel_ratio
    return QPoint(round(x / ratio), round(plot.height() - y / ratio))


def drag(qtbot, plot, start: float, stop: float) -> None:
    left = Qt.MouseButton.LeftButton
    qtbot.mousePress(plot, left, pos=position(plot, start))
    qtbot.mouseMove(plot, position(plot, stop))
    qtbot.mouseRelease(plot, left, pos=position(plot, stop))


def test_a_line_is_dragged_and_reported(plot, qtbot) -> None:
    moved, dropped = [], []
    plot.limits_moved.connect(moved.append)
    plot.limits_dropped.connect(dropped.append)
    drag(qtbot, plot, 80, 60)
    assert plot.limits == pytest.approx((20, 60), abs=1)
    assert moved[-1] == plot.limits == dropped[0]


def test_a_line_stops_before_the_next_one(plot, qtbot) -> None:
    drag(qtbot, plot, 20, 95)
    low, high = plot.limits
    assert low < high == 80
    assert high - low < 1


def test_the_mouse_far_from_a_line_moves_none(plot, qtbot) -> None:
    drag(qtbot, plot, 50, 60)
    assert plot.limits == (20, 80)


def test_lines_at_one_position_can_be_dragged_to_both_sides(plot, qtbot) -> None:
    plot.show_limits([50, 50])
    drag(qtbot, plot, 51, 70)
    assert plot.limits == pytest.approx((50, 70), abs=1)


@pytest.mark.parametrize(
    "values",
    [[], [np.nan], [3.0], [3.0, 3.0], [np.inf, 1.0, 2.0], [0.0, 1e-300]],
    ids=str,
)
def test_unusual_columns_are_drawn(plot, values) -> None:
    plot.show_values(values, "odd")
    plot.show_limits([])
    plot.draw()
    counts, _ = plot._bars
    assert counts.sum() == np.isfinite(values).sum()


def test_integers_of_a_small_range_have_a_bar_each() -> None:
    counts, edges = make_bars(np.array([1.0, 1.0, 3.0]))
    assert counts.tolist() == [2, 0, 1]
    assert edges.tolist() == [0.5, 1.5, 2.5, 3.5]


def test_a_limit_stays_in_view() -> None:
    assert clamp_limit(-5, [1, 5], 0, (0, 10)) == 0
    assert clamp_limit(50, [1, 5], 1, (0, 10)) == 10
