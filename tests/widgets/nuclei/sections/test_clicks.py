from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.io.classifier_files import read_classifier
from napari_nuclei.widgets.nuclei.sections.clicks import ClicksSection

TIMEOUT = 60_000


@pytest.fixture
def section(opened):
    return opened(ClicksSection)


@pytest.fixture
def learnt(section, qtbot):
    """Return the section after four clicks of each of two classes."""
    for label in range(1, 13):
        if label % 3 != 1:
            section.press(1 if label % 3 else 2, label)
    qtbot.waitUntil(lambda: section.classifier is not None, timeout=TIMEOUT)
    return section


def test_the_rest_is_predicted_after_some_clicks(learnt, session) -> None:
    classes = session.frame["class"]
    assert (classes[session.frame.index % 3 == 0] == "class 2").all()
    assert (classes[session.frame.index % 3 == 2] == "class 1").all()
    assert session.frame.loc[3, "certainty"] == 1
    text = learnt.message.value
    assert text.startswith("Clicked class 1: 4, class 2: 4. ")
    assert "8 of 8 examples are right in cross-validation" in text
    assert "class 2: 21, 4 clicked" in learnt.legend.text()
    colormap = session.labels_layer.colormap
    assert not np.allclose(colormap.map(3)[:3], colormap.map(2)[:3])


def test_too_few_clicks_are_said_and_shown(section, session, qtbot) -> None:
    section.press(1, 5)
    section.press(2, 6)
    section.press(2, 9)
    qtbot.waitUntil(lambda: "Too few clicks" in section.message.value)
    assert section.message.value.endswith("click at least 2 nuclei of class 1.")
    assert session.frame["class"].dropna().to_dict() == {
        5: "class 1",
        6: "class 2",
        9: "class 2",
    }
    assert not section.next.enabled
    section.press(1, 0)
    assert section.message.value.startswith("There is no nucleus.")


def test_next_unsure_visits_one_nucleus_after_the_other(learnt, session) -> None:
    visited = []
    for _ in range(3):
        learnt.next.native.click()
        visited += session.selected
    assert len(set(visited)) == 3
    assert not set(visited) & set(learnt.examples.digits)
    certainty = session.frame["certainty"]
    assert certainty[visited[0]] == certainty.min()
    assert f"Nucleus {visited[-1]}" in learnt.message.value


def test_a_name_renames_the_class(learnt, session, qtbot) -> None:
    learnt.names.value = "negative, positive"
    learnt.names.native.editingFinished.emit()
    qtbot.waitUntil(lambda: set(session.frame["class"]) == {"negative", "positive"})
    learnt.names.value = "a, a"
    learnt.names.native.editingFinished.emit()
    assert "Two classes are named 'a'" in learnt.message.value


def test_a_saved_classifier_is_applied_by_python_and_loaded(
    learnt, session, tmp_path, qtbot
) -> None:
    path = tmp_path / "ki67.json"
    learnt.save_file(path)
    found = read_classifier(path).classify(session.frame)
    expected = session.frame["class"]
    rest = ~session.frame.index.isin(list(learnt.examples.digits))
    assert found["class"][rest].tolist() == expected[rest].tolist()
    learnt.forget()
    assert "class" not in session.frame
    assert "certainty" not in session.frame
    learnt.load_file(path)
    assert session.frame["class"].tolist() == found["class"].tolist()
    assert learnt.message.value.startswith("ki67.json: 8 of 8 examples")
    assert learnt.save.enabled


def test_a_classifier_of_other_columns_is_one_line(learnt, session, tmp_path) -> None:
    path = tmp_path / "ki67.json"
    learnt.save_file(path)
    learnt.forget()
    session.set_layers(session.labels_layer, [])
    learnt.load_file(path)
    assert "the classifier was made for other columns" in learnt.message.value
    assert "class" not in session.frame
    path.write_text("{}")
    learnt.load_file(path)
    assert learnt.message.value == f"{path} is not a classifier file"


def test_edits_are_classified(learnt, session, qtbot) -> None:
    layer = session.labels_layer
    data = layer.data.copy()
    data[data == 63] = 99
    layer.data = data
    qtbot.waitUntil(lambda: session.frame["class"].notna().all())
    assert session.frame.loc[99, "class"] == "class 2"


def test_other_classes_are_left_alone(learnt, session, qtbot) -> None:
    session.set_column("class", np.full(64, "tumour", object))
    qtbot.wait(200)
    assert set(session.frame["class"]) == {"tumour"}
    learnt.forget()
    assert set(session.frame["class"]) == {"tumour"}


def test_the_keys_belong_to_the_layer_while_the_section_is_open(
    section, session
) -> None:
    layer = session.labels_layer
    assert len(layer.keymap) == 10
    section.fold.collapse()
    assert not layer.keymap
    section.fold.expand()
    assert len(layer.keymap) == 10


def test_a_hidden_dock_gives_the_keys_back(section, session) -> None:
    layer = session.labels_layer
    section.fold.hide()
    assert not layer.keymap
    section.fold.show()
    assert len(layer.keymap) == 10


def test_a_closed_dock_gives_the_keys_back(session, qtbot) -> None:
    section = ClicksSection(session)
    section.fold.expand()
    assert session.labels_layer.keymap
    with qtbot.waitSignal(section.fold.destroyed):
        section.fold.deleteLater()
    assert not session.labels_layer.keymap
