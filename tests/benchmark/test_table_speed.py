"""Speed of the Nuclei table: edits of large labels, and tables of many rows."""

from __future__ import annotations

from collections.abc import Callable
from time import process_time

import numpy as np
import pandas as pd
import pytest
from napari.components import ViewerModel
from qtpy.QtCore import Qt

from napari_nuclei.widgets.nuclei.table.filter_expression import evaluate_filter
from napari_nuclei.widgets.nuclei.table.table_model import TableModel
from napari_nuclei.widgets.nuclei.table_session import TableSession

pytestmark = pytest.mark.benchmark

SIDE, NUCLEI_PER_ROW = 4096, 141
"""Size of the labels, and the root of their number of nuclei: about 20,000."""

ROWS, COLUMNS = 100_000, 40


def seconds(call: Callable[[], object]) -> float:
    """Return the processor time of a call, which other processes do not lengthen."""
    began = process_time()
    call()
    return process_time() - began


def test_an_edit_of_one_nucleus_among_twenty_thousand() -> None:
    cell = SIDE // NUCLEI_PER_ROW
    rows, columns = np.mgrid[:cell, :cell] - cell / 2
    disc = (rows**2 + columns**2 < (cell * 0.38) ** 2).astype(np.int32)
    numbers = np.arange(1, NUCLEI_PER_ROW**2 + 1).reshape((NUCLEI_PER_ROW,) * 2)
    labels = np.zeros((SIDE, SIDE), np.int32)
    labels[: cell * NUCLEI_PER_ROW, : cell * NUCLEI_PER_ROW] = np.kron(numbers, disc)
    viewer = ViewerModel()
    image = viewer.add_image(labels.astype(np.uint16), name="dapi")
    layer = viewer.add_labels(labels, name="nuclei")
    layer.visible = False  # without the time that napari takes to draw it
    session = TableSession(viewer)
    session.set_layers(layer, [image])
    layer.visible = True
    times = []
    for number in range(5):
        painted, place = 30_000 + number, (cell * 9 + 40 * number, 700)
        times.append(seconds(lambda n=painted, at=place: layer.paint(at, n)))
        assert session.frame["area"].get(painted)
    print(f"\nedit to table, {len(session.frame)} nuclei: {np.median(times):.3f} s")
    assert np.median(times) < 0.2


def test_a_table_of_a_hundred_thousand_rows(qapp) -> None:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        rng.normal(size=(ROWS, COLUMNS)),
        pd.RangeIndex(1, ROWS + 1, name="label"),
        [f"c{n}" for n in range(COLUMNS)],
    )
    model, shown = TableModel(), np.ones(ROWS, bool)
    found = {
        "fill": seconds(lambda: model.set_frame(frame, shown)),
        "sort": seconds(lambda: model.sort(3, Qt.SortOrder.DescendingOrder)),
        "filter": seconds(
            lambda: model.set_frame(frame, evaluate_filter("c1 > 0 and c2 < 1", frame))
        ),
        "select": seconds(lambda: model.rows_of(frozenset(range(1, ROWS, 2)))),
    }
    print("\n" + ", ".join(f"{name} {time:.3f} s" for name, time in found.items()))
    assert max(found.values()) < 0.1
