"""The form of the Train dock: its controls, and the settings they hold."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import ComboBox, LineEdit, PushButton, Widget

from napari_nuclei.config import TrainConfig
from napari_nuclei.model.store import DEFAULT_MODEL, list_models
from napari_nuclei.widgets.shared.broken_models import BrokenModels
from napari_nuclei.widgets.shared.fold import Fold
from napari_nuclei.widgets.shared.form import column, combo, number_box, row
from napari_nuclei.widgets.train.data_controls import (
    DataControls,
    HeldOutControls,
    LayerLister,
)
from napari_nuclei.widgets.train.default_unpainted import DefaultUnpainted
from napari_nuclei.widgets.train.model_name import clean_name, suggest_name
from napari_nuclei.widgets.train.settings_controls import SettingControls

FROM_SCRATCH = "nothing (from scratch)"

COMBO_CHARACTERS = 8
"""Characters that a combo shows at least, so that its label has room too."""


class TrainForm:
    """Build the controls of the Train dock and read the settings from them.

    Parameters
    ----------
    layers : callable
        Returns the layers of a kind that can be chosen.

    Attributes
    ----------
    main, more, expert : list of Widget
        Controls that are always visible, and those inside the two folds, from top to
        bottom.
    main_column, pair_row : Container
        The controls that are always visible, and the buttons of `data` below them.
    more_fold, expert_fold : Fold
    tensorboard_button : PushButton
        At the bottom of the expert fold.
    default_unpainted : DefaultUnpainted
    """

    def __init__(self, layers: LayerLister) -> None:
        self.data = DataControls(layers)
        self.default_unpainted = DefaultUnpainted(self.data)
        self.held_out = HeldOutControls(layers, self.data)
        self.settings = SettingControls()
        self.name_line = LineEdit(
            name="model_name",
            label="Name",
            tooltip="The name of the new model. The name in grey is used if you type "
            "none.",
        )
        self.base = combo("start_from", base_names, "The model to improve.")
        self.broken = BrokenModels()
        seconds = round(TrainConfig.fine_tuning().budget or 0)
        self.budget = number_box(TrainConfig, "budget", seconds)
        self.budget.label = "Training time (s)"
        self.budget.tooltip = (
            "Training, from the start to the test, ends after about this many seconds."
        )
        self.tensorboard_button = PushButton(
            text="Copy TensorBoard command",
            tooltip="Copy the command that shows the curves of trainings in a browser.",
        )
        self.main: list[Widget] = [
            *(*self.data.controls, self.name_line, self.base),
            *(self.broken.line, self.budget),
        ]
        self.more: list[Widget] = [
            *(*self.held_out.controls, *self.settings.controls),
        ]
        self.expert: list[Widget] = self.settings.expert_controls
        for control in (*self.main, *self.more, *self.expert):
            if isinstance(control, ComboBox):
                control.native.setMinimumContentsLength(COMBO_CHARACTERS)
        # Controls without a parent would open as windows when they become visible.
        self.main_column = column(self.main)
        self.pair_row = row(self.data.pair_buttons)
        self.more_fold = Fold("More", self.more, "How the model is tested and trained.")
        self.expert_fold = Fold(
            "Expert",
            self.expert,
            "Settings for experts; the defaults are right for most images.",
            [self.tensorboard_button],
        )
        self.base.changed.connect(self._base_changed)
        if DEFAULT_MODEL in self.base.choices:
            self.base.value = DEFAULT_MODEL
        self.data.update_visibility()
        self.held_out.update_visibility()
        self._base_changed()
        self.suggest_name()

    @property
    def model_name(self) -> str:
        """Name of the new model; the suggested one if none is typed."""
        suggested = str(self.name_line.native.placeholderText())
        return clean_name(self.name_line.value) or suggested

    def suggest_name(self) -> None:
        """Show a free name in the empty name line."""
        self.name_line.native.setPlaceholderText(suggest_name())

    @property
    def base_name(self) -> str | None:
        """Name of the model to improve; None to train from scratch."""
        return None if self.base.value == FROM_SCRATCH else str(self.base.value)

    def config(self) -> TrainConfig:
        """Return the training settings.

        Raises
        ------
        ValueError
            If a setting is not a valid number.
        """
        settings: dict[str, Any] = {"budget": float(self.budget.value)}
        if self.data.from_files and self.data.ignores_unpainted:
            settings["unpainted"] = "ignore"
        return self.settings.config(scratch=self.base_name is None, **settings)

    def reset_choices(self) -> None:
        """List the layers and models that exist now; the selection stays."""
        self.data.reset_choices()
        self.default_unpainted.update()
        self.held_out.reset_choices()
        self.base.reset_choices()
        self.broken.refresh()
        self.suggest_name()

    def _base_changed(self) -> None:
        self.settings.alpha.visible = self.base_name is None


def base_names(_: ComboBox) -> list[str]:
    """Return the names of the models that can be improved, after `FROM_SCRATCH`."""
    return [FROM_SCRATCH, *(entry.name for entry in list_models())]
