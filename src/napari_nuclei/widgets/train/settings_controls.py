"""How the Train widget trains: the settings that are folded away."""

from __future__ import annotations

from typing import Any

from magicgui.widgets import CheckBox, Widget

from napari_nuclei.config import AugmentConfig, ModelConfig, TrainConfig
from napari_nuclei.widgets.shared.form import (
    combo,
    field_of,
    number_box,
    number_or_none,
    text_line,
)

SCRATCH_LEARNING_RATE = 1e-3
"""Learning rate from scratch, where there is nothing to be careful with."""

FROM_SCRATCH_SETTINGS: dict[str, Any] = {
    "norms": "learn",
    "encoder": "learn",
    "blend": 1.0,
}
"""Nor is there anything to keep."""


class SettingControls:
    """The controls of how a model is trained.

    Attributes
    ----------
    controls : list of Widget
        From top to bottom.
    """

    def __init__(self) -> None:
        usual = TrainConfig.fine_tuning()
        self.epochs = number_box(TrainConfig, "epochs", usual.epochs)
        self.steps = number_box(TrainConfig, "steps", usual.steps or 1)
        self.batch = number_box(TrainConfig, "batch", usual.batch)
        self.patience = number_box(TrainConfig, "patience", usual.patience)
        self.seed = number_box(TrainConfig, "seed", usual.seed)
        self.rate = text_line(
            TrainConfig,
            "learning_rate",
            placeholder=(
                f"{usual.learning_rate:g}, from scratch {SCRATCH_LEARNING_RATE:g}"
            ),
        )
        self.rate.value = ""
        self.alpha = text_line(ModelConfig, "alpha", label="Encoder width")
        sampling = field_of(TrainConfig, "sampling").metadata
        self.sampling = combo(
            "sampling", lambda _: list(sampling["choices"]), sampling["help"]
        )
        self.augment = CheckBox(
            text="Vary the patches",
            value=True,
            label="",
            tooltip="Turn, mirror, scale, blur and recolour what is learnt from.",
        )
        self.controls: list[Widget] = [
            self.epochs,
            self.steps,
            self.batch,
            self.patience,
        ]
        self.controls += [self.rate, self.sampling, self.alpha, self.seed, self.augment]

    def config(self, *, scratch: bool, **settings: Any) -> TrainConfig:
        """Return the settings of the controls, and others.

        Parameters
        ----------
        scratch : bool
            Whether training begins from nothing.
        **settings
            Further fields of `TrainConfig`.

        Raises
        ------
        ValueError
            If one of them is not understood.
        """
        usual: dict[str, Any] = {}
        if not self.augment.value:
            usual["augment"] = AugmentConfig.none()
        if scratch:
            usual |= {"learning_rate": SCRATCH_LEARNING_RATE, **FROM_SCRATCH_SETTINGS}
            alpha = number_or_none("encoder width", self.alpha.value)
            if alpha is not None:
                usual["model"] = ModelConfig(alpha=alpha)
        rate = number_or_none("learning rate", self.rate.value)
        if rate is not None:
            usual["learning_rate"] = rate
        return TrainConfig.fine_tuning(
            epochs=self.epochs.value,
            steps=self.steps.value,
            batch=self.batch.value,
            patience=self.patience.value,
            seed=self.seed.value,
            sampling=self.sampling.value,
            **usual,
            **settings,
        )
