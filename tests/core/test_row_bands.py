from __future__ import annotations

import threading

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from napari_nuclei.core.row_bands import on_every_core, strips


@given(height=st.integers(1, 90), strip=st.integers(1, 100))
def test_every_row_lies_in_one_strip(height: int, strip: int) -> None:
    rows = [np.arange(height)[piece] for piece in strips(height, strip)]
    np.testing.assert_array_equal(np.concatenate(rows), np.arange(height))
    assert all(0 < len(some) <= strip for some in rows)


def test_results_come_in_order_from_several_threads(monkeypatch) -> None:
    monkeypatch.setattr("cv2.getNumThreads", lambda: 2)
    together = threading.Barrier(2, timeout=60)

    def work(item: int) -> int:
        together.wait()
        return 10 * item

    assert on_every_core(work, [3, 1, 2, 0]) == [30, 10, 20, 0]


def test_nothing_to_do_gives_nothing() -> None:
    assert on_every_core(str, []) == []
