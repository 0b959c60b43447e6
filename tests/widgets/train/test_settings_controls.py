from __future__ import annotations

import pytest

from napari_nuclei.config import AugmentConfig, TrainConfig
from napari_nuclei.widgets.train.settings_controls import SCRATCH_LEARNING_RATE


def test_without_changes_the_settings_are_those_of_fine_tuning(make_form) -> None:
    assert make_form().settings.config(scratch=False) == TrainConfig.fine_tuning()


def test_changed_settings_are_used_for_training(make_form) -> None:
    settings = make_form().settings
    settings.epochs.value, settings.rate.value, settings.alpha.value = 7, "2e-4", "0.5"
    settings.sampling.value, settings.augment.value = "resize", False
    config = settings.config(scratch=True)
    assert (config.epochs, config.learning_rate, config.model.alpha) == (7, 2e-4, 0.5)
    assert (config.sampling, config.augment) == ("resize", AugmentConfig.none())


def test_from_scratch_all_layers_learn_at_a_higher_rate(make_form) -> None:
    settings = make_form().settings
    scratch, tuned = settings.config(scratch=True), settings.config(scratch=False)
    assert scratch.encoder == "learn" != tuned.encoder
    assert scratch.learning_rate == SCRATCH_LEARNING_RATE > tuned.learning_rate


@pytest.mark.parametrize(
    ("name", "message"),
    [("rate", "Learning rate must be a number"), ("alpha", "Encoder width must be")],
)
def test_text_that_is_not_a_number_is_refused(make_form, name, message) -> None:
    settings = make_form().settings
    getattr(settings, name).value = "fast"
    with pytest.raises(ValueError, match=f"{message}.*got 'fast'"):
        settings.config(scratch=True)
