"""Time of each correction in a large image; ``pytest -m benchmark -s`` on a display."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

import numpy as np
import pytest
from qtpy.QtWidgets import QApplication

from napari_nuclei.core.synthetic import synthetic_nuclei

pytestmark = pytest.mark.benchmark

TILE, TILES = 512, 8
"""Side of a synthetic image, and number of them along each side of the large one."""

REPEATS = 5
LIMIT = 0.1
"""Longest processor time of a correction, in seconds, without the drawing."""

TIMEOUT_MS = 120_000


@pytest.fixture
def dock(make_napari_viewer, qtbot):
    """Return the dock on 4096 x 4096 pixels with about 9,000 nuclei."""
    image, truth = synthetic_nuclei((TILE, TILE), seed=1)
    count = int(truth.max())
    numbers = np.arange(TILES * TILES).reshape(TILES, TILES) * count
    offsets = np.kron(numbers, np.ones((TILE, TILE), np.int32))
    tiled = np.tile(truth, (TILES, TILES))
    labels = np.where(tiled > 0, tiled + offsets, 0).astype(np.int32)
    viewer = make_napari_viewer(show=True)
    viewer.add_image(np.tile(image, (TILES, TILES)), name="large")
    viewer.add_labels(labels, name="nuclei")
    _, widget = viewer.window.add_plugin_dock_widget("napari-nuclei", "Correct nuclei")
    qtbot.waitUntil(lambda: not widget.busy, timeout=TIMEOUT_MS)
    return widget


def centres(widget) -> list[tuple[int, float, float]]:
    """Return number, row and column of nuclei in the middle of the image."""
    table = widget.queue.table
    rows = table["centroid_y" if "centroid_y" in table else "y"]
    columns = table["centroid_x" if "centroid_x" in table else "x"]
    middle = TILE * TILES / 2
    away = np.hypot(rows - middle, columns - middle)
    nearest = away.nsmallest(REPEATS * 8).index
    return [(int(n), float(rows[n]), float(columns[n])) for n in nearest]


def test_each_correction_answers_at_once_in_a_large_image(dock, qtbot) -> None:
    corrections, adding = dock.corrections, dock.adding
    waiting = iter(centres(dock))
    qtbot.wait(500)
    times: dict[str, list[float]] = {}

    def timed(name: str, call: Callable[[], object]) -> None:
        began = process_time()
        call()
        times.setdefault(name, []).append(process_time() - began)
        QApplication.processEvents()
        qtbot.waitUntil(lambda: not dock.busy, timeout=TIMEOUT_MS)

    def next_nucleus() -> tuple[float, float]:
        number, row, column = next(waiting)
        dock.session.select(number, (row, column))
        return row, column

    dock.act("next")  # adds the layer of marks
    for _ in range(REPEATS):
        row, column = next_nucleus()
        timed("delete", lambda at=(row, column): corrections.delete([at]))
        adding.add((row, column))  # runs the network
        qtbot.waitUntil(lambda: not dock.busy, timeout=TIMEOUT_MS)
        dock.corrections.delete([(row, column)])
        timed("add", lambda at=(row, column): adding.add(at))
        timed("scroll", lambda: adding.resize_added(1))
        row, column = next_nucleus()
        line = [(row - 20, column), (row + 20, column)]
        timed("split by a line", lambda path=line: corrections.split_by_line(path))
        row, column = next_nucleus()
        points = [(row - 3, column - 3), (row + 3, column + 3)]
        timed("split by clicks", lambda at=points: corrections.split_by_points(at))
        path = [next_nucleus(), next_nucleus()]
        timed("merge", lambda line=path: corrections.merge(line))
        row, column = next_nucleus()
        ring = [
            (row + 9 * np.sin(a), column + 9 * np.cos(a))
            for a in np.linspace(0, 2 * np.pi, 60)
        ]
        timed("redraw", lambda outline=ring: corrections.redraw(outline))
        next_nucleus()
        for name in ("grow", "shrink", "smooth", "fill", "accept", "next"):
            timed(name, lambda action=name: dock.act(action))
    print(f"\n{TILE * TILES} x {TILE * TILES}, {len(dock.queue.table)} nuclei, in ms:")
    for name, seconds in times.items():
        print(f"{name:16} {np.median(seconds) * 1e3:5.0f}")
    assert max(np.median(seconds) for seconds in times.values()) < LIMIT
