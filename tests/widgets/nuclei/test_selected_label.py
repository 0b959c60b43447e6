from __future__ import annotations

import numpy as np
import pytest
from napari.components import ViewerModel

from napari_nuclei.widgets.nuclei.selected_label import SelectedLabel
from napari_nuclei.widgets.nuclei.table_session import TableSession


@pytest.fixture
def session() -> TableSession:
    """Return the table of three nuclei."""
    labels = np.zeros((20, 60), np.int32)
    for number in (1, 2, 3):
        labels[5:15, 20 * number - 15 : 20 * number - 5] = number
    viewer = ViewerModel()
    layer = viewer.add_labels(labels)
    session = TableSession(viewer)
    session.set_layers(layer)
    return session


@pytest.fixture
def follower(session):
    """Keep the object, whose calls napari refers to weakly."""
    return SelectedLabel(session)


def test_the_row_of_the_selected_label_is_selected(session, follower) -> None:
    layer = session.labels_layer
    layer.selected_label = 2
    assert session.selected == {2}
    layer.selected_label = 9  # a new nucleus is about to be painted
    assert session.selected == {2}
    follower.stop()
    layer.selected_label = 3
    assert session.selected == {2}


def test_several_selected_rows_stay(session, follower) -> None:
    session.select([1, 3])
    session.labels_layer.selected_label = 1
    assert session.selected == {1, 3}


def test_another_layer_is_followed(session, follower) -> None:
    first = session.labels_layer
    second = session.viewer.add_labels(first.data.copy())
    session.set_layers(second)
    first.selected_label = 3
    assert not session.selected
    second.selected_label = 3
    assert session.selected == {3}
