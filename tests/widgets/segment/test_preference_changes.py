"""An open dock shows what changes in napari's preferences."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from napari_nuclei.core.card import ModelCard
from napari_nuclei.model.store import write_card
from napari_nuclei.widgets.segment import form_settings

pytestmark = pytest.mark.usefixtures("network")

TIMEOUT_MS = 10_000

PLUGIN_SECTION = form_settings.plugin_section
"""The function that other tests replace, so that they use no settings."""


@pytest.fixture
def section(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Any:
    """Return this plugin's section of settings that napari stores in a file."""
    monkeypatch.setattr(form_settings, "plugin_section", PLUGIN_SECTION)
    from napari.settings import get_plugin_settings

    kind = type(get_plugin_settings(form_settings.PLUGIN))
    stored = kind(config_path=tmp_path / "napari-nuclei.yaml")
    monkeypatch.setattr("napari.settings.get_plugin_settings", lambda name=None: stored)
    return stored.segmentation


@pytest.fixture
def dock(section, network, opened, spots) -> Any:
    return opened(spots[0])[1]


def shown(dock: Any) -> tuple[Any, ...]:
    form = dock.form
    return (
        *(round(slider.value, 3) for slider in form.sliders.all_sliders),
        *(box.value for box in form.checkboxes),
        *(form.areas.max_pixels(), form.region_controls.region.value),
    )


def test_a_changed_preference_is_shown_at_once(section, dock, qtbot) -> None:
    form = dock.form
    form.outlines.value = True
    section.probability = "0.8"
    section.drop_border = True
    section.max_size = "900"
    section.region = "this slice"
    section.diameter = "31"
    qtbot.waitUntil(lambda: form.drop_border.value, timeout=TIMEOUT_MS)
    assert form.sliders.probability.value == pytest.approx(0.8)
    assert form.areas.max_pixels() == 900
    assert form.region_controls.region.value == "this slice"
    assert form.diameter.text == "31"
    assert form.outlines.value  # was not changed in the preferences
    section.probability = "model"
    qtbot.waitUntil(
        lambda: form.sliders.settings()["probability"] is None, timeout=TIMEOUT_MS
    )
    assert form.sliders.probability.value == pytest.approx(0.4)
    assert form.diameter.text == "31"


def test_a_model_chosen_in_the_preferences_is_selected(
    section, dock, qtbot, own_models: Path
) -> None:
    folder = own_models / "other"
    folder.mkdir()
    write_card(folder, ModelCard("other", probability=0.7, splitting=0.6))
    dock.form.models.refresh()
    section.model = "other"
    qtbot.waitUntil(lambda: dock.form.model.value == "other", timeout=TIMEOUT_MS)
    assert dock.form.sliders.probability.value == pytest.approx(0.7)


def test_a_value_that_is_typed_letter_by_letter_is_taken_when_complete(
    section, dock, qtbot
) -> None:
    before = shown(dock)
    for text in ("0", "0.", "0.6", "0.65"):
        section.splitting = text
    qtbot.waitUntil(lambda: shown(dock) != before, timeout=TIMEOUT_MS)
    assert dock.form.sliders.splitting.value == pytest.approx(0.65)


@pytest.mark.parametrize(
    ("name", "value"),
    [("probability", "high"), ("splitting", "7"), ("model", "gone"), ("diameter", "x")],
)
def test_a_preference_that_is_not_valid_changes_nothing(
    name: str, value: str, section, dock, qtbot
) -> None:
    before = (*shown(dock), dock.form.model.value, dock.form.diameter.text)
    setattr(section, name, value)
    section.centroids = True
    qtbot.waitUntil(lambda: dock.form.centroids.value, timeout=TIMEOUT_MS)
    dock.form.centroids.value = False
    assert (*shown(dock), dock.form.model.value, dock.form.diameter.text) == before


def test_what_the_dock_saves_does_not_undo_later_changes(section, dock, qtbot) -> None:
    dock.form.outlines.value = True
    dock.start()
    dock.form.outlines.value = False  # after Run, before its settings are reported
    dock.form.sliders.probability.value = 0.55
    qtbot.waitUntil(lambda: not dock.running, timeout=60_000)
    qtbot.wait(500)
    assert section.outlines
    assert not dock.form.outlines.value
    assert dock.form.sliders.probability.value == pytest.approx(0.55)
