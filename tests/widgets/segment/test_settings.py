"""Settings that are saved from session to session."""

from __future__ import annotations

import json

import pytest

from napari_nuclei.widgets.layers.image_source import CURRENT_SLICE, WHOLE_IMAGE
from napari_nuclei.widgets.segment import settings

pytestmark = pytest.mark.usefixtures("network")


def test_settings_are_restored_in_the_next_session(
    make_napari_viewer, opened, run, spots
) -> None:
    _, widget = opened(spots[0])
    widget.form.region_controls.region.value = CURRENT_SLICE
    widget.form.diameter.text = "24"
    widget.form.drop_border.value = True
    widget.form.correct.value = False
    widget.form.sliders.probability.value = 0.7
    run(widget)
    again = make_napari_viewer()
    _, second = again.window.add_plugin_dock_widget("napari-nuclei", "Segment nuclei")
    assert second.form.region_controls.region.value == CURRENT_SLICE
    assert second.form.diameter.text == "24"
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
        "napari_nuclei.widgets.segment.widget.load_settings", lambda: saved
    )
    viewer = make_napari_viewer()
    _, widget = viewer.window.add_plugin_dock_widget("napari-nuclei", "Segment nuclei")
    assert widget.form.model.value == "discs"
    assert widget.form.diameter.text == "auto"
    assert widget.form.region_controls.region.value == WHOLE_IMAGE
    assert widget.form.config().probability is None


def test_napari_stores_the_settings_if_it_can(monkeypatch) -> None:
    monkeypatch.undo()
    from napari_nuclei.widgets.segment.settings import plugin_section

    section = plugin_section()
    assert section is not None
    stored = type(section).model_fields  # the values may be those of the user
    assert stored["diameter"].default == "auto"
    assert {"model", "probability", "drop_border"} <= set(stored)


@pytest.mark.parametrize(("old", "new"), settings.OLD_REGIONS.items())
def test_the_area_in_the_settings_file_of_an_earlier_version_is_restored(
    old, new
) -> None:
    text = json.dumps({"diameter": "24", "area": old})
    settings.settings_file().write_text(text, encoding="utf-8")
    assert settings.load_settings() == {"diameter": "24", "region": new}


def test_the_area_in_the_napari_settings_of_an_earlier_version_is_restored(
    monkeypatch, tmp_path
) -> None:
    monkeypatch.undo()
    from napari.settings import PluginSettings, get_plugin_settings

    file = tmp_path / "napari-nuclei.yaml"
    saved = "segment:\n  area: this plane\n  probability: 0.7\n"
    file.write_text(saved, encoding="utf-8")
    kind: type[PluginSettings] = type(get_plugin_settings(settings.PLUGIN))
    stored = kind(config_path=file)
    monkeypatch.setattr("napari.settings.get_plugin_settings", lambda name: stored)
    loaded = settings.load_settings()
    assert loaded["region"] == CURRENT_SLICE
    assert loaded["probability"] == 0.7
    # Once converted, the old value no longer overrides a new choice.
    settings.save_settings({"region": WHOLE_IMAGE})
    assert settings.load_settings()["region"] == WHOLE_IMAGE


def test_a_damaged_settings_file_is_ignored_with_a_warning(caplog) -> None:
    settings.settings_file().write_text("{", encoding="utf-8")
    assert settings.load_settings() == {}
    assert "Cannot read the settings" in caplog.text
