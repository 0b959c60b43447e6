from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.widgets.nuclei.highlight import MARGIN, NAME, Highlight
from napari_nuclei.widgets.nuclei.table_session import TableSession


@pytest.fixture
def session(model) -> TableSession:
    session = TableSession(model)
    session.set_layers(model.layers["nuclei"], [])
    return session


@pytest.fixture
def highlight(session) -> Highlight:
    return Highlight(session)


def test_there_is_a_ring_round_each_selected_nucleus(session, highlight, model) -> None:
    assert highlight.layer is None
    session.select([2, 6])
    assert highlight.layer is model.layers[NAME]
    chosen = session.frame.loc[[2, 6]]
    np.testing.assert_array_equal(
        highlight.layer.data, chosen[["centroid_y", "centroid_x"]]
    )
    sides = chosen["bbox_x1"] - chosen["bbox_x0"]
    np.testing.assert_allclose(highlight.layer.size, sides * MARGIN)
    assert model.layers.selection.active is session.labels_layer
    session.select(())
    assert len(highlight.layer.data) == 0


def test_rings_lie_on_the_nuclei_of_a_moved_layer(session, highlight) -> None:
    session.labels_layer.scale, session.labels_layer.translate = (2, 2), (5, 9)
    session.select([1])
    (centre,) = highlight.layer.data
    np.testing.assert_allclose(
        highlight.layer.data_to_world(centre),
        session.labels_layer.data_to_world((30, 30)),
    )


def test_an_edit_moves_the_ring(session, highlight) -> None:
    session.select([1])
    before = highlight.layer.data.copy()
    session.labels_layer.paint((45, 30), 1)
    assert highlight.layer.data[0, 0] > before[0, 0]


def test_the_user_may_remove_the_rings(session, highlight, model) -> None:
    session.select([1])
    model.layers.remove(NAME)
    session.select([2])
    assert len(model.layers[NAME].data) == 1
    highlight.remove()
    highlight.remove()
    assert NAME not in model.layers


def test_another_layer_removes_the_rings(session, highlight, model) -> None:
    session.select([1])
    session.set_layers(model.add_labels(np.eye(9, dtype=int)), [])
    assert NAME not in model.layers


def test_other_images_leave_the_rings(session, highlight, model) -> None:
    session.select([1])
    before = highlight.layer
    session.set_layers(session.labels_layer, [model.layers["dapi"]])
    assert highlight.layer is before and len(before.data) == 1
    assert before in model.layers
