from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei import replay_corrections
from napari_nuclei.core.correct.delete import delete
from napari_nuclei.core.correct.merge import merge
from napari_nuclei.widgets.correct.log_recorder import LogRecorder


@pytest.fixture
def recorder(session) -> LogRecorder:
    return LogRecorder(session)


def correct(session) -> None:
    """Delete, merge, paint, undo two steps, redo one of them and accept."""
    layer = session.layer
    part = session.part()
    session.apply(part, [delete(part.labels, 4), delete(part.labels, 6)])
    session.apply(part, [merge(part.labels, [1, 2])])
    layer.paint((60, 60), 9)
    layer.undo()
    layer.undo()
    layer.redo()
    session.accept([3])
    session.accept([3, 5])


def test_the_log_replays_to_the_pixel(recorder, session, plane, tmp_path) -> None:
    correct(session)
    path = tmp_path / "log.json"
    assert recorder.save(path) == 9
    np.testing.assert_array_equal(replay_corrections(plane, path), session.layer.data)
    summary = recorder.log.summary(plane)
    assert summary.loc["delete", "nuclei"] == 2 and summary.loc["merge", "nuclei"] == 2
    assert summary.loc["accept", "nuclei"] == 2


def test_each_layer_and_each_data_has_its_own_log(recorder, session, plane) -> None:
    correct(session)
    first = session.layer
    count = len(recorder.log)
    session.viewer.add_labels(plane.copy(), name="other")
    assert len(recorder.log) == 0
    session.viewer.layers.selection.active = first
    assert len(recorder.log) == count
    first.data = plane.copy()
    assert len(recorder.log) == 0


def test_without_corrections_there_is_nothing_to_save(recorder, tmp_path) -> None:
    with pytest.raises(ValueError, match="Nothing was corrected yet"):
        recorder.save(tmp_path / "log.json")
    assert not list(tmp_path.glob("*.json"))
