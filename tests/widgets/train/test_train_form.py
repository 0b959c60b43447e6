from __future__ import annotations

from napari_nuclei.widgets.train.data_controls import FROM_FILES
from napari_nuclei.widgets.train.samples_from_layers import IGNORE_UNPAINTED
from napari_nuclei.widgets.train.train_form import FROM_SCRATCH


def test_training_can_start_from_every_model_or_from_scratch(make_form) -> None:
    form = make_form()
    assert form.base.choices == (FROM_SCRATCH, "discs")
    form.base.value = "discs"
    assert form.base_name == "discs"
    assert form.settings.alpha.native.isHidden()
    form.base.value = FROM_SCRATCH
    assert form.base_name is None
    assert not form.settings.alpha.native.isHidden()


def test_rare_settings_are_folded_under_expert(make_form) -> None:
    form = make_form()
    assert [control.label for control in form.expert] == [
        *("Patience", "Steps", "Batch", "Sampling", "Encoder width", "Seed"),
    ]
    assert not form.expert_fold.isExpanded()
    assert not form.more_fold.isExpanded()
    button = form.tensorboard_button.native
    assert form.expert_fold.isAncestorOf(button)
    assert not button.isVisibleTo(form.expert_fold)
    form.expert_fold.expand()
    assert button.isVisibleTo(form.expert_fold)


def test_the_labels_are_those_of_the_manual(make_form) -> None:
    labels = {control.label for control in make_form().main}
    assert labels >= {
        *("Train on", "Unpainted areas", "Start from", "Training time (s)"),
    }


def test_the_settings_include_the_time_and_the_unpainted_areas(make_form) -> None:
    form = make_form()
    form.budget.value = 45
    # For layers, unpainted areas are handled when the samples are read.
    assert (form.config().budget, form.config().unpainted) == (45, "background")
    form.data.train_on.value = FROM_FILES
    assert form.config().unpainted == "background"
    form.data.unpainted.value = IGNORE_UNPAINTED
    assert form.config().unpainted == "ignore"
