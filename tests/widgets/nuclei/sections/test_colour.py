from __future__ import annotations

import pytest
from napari.utils.colormaps import DirectLabelColormap

from napari_nuclei.widgets.nuclei.sections.colour import (
    LAYER_COLOURS,
    ColourSection,
    class_colours,
)
from napari_nuclei.widgets.nuclei.table_session import TableSession


@pytest.fixture
def session(model) -> TableSession:
    session = TableSession(model)
    session.set_layers(model.layers["nuclei"], [model.layers["dapi"]])
    return session


@pytest.fixture
def section(session, qtbot) -> ColourSection:
    section = ColourSection(session)
    qtbot.addWidget(section)
    session.changed.emit()
    return section


def test_a_column_colours_and_the_legend_says_how(section, session) -> None:
    former = session.labels_layer.colormap
    section.column_box.value = "dapi_mean"
    assert isinstance(session.labels_layer.colormap, DirectLabelColormap)
    assert section.legend.text == "100 to 600"
    section.low.value = "200"
    assert section.legend.text == "200 to 600"
    assert session.colours.limits == (200, 600)
    section.column_box.value = LAYER_COLOURS
    assert session.labels_layer.colormap is former
    assert not section.legend.text


def test_a_column_of_classes_has_a_colour_for_each(section, session) -> None:
    session.set_column("class", ["pos", "neg", None, "pos", "neg", "pos"])
    section.column_box.value = "class"
    assert section.legend.text == "neg, pos"
    assert session.colours.column == "class"


def test_a_limit_that_is_no_number_is_said(section, session) -> None:
    messages = []
    session.message_sent.connect(messages.append)
    section.column_box.value = "area"
    section.high.value = "many"
    assert messages == ["Highest must be a number or empty; got 'many'"]


def test_a_column_that_goes_gives_back_the_colours(section, session) -> None:
    former = session.labels_layer.colormap
    section.column_box.value = "dapi_mean"
    session.set_layers(session.labels_layer, [])
    assert session.labels_layer.colormap is former
    assert section.column_box.value == LAYER_COLOURS
    assert not section.legend.text


def test_a_new_class_gets_a_colour(section, session) -> None:
    session.set_column("class", list("aabbab"))
    section.column_box.value = "class"
    session.set_column("class", list("aabbac"))
    assert section.legend.text == "a, b, c"


def test_the_legend_follows_an_edit(section, session) -> None:
    section.column_box.value = "area"
    before = section.legend.text
    session.labels_layer.paint((5, 5), 9)
    assert section.legend.text != before


@pytest.mark.parametrize("column", ["class", "kind"])
def test_classes_have_different_colours(session, column) -> None:
    session.set_column(column, ["b", "a", None, "c", "a", "a"])
    colours = class_colours(session, column)
    assert list(colours) == ["a", "b", "c"]
    assert len({tuple(colour) for colour in colours.values()}) == 3


def test_classes_have_the_colours_of_the_layer(section, session) -> None:
    session.labels_layer.metadata["class_colours"] = {"neg": (0, 255, 0)}
    session.set_column("class", ["pos", "neg", None, "pos", "neg", "pos"])
    section.column_box.value = "class"
    assert session.labels_layer.colormap.map(2).tolist() == [0, 1, 0, 1]
