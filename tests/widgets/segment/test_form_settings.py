"""Settings that are saved from session to session."""

from __future__ import annotations

import json

import pytest
from qtpy.QtWidgets import QLineEdit

from napari_nuclei.core.card import ModelCard
from napari_nuclei.model.store import DEFAULT_MODEL, write_card
from napari_nuclei.model.user_models import set_preferred_model
from napari_nuclei.widgets.layers.image_source import CURRENT_SLICE, WHOLE_IMAGE
from napari_nuclei.widgets.segment import form_settings
from napari_nuclei.widgets.segment.old_settings import OLD_REGIONS

pytestmark = pytest.mark.usefixtures("network")


def test_settings_are_restored_in_the_next_session(
    make_napari_viewer, opened, run, spots
) -> None:
    _, widget = opened(spots[0])
    widget.form.region_controls.region.value = CURRENT_SLICE
    widget.form.diameter.text = "24"
    widget.form.areas.max_size.value = "1500"
    widget.form.drop_border.value = True
    widget.form.correct.value = False
    widget.form.sliders.probability.value = 0.7
    run(widget)
    again = make_napari_viewer()
    _, second = again.window.add_plugin_dock_widget("napari-nuclei", "Segment nuclei")
    assert second.form.region_controls.region.value == CURRENT_SLICE
    assert second.form.diameter.text == "auto"  # 24 px belong to the first image
    assert second.form.config().max_size == 1500
    assert second.form.drop_border.value
    assert not second.form.correct.value
    assert not second.form.config().correct
    assert second.form.config().probability == 0.7
    assert second.form.config().splitting is None  # the model's value


def test_saved_values_that_are_no_longer_valid_are_ignored(
    make_napari_viewer, network, monkeypatch
) -> None:
    saved = {"model": "gone", "diameter": "9um", "region": "?", "probability": 7}
    monkeypatch.setattr(
        "napari_nuclei.widgets.segment.segment_widget.load_settings", lambda: saved
    )
    viewer = make_napari_viewer()
    _, widget = viewer.window.add_plugin_dock_widget("napari-nuclei", "Segment nuclei")
    assert widget.form.model.value == "discs"
    assert widget.form.diameter.text == "auto"
    assert widget.form.region_controls.region.value == WHOLE_IMAGE
    assert widget.form.config().probability is None


@pytest.fixture
def napari_settings(monkeypatch, tmp_path):
    """Return a function that reads a file of napari's settings of this plugin."""
    monkeypatch.undo()
    from napari.settings import PluginSettings, get_plugin_settings

    kind: type[PluginSettings] = type(get_plugin_settings(form_settings.PLUGIN))
    file = tmp_path / "napari-nuclei.yaml"

    def read(text: str | None = None) -> PluginSettings:
        if text is not None:
            file.write_text(text, encoding="utf-8")
        stored = kind(config_path=file)
        all_plugins = {form_settings.PLUGIN: stored}
        monkeypatch.setattr(
            "napari.settings.get_plugin_settings",
            lambda name=None: all_plugins[name] if name else all_plugins,
        )
        return stored

    return read


def test_a_setting_without_a_value_says_so_in_the_preferences(napari_settings) -> None:
    section = napari_settings("").segmentation
    shown = section.model_dump()
    assert section.diameter == "auto"
    assert {name: shown[name] for name in form_settings.UNSET} == form_settings.UNSET
    assert set(shown) > {"drop_border", "correct"}


def test_an_ok_in_the_preferences_changes_nothing(napari_settings, qtbot) -> None:
    stored = napari_settings("")
    from napari._qt.dialogs.preferences_dialog import PreferencesDialog

    values = {"probability": 0.7, "min_size": None, "outlines": True}
    form_settings.save_settings(values)
    before = form_settings.load_settings()
    assert before["probability"] == 0.7
    assert "min_size" not in before
    dialog = PreferencesDialog()
    qtbot.addWidget(dialog)
    page = dialog._stack.widget(dialog._stack.count() - 1)
    shown = {line.text() for line in page.findChildren(QLineEdit)}
    assert {"0.7", "model", "no limit", "automatic"} <= shown
    for line in page.findChildren(QLineEdit):  # as if the user had touched each line
        line.textChanged.emit(line.text())
    stored.save()  # what OK does with the settings of plugins
    assert form_settings.load_settings() == before
    assert napari_settings().segmentation.min_confidence == "model"


@pytest.mark.parametrize(
    ("saved", "loaded"),
    [
        ({"area": "this plane", "probability": 0.7}, {"probability": 0.7}),
        (
            {"probability": -1, "min_size": -1.0, "min_score": 0.5},
            {"min_confidence": 0.5},
        ),
        ({"min_size": 0, "min_confidence": 0}, {"min_size": 0, "min_confidence": 0}),
        ({"splitting": 0, "min_size": 0, "min_score": 0}, {}),  # from the preferences
        ({"diameter": "18.3", "model": "nuclei", "max_size": ""}, {}),
        ({"diameter": "9um", "model": "mine"}, {"diameter": "9um", "model": "mine"}),
        ({"max_size": "900", "drop_border": True}, {"max_size": 900.0}),
    ],
)
def test_settings_of_an_earlier_version_are_read(
    napari_settings, saved, loaded
) -> None:
    napari_settings(json.dumps({"segment": saved}))
    found = form_settings.load_settings()
    assert found.items() >= loaded.items()
    assert set(found) & {*form_settings.UNSET} == set(loaded) & {*form_settings.UNSET}
    if "area" in saved:
        assert found["region"] == CURRENT_SLICE
    assert found["drop_border"] == saved.get("drop_border", False)
    # Once converted, the old values no longer override new choices.
    form_settings.save_settings({"region": WHOLE_IMAGE, "probability": 0.9})
    assert napari_settings().segmentation.probability == "0.9"
    found = form_settings.load_settings()
    assert (found["region"], found["probability"]) == (WHOLE_IMAGE, 0.9)


def test_an_unknown_value_of_an_earlier_version_is_ignored(napari_settings) -> None:
    napari_settings(json.dumps({"segment": {"region": "?", "probability": 0.6}}))
    assert form_settings.load_settings()["region"] == WHOLE_IMAGE
    assert form_settings.load_settings()["probability"] == 0.6


@pytest.mark.parametrize(("old", "new"), OLD_REGIONS.items())
def test_the_area_in_the_settings_file_of_an_earlier_version_is_restored(
    old, new
) -> None:
    text = json.dumps({"diameter": "9um", "area": old})
    form_settings.settings_file().write_text(text, encoding="utf-8")
    assert form_settings.load_settings() == {"diameter": "9um", "region": new}


def test_a_number_that_is_none_is_ignored_with_a_warning(caplog) -> None:
    assert form_settings.as_values({"probability": "high", "min_size": "12"}) == {
        "min_size": 12
    }
    assert "probability must be a number or 'model'; got 'high'" in caplog.text


def test_a_saved_model_is_restored_and_the_preferred_one_is_not_saved(
    own_models,
) -> None:
    for name in ("mine", "better"):
        (own_models / name).mkdir(parents=True)
        write_card(own_models / name, ModelCard(name))
    form_settings.save_settings({"model": DEFAULT_MODEL})
    assert "model" not in form_settings.load_settings()
    form_settings.save_settings({"model": "mine"})
    assert form_settings.load_settings()["model"] == "mine"
    set_preferred_model("mine")
    form_settings.save_settings({"model": "mine"})
    set_preferred_model("better")  # by a training
    assert "model" not in form_settings.load_settings()
    form_settings.save_settings({"model": DEFAULT_MODEL})
    assert form_settings.load_settings()["model"] == DEFAULT_MODEL


def test_an_old_name_in_the_preferences_is_read(napari_settings) -> None:
    saved = {"segmentation": {"min_score": "0.5", "splitting": "0.4"}}
    napari_settings(json.dumps(saved))
    found = form_settings.load_settings()
    assert (found["min_confidence"], found["splitting"]) == (0.5, 0.4)
    # Once read, the old value no longer overrides a new choice.
    form_settings.save_settings({"min_confidence": 0.7})
    assert napari_settings().segmentation.min_confidence == "0.7"
    assert form_settings.load_settings()["min_confidence"] == 0.7
    form_settings.save_settings({"min_confidence": None})
    napari_settings()
    assert "min_confidence" not in form_settings.load_settings()


def test_an_old_name_in_the_settings_file_is_read() -> None:
    text = json.dumps({"segmentation": {"min_score": "0.5"}})
    form_settings.settings_file().write_text(text, encoding="utf-8")
    assert form_settings.load_settings() == {"min_confidence": 0.5}


def test_a_damaged_settings_file_is_ignored_with_a_warning(caplog) -> None:
    form_settings.settings_file().write_text("{", encoding="utf-8")
    assert form_settings.load_settings() == {}
    assert "Cannot read the settings" in caplog.text
