from __future__ import annotations

import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_nuclei.core.row_bands import helper_threads, map_threads, split_rows


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


@pytest.fixture
def two_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cv2.getNumThreads", lambda: 2)


def test_calls_may_be_nested(two_threads) -> None:
    def work(item: int) -> list[int]:
        return map_threads(lambda inner: 10 * item + inner, range(20))

    expected = [list(range(10 * item, 10 * item + 20)) for item in range(50)]
    assert map_threads(work, range(50)) == expected


@pytest.mark.parametrize("wrong", [0, 7])
def test_an_error_of_any_item_is_raised(two_threads, wrong: int) -> None:
    def work(item: int) -> int:
        if item == wrong:
            raise ValueError(f"wrong {item}")
        return item

    with pytest.raises(ValueError, match=f"wrong {wrong}"):
        map_threads(work, range(8))
    assert map_threads(str, range(3)) == ["0", "1", "2"]


def test_a_forked_process_starts_threads_of_its_own() -> None:
    assert helper_threads(1) is helper_threads(1)
    assert helper_threads(1) is not helper_threads(2)
