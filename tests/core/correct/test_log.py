from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from napari_nuclei.core.correct.delete import delete
from napari_nuclei.core.correct.edit import Edit
from napari_nuclei.core.correct.log import CorrectionLog, replay
from napari_nuclei.core.correct.merge import merge
from napari_nuclei.core.correct.reshape import redraw
from napari_nuclei.core.correct.split_points import split_by_points


def made(edit: Edit | None, labels: np.ndarray) -> Edit:
    assert edit is not None
    edit.apply(labels)
    return edit


def corrected(pair: np.ndarray) -> tuple[np.ndarray, CorrectionLog]:
    """Return the labels after a split, a redrawing, an undo, and added nuclei."""
    labels, log = pair.copy(), CorrectionLog(pair.shape)
    split = made(split_by_points(labels, 4, [(25, 20), (25, 38)]), labels)
    log.add(split, point=(25, 20), points=np.array([(25, 20), (25, 38)]))
    deleted = made(delete(labels, 7), labels)
    log.add(deleted)
    deleted.revert(labels)
    log.add(deleted.inverse())
    drawn = made(redraw(labels, 12, [(2, 60), (2, 70), (9, 70), (9, 60)]), labels)
    log.add(drawn)
    log.accept([7])
    return labels, log


def test_a_replay_gives_the_same_labels(pair: np.ndarray) -> None:
    before = pair.copy()
    labels, log = corrected(pair)
    assert np.array_equal(replay(pair, log), labels)
    assert np.array_equal(pair, before)


def test_an_entry_says_what_where_and_when(pair: np.ndarray) -> None:
    _, log = corrected(pair)
    first = log.corrections[0]
    assert (first.kind, first.touched, first.new) == ("split", (4,), (8,))
    assert first.point == (25.0, 20.0)
    assert first.arguments == {"points": [[25, 20], [25, 38]]}
    age = datetime.now(UTC) - datetime.fromisoformat(first.when)
    assert timedelta(0) <= age < timedelta(minutes=5)
    noon = datetime(2026, 5, 1, 12, tzinfo=timezone(timedelta(hours=2)))
    assert log.accept([1], when=noon).when == "2026-05-01T10:00:00.000+00:00"


def test_the_summary_counts_nuclei_that_had_to_be_touched(pair: np.ndarray) -> None:
    _, log = corrected(pair)
    table = log.summary(pair)
    assert table.index.tolist() == ["redraw", "split", "accept", "all"]
    assert table.loc["split"].tolist() == [1, 1, 0.5]
    assert table.loc["all"].tolist() == [2, 1, 0.5]  # the undone one does not count
    assert CorrectionLog(pair.shape).summary(pair).loc["all"].tolist() == [0, 0, 0]


def test_an_undo_is_undone_by_the_original_edit(pair: np.ndarray) -> None:
    labels, log = pair.copy(), CorrectionLog(pair.shape)
    edit = made(merge(labels, [4, 7]), labels)
    for entry in (edit, edit.inverse(), edit):
        log.add(entry)
    assert np.array_equal(replay(pair, log), labels)
    assert [one.kind for one in log.effective()] == ["merge"]
    assert edit.inverse().touched == (7,) or edit.inverse().touched == (4,)


def test_a_log_of_other_labels_is_refused(pair: np.ndarray) -> None:
    _, log = corrected(pair)
    with pytest.raises(ValueError, match="belong to labels of shape"):
        replay(pair[:40], log)
    with pytest.raises(ValueError, match=r"'split' of .* does not fit these labels"):
        replay(pair * 0, log)
