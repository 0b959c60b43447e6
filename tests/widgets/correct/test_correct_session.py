from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_nuclei.core.correct.delete import delete
from napari_nuclei.core.correct.merge import merge
from napari_nuclei.widgets.correct.correct_session import CorrectionSession
from napari_nuclei.widgets.correct.layer_state import CORRECTIONS_KEY


@pytest.fixture
def heard(session):
    """Return a list of what the session has emitted: its signal, and the kind."""
    heard = []
    session.edited.connect(lambda edit: heard.append(("edited", edit.kind)))
    session.undone.connect(lambda edit: heard.append(("undone", edit.kind)))
    session.accepted.connect(lambda labels: heard.append(("accepted", labels)))
    return heard


def remove(session, *numbers: int) -> None:
    part = session.part()
    session.apply(part, [delete(part.labels, number) for number in numbers])


def test_an_edit_is_one_step_of_undo_and_of_redo(session, heard) -> None:
    layer = session.layer
    before = layer.data.copy()
    remove(session, 1, 4, 6)
    assert set(np.unique(layer.data)) == {0, 2, 3, 5}
    layer.undo()
    np.testing.assert_array_equal(layer.data, before)
    layer.redo()
    assert set(np.unique(layer.data)) == {0, 2, 3, 5}
    assert [name for name, _ in heard] == ["edited"] * 3 + ["undone"] * 3 + [
        "edited"
    ] * 3


def test_edits_are_undone_in_their_order_among_brush_strokes(session, heard) -> None:
    layer = session.layer
    remove(session, 1)
    layer.selected_label = 9
    layer.paint((60, 60), 9)
    part = session.part()
    session.apply(part, [merge(part.labels, [3, 6])])
    for _ in range(3):
        layer.undo()
    assert heard == [
        ("edited", "delete"),
        ("edited", "paint"),
        ("edited", "merge"),
        ("undone", "merge"),
        ("undone", "paint"),
        ("undone", "delete"),
    ]
    assert not session.state.corrected


def test_undo_and_redo_are_told(session) -> None:
    remove(session, 1)
    session.layer.undo()
    session.layer.redo()
    assert session.messages == ["Undone: delete.", "Redone: delete."]


def test_a_label_that_is_chosen_elsewhere_is_selected(session) -> None:
    session.select(2)
    session.layer.selected_label = 5
    assert session.selected == 5
    session.layer.mode = "pick"  # a tool is on: its clicks choose labels
    session.layer.selected_label = 3
    assert session.selected == 5


def test_painted_nuclei_count_as_corrected_and_their_numbers_as_used(session) -> None:
    layer = session.layer
    layer.paint((60, 60), 9)
    (edit,) = session.state.history.applied
    assert edit.new == (9,) and edit.touched == ()
    assert session.state.corrected == {9}
    layer.undo()
    assert session.new_label() == 10  # 9 was used


def test_accepted_nuclei_are_remembered_by_the_layer(session, heard) -> None:
    session.accept([2, 5])
    session.accept([2], right=False)
    session.accept([2], right=False)
    remove(session, 6)
    assert heard == [
        ("accepted", frozenset({2, 5})),
        ("accepted", frozenset({5})),
        ("edited", "delete"),
    ]
    saved = session.layer.metadata[CORRECTIONS_KEY]
    assert saved == {"accepted": [5], "corrected": [6], "highest_label": 6}
    later = CorrectionSession(session.viewer)
    assert later.state.checked == {5, 6} and later.new_label() == 7


def test_the_active_labels_layer_is_followed(session, plane) -> None:
    viewer, first = session.viewer, session.layer
    viewer.layers.selection.active = viewer.layers["cells"]
    assert session.layer is first
    second = viewer.add_labels(plane.copy(), name="second")
    assert session.layer is second
    viewer.layers.remove(second)
    assert session.layer is first
    viewer.layers.remove(first)
    assert session.layer is None
    with pytest.raises(ValueError, match="Open or make a Labels layer first"):
        session.part()


def test_undo_of_a_layer_that_is_not_followed_is_noticed_later(session, plane) -> None:
    first = session.layer
    remove(session, 1)
    session.viewer.add_labels(plane.copy(), name="second")
    first.undo()
    session.viewer.layers.selection.active = first
    assert not session.state.corrected


def test_replaced_data_start_a_new_history(session, plane) -> None:
    remove(session, 1)
    session.accept([2])
    session.layer.data = plane * 2
    assert not session.state.history.applied
    assert session.state.checked == {1, 2}
    assert session.new_label() == 13


def test_a_nucleus_of_a_volume_is_corrected_in_all_its_slices(volume) -> None:
    session = CorrectionSession(volume)
    assert session.whole_nucleus and session.has_slices
    remove(session, 1)
    assert not (session.layer.data == 1).any()
    session.layer.undo()
    session.whole_nucleus = False
    remove(session, 1)
    assert [bool((one == 1).any()) for one in session.layer.data] == [
        False,
        False,
        True,
        False,
    ]


def test_a_run_that_fills_its_layer_at_the_end_decides_about_slices(volume) -> None:
    layer = volume.layers["nuclei"]
    found, layer.data = layer.data, np.zeros_like(layer.data)
    session = CorrectionSession(volume)
    assert not session.whole_nucleus
    layer.data = found
    assert session.whole_nucleus
    session.whole_nucleus = False  # the user's choice
    layer.data = found * 2
    assert not session.whole_nucleus


def test_labels_of_a_small_type_run_out_of_numbers_in_words(plane) -> None:
    viewer = ViewerModel()
    viewer.add_labels(np.where(plane == 6, 255, plane).astype(np.uint8))
    with pytest.raises(ValueError, match="no number above 255; convert the layer"):
        CorrectionSession(viewer).new_label()


def test_a_closed_session_follows_nothing(session, plane) -> None:
    first = session.layer
    session.close()
    session.viewer.add_labels(plane.copy())
    first.paint((60, 60), 9)
    assert session.layer is first and not session.state.history.applied
