from __future__ import annotations

import threading

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from napari_nuclei.core.row_bands import map_threads, split_rows


@given(height=st.integers(1, 90), band_height=st.integers(1, 100))
def test_every_row_lies_in_one_band(height: int, band_height: int) -> None:
    rows = [np.arange(height)[piece] for piece in split_rows(height, band_height)]
    np.testing.assert_array_equal(np.concatenate(rows), np.arange(height))
    assert all(0 < len(some) <= band_height for some in rows)


def test_results_come_in_order_from_several_threads(monkeypatch) -> None:
    monkeypatch.setattr("cv2.getNumThreads", lambda: 2)
    together = threading.Barrier(2, timeout=60)

    def work(item: int) -> int:
        together.wait()
        return 10 * item

    assert map_threads(work, [3, 1, 2, 0]) == [30, 10, 20, 0]


def test_no_items_give_no_results() -> None:
    assert map_threads(str, []) == []
