from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from napari_nuclei.core.correct.delete import delete
from napari_nuclei.widgets.correct.session import CorrectionSession
from napari_nuclei.widgets.correct.suspect_queue import SuspectQueue, with_confidence

CONFIDENCE = [np.nan, 0.9, 0.3, 0.95, 0.8, 0.6, 0.99]


@pytest.fixture
def queue(session) -> SuspectQueue:
    """Return a queue in which nucleus 2 is the first suspect, then 5."""
    session.viewer.canvas.size = (600, 800)
    session.layer.features = pd.DataFrame({"label": range(7), "confidence": CONFIDENCE})
    queue = SuspectQueue(session)
    queue.measure()
    return queue


def test_next_moves_to_the_least_certain_nucleus(queue, session) -> None:
    camera = session.viewer.scene.camera
    camera.zoom = 1
    assert queue.next() and queue.current == session.selected == 2
    np.testing.assert_allclose(camera.center[-2:], (30, 52))
    assert camera.zoom * 21 == pytest.approx(600 / 6)
    assert session.selected_at == pytest.approx((30, 52))
    assert queue.next() and queue.current == 5
    assert queue.previous() and queue.current == 2
    assert not queue.previous() and queue.current == 2


def test_accepted_and_corrected_nuclei_leave_the_queue(queue, session) -> None:
    assert queue.describe().startswith("0 of 6 checked, expected errors left: ")
    session.accept([2])
    part = session.part()
    session.apply(part, [delete(part.labels, 5)])
    assert queue.describe().startswith("1 of 5 checked")
    queue.next()
    assert queue.current == 4
    session.layer.undo()
    assert queue.describe().startswith("1 of 6 checked")
    session.accept(range(1, 7))
    assert not queue.next()
    assert queue.describe() == "6 of 6 checked, expected errors left: 0"


def test_after_the_last_suspect_comes_the_first_again(queue) -> None:
    seen = [queue.next() and queue.current for _ in range(7)]
    assert sorted(seen[:6]) == [1, 2, 3, 4, 5, 6] and seen[6] == seen[0]


def test_the_reason_is_said_in_words(queue) -> None:
    queue.next()
    assert queue.describe_current().startswith("Nucleus 2: ")
    assert ".3" in queue.describe_current()


def test_the_confidence_of_an_edited_nucleus_is_not_used(queue, session) -> None:
    table = with_confidence(queue.live._frame, session.layer, [2])
    assert np.isnan(table.loc[2, "confidence"]) and table.loc[5, "confidence"] == 0.6


def test_a_suspect_of_a_stack_moves_to_its_slice(volume) -> None:
    volume.canvas.size = (600, 800)
    queue = SuspectQueue(CorrectionSession(volume))
    queue.measure()
    volume.dims.set_current_step(0, 0)
    assert queue.next() and volume.dims.current_step[0] in (1, 2)


def test_without_labels_there_is_nothing_to_check(queue, session) -> None:
    session.viewer.layers.remove(session.layer)
    assert queue.describe() == "There are no nuclei to check." and not queue.next()
    assert queue.describe_current() == ""
