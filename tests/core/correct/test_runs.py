from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.correct.delete import delete
from napari_nuclei.core.correct.runs import decode_runs, encode_runs
from napari_nuclei.core.correct.split_line import split_by_line


def test_runs_hold_an_edit_exactly(pair: np.ndarray) -> None:
    edit = split_by_line(pair, 4, [(5, 30), (50, 31)])
    assert edit is not None
    runs = encode_runs(edit)
    assert len(runs) < 60  # about two per row, not one per pixel
    assert np.array_equal(decode_runs(runs, edit.before), edit.after)


def test_runs_of_other_labels_do_not_fit(pair: np.ndarray) -> None:
    edit = delete(pair, 7)
    assert edit is not None
    runs = encode_runs(edit)
    assert decode_runs(runs, edit.before + 1) is None
    assert decode_runs(runs, edit.before[:3]) is None


@pytest.mark.parametrize(
    "run", [[-1, 2, 0, 5], [0, 0, 0, 5], [3, 2, 0, 5], [0, 1, 0, 999]]
)
def test_damaged_runs_do_not_fit(run: list[int]) -> None:
    assert decode_runs([run], np.zeros((2, 2), np.uint8)) is None
