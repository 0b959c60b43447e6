"""The form of the Train widget: controls, and the settings that they say."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import ComboBox, LineEdit, Widget

from napari_nuclei.config import TrainConfig
from napari_nuclei.model.store import DEFAULT_MODEL, list_models
from napari_nuclei.widgets.shared.form import combo, make_collapsible, number_box
from napari_nuclei.widgets.train.data_controls import (
    DataControls,
    HeldOutControls,
    LayerLister,
)
from napari_nuclei.widgets.train.settings_controls import SettingControls

FROM_SCRATCH = "nothing (from scratch)"


class TrainForm:
    """The controls of the Train widget.

    Parameters
    ----------
    layers : callable
        Gives the layers of a kind that can be chosen.

    Attributes
    ----------
    main, more : list of Widget
        What is always in view, and what is folded away, from top to bottom.
    """

    def __init__(self, layers: LayerLister) -> None:
        self.data = DataControls(layers)
        self.check = HeldOutControls(layers, self.data)
        self.settings = SettingControls()
        self.name_line = LineEdit(
            name="model_name", label="Name", tooltip="What the new model is called."
        )
        self.name_line.native.setPlaceholderText("my-cells")
        self.base = combo(
            "start_from", base_names, "The model whose knowledge training starts from."
        )
        seconds = round(TrainConfig.fine_tuning().budget or 0)
        self.budget = number_box(TrainConfig, "budget", seconds)
        self.budget.label = "Seconds"
        self.main: list[Widget] = [*self.data.controls, self.name_line, self.base]
        self.main.append(self.budget)
        self.more: list[Widget] = [*self.check.controls, *self.settings.controls]
        self.more_fold = make_collapsible(
            "More", self.more, "How the model is checked and trained."
        )
        self.base.changed.connect(self._base_changed)
        if DEFAULT_MODEL in self.base.choices:
            self.base.value = DEFAULT_MODEL
        self.data.update_visibility()
        self.check.update_visibility()
        self._base_changed()

    @property
    def base_name(self) -> str | None:
        """Name of the model that training starts from; None for none."""
        return None if self.base.value == FROM_SCRATCH else str(self.base.value)

    def config(self) -> TrainConfig:
        """Return the settings of the form.

        Raises
        ------
        ValueError
            If one of them is not understood.
        """
        settings: dict[str, Any] = {"budget": float(self.budget.value)}
        if self.data.from_files and self.data.ignores_unpainted:
            settings["unpainted"] = "unknown"
        return self.settings.config(scratch=self.base_name is None, **settings)

    def reset_choices(self) -> None:
        """List the layers and models there are now, and keep what was chosen."""
        self.data.reset_choices()
        self.check.reset_choices()
        self.base.reset_choices()

    def _base_changed(self) -> None:
        self.settings.alpha.visible = self.base_name is None


def base_names(_: ComboBox) -> list[str]:
    """Return what training can start from."""
    return [FROM_SCRATCH, *(entry.name for entry in list_models())]
