from __future__ import annotations

from time import perf_counter

import numpy as np
import pytest
from qtpy.QtCore import QPoint, Qt

from napari_nuclei.widgets.nuclei.sections.scatter_plot import PointGroup, ScatterPlot


@pytest.fixture
def plot(qtbot):
    plot = ScatterPlot()
    qtbot.addWidget(plot)
    plot.resize(300, 240)
    plot.show()
    return plot


def show(plot, points, **more) -> None:
    x, y = np.asarray(points, float).T
    plot.show_points(x, y, ("area", "mean"), selected=np.zeros(len(x), bool), **more)
    plot.draw()


def position(plot, point) -> QPoint:
    x, y = plot.axes.transData.transform(point)
    ratio = plot.device_pixel_ratio
    return QPoint(round(x / ratio), round(plot.height() - y / ratio))


def lasso(qtbot, plot, corners, modifier=Qt.KeyboardModifier.NoModifier) -> None:
    left = Qt.MouseButton.LeftButton
    first, *others = (position(plot, corner) for corner in corners)
    qtbot.mousePress(plot, left, modifier, first)
    for pos in others:
        qtbot.mouseMove(plot, pos)
    qtbot.mouseRelease(plot, left, modifier, others[-1])


def test_a_lasso_holds_the_points_inside_it(plot, qtbot) -> None:
    show(plot, [(0, 0), (1, 1), (2, 2), (np.nan, 1), (10, 10)])
    found = []
    plot.lasso_drawn.connect(lambda *drawn: found.append(drawn))
    corners = [(0.5, 0.5), (3, 0.5), (3, 3), (0.5, 3)]
    lasso(qtbot, plot, corners)
    lasso(qtbot, plot, corners, Qt.KeyboardModifier.ShiftModifier)
    assert [inside.tolist() for inside, _ in found] == [
        [False, True, True, False, False]
    ] * 2
    assert [adds for _, adds in found] == [False, True]


def test_a_click_is_an_empty_lasso(plot, qtbot) -> None:
    show(plot, [(0, 0), (1, 1)])
    found = []
    plot.lasso_drawn.connect(lambda inside, adds: found.append(inside.tolist()))
    qtbot.mouseClick(plot, Qt.MouseButton.LeftButton, pos=position(plot, (0, 0)))
    assert found == [[False, False]]


def test_groups_have_their_colours_and_a_legend(plot) -> None:
    red = PointGroup("positive", (1.0, 0, 0), np.array([True, False]))
    blue = PointGroup("negative", (0, 0, 1.0), np.array([False, True]))
    show(plot, [(0, 0), (1, 1)], groups=[red, blue])
    assert [line.get_label() for line in plot.axes.lines] == ["positive", "negative"]
    assert plot.axes.get_legend() is not None


@pytest.mark.parametrize(
    "points",
    [np.zeros((0, 2)), [(np.nan, np.nan)], [(1, 1)], [(1, 1), (1, 1)]],
    ids=["none", "missing", "one", "equal"],
)
def test_unusual_points_are_drawn(plot, points) -> None:
    show(plot, points)
    assert len(plot.points) == len(points)


def test_many_points_are_drawn_as_their_density_quickly(plot, rng, tmp_path) -> None:
    points = rng.normal(size=(100_000, 2))
    start = perf_counter()
    show(plot, points)
    plot.show_selected(points[:, 0] > 1)
    plot.draw()
    assert perf_counter() - start < 3  # 0.3 s on two idle cores
    assert len(plot.axes.collections) == 1
    assert plot.save(tmp_path / "dense.svg").stat().st_size < 2_000_000
