"""Settings that are kept from session to session."""

from __future__ import annotations

import pytest

from napari_nuclei.widgets.layers.image_source import CURRENT_SLICE, WHOLE_IMAGE

pytestmark = pytest.mark.usefixtures("network")


def test_settings_are_remembered(make_napari_viewer, opened, run, spots) -> None:
    _, widget = opened(spots[0])
    widget.form.region_controls.area.value = CURRENT_SLICE
    widget.form.diameter.text = "24"
    widget.form.drop_border.value = True
    widget.form.sliders.probability.value = 0.7
    run(widget)
    again = make_napari_viewer()
    _, second = again.window.add_plugin_dock_widget("napari-nuclei", "Segment nuclei")
    assert second.form.region_controls.area.value == CURRENT_SLICE
    assert second.form.diameter.text == "24"
    assert second.form.drop_border.value
    assert second.form.config().probability == 0.7
    assert second.form.config().splitting is None  # still the model's own


def test_what_was_remembered_and_makes_no_sense_now_is_passed_over(
    make_napari_viewer, network, monkeypatch
) -> None:
    kept = {"model": "gone", "diameter": "9um", "area": "?", "probability": 7}
    monkeypatch.setattr(
        "napari_nuclei.widgets.segment.widget.load_settings", lambda: kept
    )
    viewer = make_napari_viewer()
    _, widget = viewer.window.add_plugin_dock_widget("napari-nuclei", "Segment nuclei")
    assert widget.form.model.value == "discs"
    assert widget.form.diameter.text == "auto"
    assert widget.form.region_controls.area.value == WHOLE_IMAGE
    assert widget.form.config().probability is None


def test_napari_keeps_the_settings_where_it_can(monkeypatch) -> None:
    monkeypatch.undo()
    from napari_nuclei.widgets.segment.settings import plugin_section

    section = plugin_section()
    assert section is not None
    assert section.diameter == "auto"
    assert {"model", "probability", "drop_border"} <= set(type(section).model_fields)
