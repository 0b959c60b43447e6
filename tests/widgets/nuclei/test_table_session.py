from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from napari_nuclei.widgets.nuclei.live.measuring import MeasureSettings
from napari_nuclei.widgets.nuclei.table_session import TableSession


@pytest.fixture
def session(model) -> TableSession:
    session = TableSession(model)
    session.set_layers(model.layers["nuclei"], [model.layers["dapi"]])
    return session


class Count:
    def __init__(self, signal) -> None:
        self.value = 0
        signal.connect(self.add)

    def add(self) -> None:
        self.value += 1


def test_the_frame_and_the_features_hold_the_same(session) -> None:
    assert session.frame["dapi_mean"].tolist() == [100, 200, 300, 400, 500, 600]
    features = session.labels_layer.features
    assert features["dapi_mean"][3] == 300 and np.isnan(features["dapi_mean"][0])


def test_a_class_stays_when_a_nucleus_is_edited_or_undone(session) -> None:
    session.set_column("class", ["a", "b", "c", "d", "e", "f"])
    layer = session.labels_layer
    layer.paint((30, 30), 0)
    assert session.frame.loc[1, "class"] == "a"
    layer.fill((90, 30), 0)
    assert 4 not in session.frame.index
    layer.undo()
    assert session.frame.loc[4, "class"] == "d"
    assert layer.features["class"][4] == "d"
    session.remove_column("class")
    assert "class" not in session.frame and "class" not in layer.features


def test_features_of_other_origin_are_kept(model) -> None:
    layer = model.layers["nuclei"]
    layer.features = pd.DataFrame({"label": range(7), "tissue": list("0abcdef")})
    session = TableSession(model)
    session.set_layers(layer, [])
    assert session.frame["tissue"].tolist() == list("abcdef")
    assert layer.features["tissue"].tolist()[1:] == list("abcdef")


def test_selecting_tells_the_layer_and_listeners_once(session) -> None:
    heard = Count(session.selection_changed)
    session.select([3, 5, 99])
    session.select([5, 3])
    assert session.selected == {3, 5} and heard.value == 1
    assert session.labels_layer.selected_label == 3


def test_an_erased_nucleus_is_no_longer_selected(session) -> None:
    session.select([3, 5])
    heard = Count(session.selection_changed)
    session.labels_layer.fill((30, 150), 0)
    assert session.selected == {5} and heard.value == 1


def test_filters_choose_the_rows(session) -> None:
    heard = Count(session.changed)
    session.set_filter("dapi_mean > 250")
    assert session.rows.tolist() == [3, 4, 5, 6]
    with pytest.raises(ValueError, match="no column nothing"):
        session.set_filter("nothing > 3")
    assert session.rows.tolist() == [3, 4, 5, 6]
    session.set_filter(session.frame["dapi_mean"] < 450, name="histogram")
    assert session.rows.tolist() == [3, 4] and heard.value == 2
    session.set_filter(None, name="histogram")
    session.set_filter("")
    assert len(session.rows) == 6


def test_a_filter_follows_an_edit(session) -> None:
    area = session.frame["area"].median()
    session.set_filter(f"area >= {area}")
    session.labels_layer.fill((30, 30), 2)
    assert 1 not in session.rows


def test_a_ring_and_another_image_give_other_columns(session, model) -> None:
    session.set_settings(MeasureSettings(ring=("1px", "3px")))
    assert session.frame["dapi_ring_mean"].tolist() == [10] * 6
    session.set_layers(session.labels_layer, [model.layers["ki67"]])
    names = [name for name in session.frame if name.startswith(("dapi", "ki67"))]
    assert {name.partition("_")[0] for name in names} == {"ki67"}


def test_an_image_that_does_not_fit_is_said_and_nothing_stale_is_shown(
    session, model
) -> None:
    image = model.add_image(np.zeros((20, 20)), name="small")
    session.set_layers(session.labels_layer, [image])
    assert "'small' has 20 x 20 pixels, the labels have 128 x 192" in session.message
    assert len(session.frame) == 0 and not session.selected
    session.set_layers(session.labels_layer, [])
    assert len(session.frame) == 6 and not session.message


def test_another_layer_starts_without_selection_and_classes(session, model) -> None:
    session.set_column("class", list("abcdef"))
    session.select([2])
    other = model.add_labels(np.eye(9, dtype=int), name="other")
    session.set_layers(other, [])
    assert session.frame.index.tolist() == [1] and "class" not in session.frame
    assert not session.selected
    session.set_layers(None)
    assert len(session.frame) == 0


def test_planes_with_the_same_numbers_have_a_row_each(model, channels) -> None:
    labels, _ = channels
    layer = model.add_labels(np.stack([labels, labels[::-1, ::-1]]), name="stack")
    session = TableSession(model)
    session.set_layers(layer)
    assert len(session.frame) == 12
    session.select([2])
    assert session.selected == {2}
    session.select([2], True, row=7)
    assert model.dims.current_step[0] == 1


def test_closing_gives_back_the_colours_and_follows_no_more(session) -> None:
    layer = session.labels_layer
    former = layer.colormap
    session.colour_by("dapi_mean")
    session.close()
    assert layer.colormap is former
    before = session.frame
    layer.paint((5, 5), 30)
    assert session.frame is before


def test_columns_need_a_value_for_each_nucleus(session) -> None:
    with pytest.raises(ValueError, match="for each of the 6 nuclei"):
        session.set_column("class", ["a"])
