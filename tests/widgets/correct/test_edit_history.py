from __future__ import annotations

import numpy as np

from napari_nuclei.core.correct.delete import delete
from napari_nuclei.widgets.correct.edit_history import EditHistory


def test_what_the_pixels_say_is_undone_moves_and_comes_back() -> None:
    labels = np.array([[1, 0, 2, 0, 3]])
    history = EditHistory()
    for number in (1, 2):
        edit = delete(labels, number)
        edit.apply(labels)
        history.add(edit)
    assert not list(history.find_undone(labels))
    first, second = history.applied
    second.revert(labels)
    assert list(history.find_undone(labels)) == [second]
    first.revert(labels)
    assert list(history.find_undone(labels)) == [first]
    first.apply(labels)
    second.apply(labels)
    assert list(history.find_redone(labels)) == [first, second]


def test_a_new_edit_forgets_what_was_undone() -> None:
    labels = np.array([[1, 0, 2]])
    history = EditHistory()
    first, second = delete(labels, 1), delete(labels, 2)
    history.add(first)
    assert list(history.find_undone(labels)) == [first]
    second.apply(labels)
    history.add(second)
    assert history.applied == [second] and not history.undone


def test_an_edit_of_other_data_is_not_undone() -> None:
    history = EditHistory()
    history.add(delete(np.array([[0, 0, 1]]), 1))
    assert not list(history.find_undone(np.zeros((1, 2), int)))
