from __future__ import annotations

import cv2
import numpy as np
import pytest

from napari_nuclei.widgets.correct.click_corrections import Corrections
from napari_nuclei.widgets.correct.correct_session import CorrectionSession
from napari_nuclei.widgets.correct.maps.crop_maps import FROM_CROP, CropMaps
from napari_nuclei.widgets.correct.maps.map_provider import MapProvider


@pytest.fixture
def corrections(session):
    """Return the operations on `session`, without a network."""
    maps = MapProvider(session.viewer)
    maps.find = lambda *_: None
    return Corrections(session, maps)


@pytest.fixture
def pair(session):
    """Draw nucleus 8: two discs with a neck between the columns 90 and 110."""
    layer = session.layer
    for column in (90, 110):
        cv2.circle(layer.data, (column, 50), 11, 8, cv2.FILLED)
    layer.refresh()
    session.state.highest = 8
    return (50.0, 90.0), (50.0, 110.0)


def numbers(session) -> list[int]:
    return [int(number) for number in np.unique(session.layer.data)[1:]]


def undo_is_one_step(session, before) -> None:
    session.layer.undo()
    np.testing.assert_array_equal(session.layer.data, before)


def test_delete_removes_what_is_clicked_or_crossed(corrections, session) -> None:
    before = session.layer.data.copy()
    corrections.delete([(30, 30)])
    assert numbers(session) == [2, 3, 4, 5, 6]
    undo_is_one_step(session, before)
    corrections.delete([(30, 30), (30, 60), (90, 30)])
    assert numbers(session) == [3, 5, 6]
    undo_is_one_step(session, before)
    corrections.delete([(60, 60)])
    np.testing.assert_array_equal(session.layer.data, before)
    assert session.messages == [
        "Deleted nucleus 1.",
        "Undone: delete.",
        "Deleted nuclei 1, 2 and 4.",
        "Undone: delete.",
        "There is no nucleus here. Click on a nucleus to delete it.",
    ]


def test_merge_joins_what_is_crossed_and_closes_the_slit(corrections, session) -> None:
    before = session.layer.data.copy()
    corrections.merge([(30, 30), (30, 52)])
    assert numbers(session) == [1, 3, 4, 5, 6] and session.selected == 1
    assert (session.layer.data[30, 25:57] == 1).all()
    undo_is_one_step(session, before)
    corrections.merge([(30, 30), (30, 33)])
    np.testing.assert_array_equal(session.layer.data, before)
    assert session.messages[-1] == "Drag from one nucleus to another to merge them."


def test_a_line_splits_the_nucleus_that_it_crosses_most(corrections, session) -> None:
    before = session.layer.data.copy()
    corrections.split_by_line([(30, 15), (30, 42)])
    left = session.layer.data == 7
    assert numbers(session) == [1, 2, 3, 4, 5, 6, 7]
    assert 120 < left.sum() < 200
    np.testing.assert_array_equal(left | (session.layer.data == 1), before == 1)
    undo_is_one_step(session, before)
    corrections.split_by_line([(60, 60), (60, 70)])
    assert session.messages[-1] == "Draw the line across a nucleus to split it."


def test_two_clicks_split_at_the_neck(corrections, session, pair) -> None:
    before = session.layer.data.copy()
    corrections.split_by_points(pair)
    left, right = (session.layer.data[tuple(map(int, one))] for one in pair)
    assert {int(left), int(right)} == {8, 9}
    assert session.layer.data[50, 98] == left and session.layer.data[50, 102] == right
    assert session.messages == [
        "Split nucleus 8 by the distance to its outline; new: nucleus 9."
    ]
    undo_is_one_step(session, before)


def test_a_split_uses_the_distance_of_the_network(corrections, session, pair) -> None:
    distance = np.ones((40, 60), np.float32)
    distance[:, 94 - 80] = 0.1  # the network sees the border further left
    maps = CropMaps((slice(30, 70), slice(80, 140)), None, distance, source=FROM_CROP)
    corrections._maps.find = lambda *_: maps
    corrections.split_by_points(pair)
    assert session.layer.data[50, 98] == session.layer.data[50, 110]
    assert "by the network on this spot" in session.messages[0]


def test_the_selected_nucleus_is_split_at_its_neck(corrections, session, pair) -> None:
    session.select(8)
    corrections.split_automatically()
    assert session.layer.data[50, 90] != session.layer.data[50, 110]
    session.select(3)
    corrections.split_automatically()
    assert session.messages[-1] == "Nucleus 3 has no waist. Draw a line with Split."


def test_an_outline_replaces_a_nucleus_or_adds_one(corrections, session) -> None:
    before = session.layer.data.copy()
    square = [(82, 142), (82, 158), (98, 158), (98, 142)]
    corrections.redraw(square)
    assert (session.layer.data == 6).sum() == 17 * 17 and session.selected == 6
    undo_is_one_step(session, before)
    corrections.redraw([(50, 90), (50, 110), (70, 110), (70, 90)])
    assert numbers(session)[-1] == 7
    corrections.redraw([(30, 30), (31, 31)])
    assert session.messages == [
        "Redrew nucleus 6.",
        "Undone: redraw.",
        "Added nucleus 7.",
        "Draw round a nucleus with the mouse button pressed.",
    ]


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("grow", "Grew nucleus 5."),
        ("shrink", "Shrank nucleus 5."),
        ("smooth", "Smoothed nucleus 5."),
        ("fill", "Filled the holes of nucleus 5."),
    ],
)
def test_the_selected_nucleus_is_reshaped(corrections, session, kind, message) -> None:
    layer = session.layer
    layer.data[90, 90] = 0  # a hole
    layer.data[90, 100:104] = 5  # a spike
    before = layer.data.copy()
    session.select(5)
    corrections.reshape(kind)
    changed = layer.data != before
    assert changed.any() and set(np.unique(before[changed])) <= {0, 5}
    assert layer.data[90, 90] == (0 if kind == "shrink" else 5)
    assert session.messages == [message]
    undo_is_one_step(session, before)


def test_a_nucleus_is_accepted_and_not_any_more(corrections, session) -> None:
    session.select(2)
    assert corrections.accept() and session.state.accepted == {2}
    assert not corrections.accept() and not session.state.accepted


@pytest.mark.parametrize("call", ["accept", "split_automatically"])
def test_without_a_selection_a_button_says_what_to_do(corrections, call) -> None:
    with pytest.raises(ValueError, match="Select a nucleus first: click on it"):
        getattr(corrections, call)()


def test_a_volume_is_corrected_as_a_whole(volume) -> None:
    session = CorrectionSession(volume)
    corrections = Corrections(session, MapProvider(volume))
    corrections.split_by_line([(15, 30), (45, 30)])
    assert [len(np.unique(one)) for one in session.layer.data] == [1, 8, 8, 1]
    corrections.merge([(30, 22), (30, 52)])
    session.select(5)
    corrections.reshape("grow")
    areas = [(one == 5).sum() for one in session.layer.data]
    assert areas[1] == areas[2] > 317
    corrections.redraw([(82, 142), (82, 158), (98, 158), (98, 142)])
    assert [(one == 6).sum() for one in session.layer.data] == [0, 289, 317, 0]
