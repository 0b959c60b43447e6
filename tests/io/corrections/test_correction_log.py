from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from napari_nuclei import (
    CorrectionLog,
    read_corrections,
    replay_corrections,
    write_corrections,
)
from napari_nuclei.core.correct.merge import merge
from napari_nuclei.core.correct.split_line import split_by_line


@pytest.fixture
def labels() -> np.ndarray:
    labels = np.zeros((30, 40), np.int32)
    labels[5:25, 5:18] = 3
    labels[5:25, 19:35] = 9
    return labels


@pytest.fixture
def log(labels: np.ndarray) -> CorrectionLog:
    log = CorrectionLog(labels.shape)
    edit = merge(labels, [3, 9])
    assert edit is not None
    log.add(edit, point=(10, 10), numbers=[3, 9])
    merged = labels.copy()
    edit.apply(merged)
    line = [(0, 20), (29, 22)]
    edit = split_by_line(merged, 9, line)
    assert edit is not None
    log.add(edit, line=line)
    log.accept([9])
    return log


def test_a_file_gives_back_the_log(
    tmp_path: Path, labels: np.ndarray, log: CorrectionLog
) -> None:
    path = tmp_path / "new folder" / "corrections.json"
    write_corrections(log, path)
    again = read_corrections(str(path))
    assert again == log
    from_log = replay_corrections(labels, log)
    assert np.array_equal(replay_corrections(labels, path), from_log)
    assert np.unique(from_log).tolist() == [0, 9, 10]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c | {"format": "other"}, "not a log of corrections"),
        (lambda c: c | {"version": 2}, "later version"),
        (lambda c: [], "not a log of corrections"),
        (lambda c: c | {"corrections": [{}]}, "not a log of corrections"),
        (lambda c: c | {"shape": None}, "not a log of corrections"),
        (
            lambda c: c | {"corrections": [c["corrections"][0] | {"runs": [[1, 2]]}]},
            "not a log of corrections",
        ),
        (
            lambda c: c | {"corrections": [c["corrections"][0] | {"region": [[5, 2]]}]},
            "not a log of corrections",
        ),
    ],
)
def test_a_wrong_file_is_one_clear_error(
    tmp_path: Path, log: CorrectionLog, change: object, message: str
) -> None:
    path = tmp_path / "corrections.json"
    write_corrections(log, path)
    content = json.loads(path.read_text())
    path.write_text(json.dumps(change(content)))  # type: ignore[operator]
    with pytest.raises(ValueError, match=message):
        read_corrections(path)


def test_a_file_cut_short_is_an_error(tmp_path: Path, log: CorrectionLog) -> None:
    path = tmp_path / "corrections.json"
    write_corrections(log, path)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(ValueError, match="not a log of corrections"):
        read_corrections(path)
    with pytest.raises(OSError):
        read_corrections(tmp_path / "missing.json")
