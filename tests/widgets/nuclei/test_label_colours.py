from __future__ import annotations

import numpy as np
import pytest
from napari.utils.colormaps import ensure_colormap

from napari_nuclei.widgets.nuclei.label_colours import column_limits
from napari_nuclei.widgets.nuclei.table_session import TableSession


@pytest.fixture
def session(model) -> TableSession:
    session = TableSession(model)
    session.set_layers(model.layers["nuclei"], [model.layers["dapi"]])
    return session


def colour(session, label: int) -> np.ndarray:
    return np.asarray(session.labels_layer.get_color(label))


def test_a_column_gives_the_colours_and_back(session) -> None:
    layer = session.labels_layer
    former = layer.colormap
    before = [colour(session, label) for label in range(1, 7)]
    session.colour_by("dapi_mean", "magma", (100, 600))
    ends = ensure_colormap("magma").map([0.0, 1.0])
    np.testing.assert_allclose(colour(session, 1), ends[0], atol=0.01)
    np.testing.assert_allclose(colour(session, 6), ends[1], atol=0.01)
    session.colour_by("area")
    session.colour_by(None)
    assert layer.colormap is former
    np.testing.assert_array_equal(
        before, [colour(session, label) for label in range(1, 7)]
    )


def test_a_painted_nucleus_gets_its_colour(session) -> None:
    session.colour_by("dapi_mean", limits=(0, 10))
    session.labels_layer.paint((5, 5), 9)
    last = ensure_colormap("viridis").map([1.0])[0]
    np.testing.assert_allclose(colour(session, 9), last, atol=0.01)


def test_classes_give_the_colours(session) -> None:
    session.set_column("class", ["a", "b", None, "a", "b", "c"])
    session.colour_by_class("class", {"a": "red", "b": "blue"})
    np.testing.assert_allclose(colour(session, 4), (1, 0, 0, 1))
    np.testing.assert_allclose(colour(session, 5), (0, 0, 1, 1))
    assert colour(session, 6)[3] == 0
    session.remove_column("class")
    assert session.colours.column is None


@pytest.mark.parametrize(
    ("column", "message"), [("nothing", "no column nothing"), ("class", "no numbers")]
)
def test_a_wrong_column_is_refused_and_the_colours_stay(
    session, column, message
) -> None:
    session.set_column("class", list("abcabc"))
    former = session.labels_layer.colormap
    with pytest.raises(ValueError, match=message):
        session.colour_by(column)
    assert session.labels_layer.colormap is former


def test_labels_that_napari_cannot_colour_are_refused_in_a_line(
    session, monkeypatch
) -> None:
    monkeypatch.setattr(
        "napari_nuclei.widgets.nuclei.label_colours.find_spec", lambda name: None
    )
    layer = session.labels_layer
    layer.data = np.where(layer.data == 6, 70_000, layer.data)
    with pytest.raises(ValueError, match="pip install numba"):
        session.colour_by("area")


def test_a_constant_column_and_one_without_values_have_a_colour(session) -> None:
    session.set_column("constant", [4.0] * 6)
    session.colour_by("constant")
    session.set_column("empty", [np.nan] * 6)
    session.colour_by("empty")
    np.testing.assert_allclose(colour(session, 1), (0.5, 0.5, 0.5, 1))


def test_limits_leave_out_the_extremes_of_many_values() -> None:
    values = np.append(np.linspace(0, 1, 1000), 1e9)
    low, high = column_limits(values)
    assert 0 < low < 0.02 and 0.98 < high < 1
    assert column_limits(np.array([np.nan, np.inf])) == (0, 1)


def test_an_edit_that_changes_no_colour_redraws_nothing(session) -> None:
    session.colour_by("dapi_mean")
    drawn = session.labels_layer.colormap
    session.set_column("class", list("abcabc"))
    assert session.labels_layer.colormap is drawn
