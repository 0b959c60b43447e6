from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.correct.delete import delete
from napari_nuclei.widgets.correct.correct_session import CorrectionSession
from napari_nuclei.widgets.correct.marks import Marks
from napari_nuclei.widgets.correct.selection import Selection


@pytest.fixture
def marks(session) -> Marks:
    return Marks(session.viewer)


@pytest.fixture
def selection(session, marks) -> Selection:
    return Selection(session, marks)


@pytest.fixture
def click(session, selection, gesture):
    """Return a function that clicks, or drags, with the mouse on the canvas."""
    viewer = session.viewer
    return lambda *points: gesture(
        session.layer, [selection._on_press], *points, obj=viewer
    )


def test_a_click_selects_a_nucleus_with_a_ring(session, marks, click) -> None:
    click((90, 95))
    assert session.selected == session.layer.selected_label == 5
    centre = marks.layer.data[:, 0].mean(axis=0)
    np.testing.assert_allclose(centre, (90, 90), atol=1)
    click((60, 60))
    assert session.selected == 0 and not len(marks.layer.data)


def test_a_drag_or_a_brush_selects_nothing(session, click) -> None:
    click((90, 90), (90, 120))
    session.layer.mode = "paint"
    click((90, 90))
    assert session.selected == 0


def test_the_ring_follows_edits_of_its_nucleus(session, marks, click) -> None:
    click((90, 90))
    part = session.part()
    session.apply(part, [delete(part.labels, 1)])
    assert len(marks.layer.data)
    session.apply(part, [delete(part.labels, 5)])
    assert not len(marks.layer.data)
    session.layer.undo()
    assert len(marks.layer.data)


def test_a_position_without_a_nucleus_has_a_ring_until_a_click(
    session, marks, click
) -> None:
    for centre in ((60, 60), (60, 120)):
        session.select(0, centre, 20)
        found = marks.layer.data[:, 0].mean(axis=0)
        np.testing.assert_allclose(found, centre, atol=1)
    click((60, 20))
    assert not len(marks.layer.data) and not session.spot_size


def test_the_ring_follows_the_slice(volume) -> None:
    session, marks = CorrectionSession(volume), Marks(volume)
    Selection(session, marks)
    session.select(5)
    assert set(marks.layer.data[:, 0, 0]) == {1}
    volume.dims.set_current_step(0, 2)
    assert set(marks.layer.data[:, 0, 0]) == {2}
    volume.dims.set_current_step(0, 3)
    assert not len(marks.layer.data)
    session.select(0, (60, 60), 20)
    volume.dims.set_current_step(0, 2)
    assert not len(marks.layer.data)
    volume.dims.set_current_step(0, 3)
    assert set(marks.layer.data[:, 0, 0]) == {3}


def test_after_stop_clicks_are_ignored(session, selection) -> None:
    selection.stop()
    assert selection._on_press not in session.viewer.mouse_drag_callbacks
