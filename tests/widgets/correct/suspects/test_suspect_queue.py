from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from napari.components import ViewerModel
from napari.layers import Image

from napari_nuclei import SegmentConfig
from napari_nuclei.core.correct.delete import delete
from napari_nuclei.core.correct.reshape import grow
from napari_nuclei.widgets.correct.correct_session import CorrectionSession
from napari_nuclei.widgets.correct.suspects.suspect_queue import SuspectQueue
from napari_nuclei.widgets.layers.image_source import make_image_source
from napari_nuclei.widgets.segment.in_memory import segment_in_memory
from napari_nuclei.widgets.segment.layer_data import labels_layer_kwargs
from napari_nuclei.widgets.segment.live.relabel_layer import RelabelLayer

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


def test_the_reason_is_said_in_words(queue, session) -> None:
    queue.next()
    assert queue.describe_current().startswith("Nucleus 2: ")
    assert ".3" in queue.describe_current()
    session.select(5)
    assert queue.describe_current().startswith("Nucleus 5: ")
    session.accept([5])
    assert queue.describe_current().startswith("Nucleus 5 (accepted): ")


def test_a_suspect_of_a_stack_moves_to_its_slice(volume) -> None:
    volume.canvas.size = (600, 800)
    queue = SuspectQueue(CorrectionSession(volume))
    queue.measure()
    volume.dims.set_current_step(0, 0)
    assert queue.next() and volume.dims.current_step[0] in (1, 2)


def test_without_labels_there_is_nothing_to_check(queue, session) -> None:
    session.viewer.layers.remove(session.layer)
    assert queue.describe() == (
        "No labels are open. Run Segment nuclei, or open a Labels layer."
    )
    assert not queue.next()
    assert queue.describe_current() == ""


@pytest.fixture
def queue_with_missed(queue):
    """Add two positions: one is the most likely error, the other the least likely."""
    box = {"bbox_y0": 0, "bbox_x0": 0, "bbox_y1": 20, "bbox_x1": 20}
    rows = [
        {"centroid_y": 60, "centroid_x": 120, "error_probability": 0.99, **box},
        {"centroid_y": 60, "centroid_x": 20, "error_probability": 0.001, **box},
    ]
    queue.missed = pd.DataFrame(rows, index=[-1, -2]).assign(reason="no label")
    return queue


def test_positions_without_a_nucleus_are_shown_too(queue_with_missed, session) -> None:
    assert (
        queue_with_missed.next()
        and queue_with_missed.current == -1
        and session.selected == 0
    )
    assert queue_with_missed.describe_current() == (
        "Perhaps missed: no label. Add it, or press C if there is none."
    )
    np.testing.assert_allclose(session.viewer.scene.camera.center[-2:], (60, 120))
    before = queue_with_missed.describe()
    assert queue_with_missed.dismiss() and not queue_with_missed.missed.empty
    assert queue_with_missed.describe() != before
    assert queue_with_missed.next() and queue_with_missed.current == 2
    assert not queue_with_missed.dismiss()


def test_a_position_that_is_no_longer_selected_is_not_dismissed(
    queue_with_missed, session
) -> None:
    queue_with_missed.next()
    session.select(0)
    assert not queue_with_missed.dismiss() and not queue_with_missed.describe_current()


def test_the_confidence_of_a_nucleus_counts_again_after_undo(queue, session) -> None:
    reason = queue.table.loc[2, "reason"]
    part = session.part()
    session.apply(part, [grow(part.labels, 2)])
    queue.measure()
    assert "confidence" not in queue.table.loc[2, "reason"]
    session.layer.undo()
    queue.measure()
    assert queue.table.loc[2, "reason"] == reason and "confidence" in reason


def test_a_position_leaves_when_a_nucleus_is_drawn_there(
    queue_with_missed, session
) -> None:
    session.layer.paint((60, 120), 9)
    assert queue_with_missed.next() and queue_with_missed.current == 2
    session.layer.undo()
    queue_with_missed.next()
    assert queue_with_missed.current == -1


def test_of_a_run_the_positions_that_it_missed_are_found(
    stack, network, own_models
) -> None:
    source = make_image_source(Image(stack), (0, 0, 0))
    config = SegmentConfig(diameter="native")
    run = segment_in_memory(source, own_models / "discs", config, lambda step: None)
    viewer = ViewerModel()
    viewer.canvas.size = (600, 800)
    row, column = 37, 90
    missed = run.labels[2] == run.labels[2, row, column]
    run.labels[2][missed] = 0
    layer = viewer.add_labels(run.labels, **labels_layer_kwargs(run))
    layer.fill((1, row, column), 0)  # deleted by the user: not missed
    queue = SuspectQueue(CorrectionSession(viewer))
    queue.measure()
    assert queue.next() and not len(queue.missed)
    target = RelabelLayer(run, layer)  # as Segment does after it has added the layer
    queue.follow_run()
    assert target.run is run and len(queue.missed) == 1
    assert queue.next()
    while queue.current > 0:
        assert queue.next()
    assert queue.current == -1 and viewer.dims.current_step[0] == 2
    np.testing.assert_allclose(viewer.scene.camera.center[-2:], (row, column), atol=2)
