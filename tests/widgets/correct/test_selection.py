from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.correct.delete import delete
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


def test_after_stop_clicks_are_ignored(session, selection) -> None:
    selection.stop()
    assert selection._on_press not in session.viewer.mouse_drag_callbacks
