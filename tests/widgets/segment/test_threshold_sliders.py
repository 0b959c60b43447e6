"""Sliders that show the thresholds of a model until they are moved."""

from __future__ import annotations

import pytest

from napari_nuclei.core.card import ModelCard
from napari_nuclei.widgets.segment.area_controls import AreaControls
from napari_nuclei.widgets.segment.threshold_sliders import ThresholdSliders

CARD = ModelCard("m", probability=0.4, splitting=0.6, min_size=33, min_confidence=0.7)


@pytest.fixture
def sliders(qtbot):
    areas = AreaControls()
    sliders = ThresholdSliders(areas)
    for slider in (*sliders.all_sliders, areas.max_size):
        qtbot.addWidget(slider.native)
    sliders.show_model(CARD)
    return sliders


def test_sliders_that_show_the_model_set_nothing(sliders) -> None:
    assert sliders.probability.value == pytest.approx(0.4)
    assert sliders.min_size.value == pytest.approx(33)
    assert set(sliders.settings().values()) == {None}
    assert sliders.count_changed(*sliders.all_sliders) == 0


def test_a_moved_slider_sets_its_threshold(sliders) -> None:
    sliders.probability.value = 0.55
    sliders.min_size.value = 50
    assert sliders.settings() == {
        "probability": 0.55,
        "splitting": None,
        "min_size": 50,
        "min_confidence": None,
    }
    assert sliders.count_changed(*sliders.all_sliders) == 2
    assert sliders.count_changed(sliders.splitting) == 0


def test_a_reset_restores_the_thresholds_of_the_model(sliders) -> None:
    for slider in sliders.all_sliders:
        slider.value = 0.2
    sliders.reset(sliders.splitting)
    assert sliders.count_changed(*sliders.all_sliders) == 3
    sliders.reset(*sliders.all_sliders)
    assert set(sliders.settings().values()) == {None}
    assert sliders.min_size.value == 33


def test_another_model_resets_the_sliders(sliders) -> None:
    sliders.splitting.value = 0.2
    sliders.show_model(ModelCard("other", splitting=0.3, min_size=200))
    assert sliders.splitting.value == pytest.approx(0.3)
    assert set(sliders.settings().values()) == {None}


def test_saved_values_are_restored_if_they_are_within_the_limits(sliders) -> None:
    sliders.restore(
        {"probability": 0.8, "splitting": 7, "min_size": 40, "min_confidence": "high"}
    )
    assert sliders.settings() == {
        "probability": 0.8,
        "splitting": None,
        "min_size": 40,
        "min_confidence": None,
    }
