"""The controls of the training settings in the Train dock."""

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
"""Larger than for fine-tuning: there are no weights to preserve."""

FROM_SCRATCH_SETTINGS: dict[str, Any] = {
    "batch_norm": "learn",
    "encoder": "learn",
    "finetuned_weight": 1.0,
}
"""Settings without a base model: all layers learn and nothing is interpolated."""


class SettingControls:
    """Build the controls of the training settings and read the settings from them.

    Attributes
    ----------
    controls, expert_controls : list of Widget
        Controls of the folds "More" and "Expert", from top to bottom.
    """

    def __init__(self) -> None:
        defaults = TrainConfig.fine_tuning()
        self.epochs = number_box(TrainConfig, "epochs", defaults.epochs)
        self.rate = text_line(
            TrainConfig,
            "learning_rate",
            placeholder=(
                f"{defaults.learning_rate:g}, from scratch {SCRATCH_LEARNING_RATE:g}"
            ),
        )
        self.rate.value = ""
        self.augment = CheckBox(
            text="Augment (flip, rotate, blur, recolour)",
            value=True,
            label="",
            tooltip="Vary the training images at random, so that the model also works "
            "on images that differ a little.",
        )
        self.patience = number_box(TrainConfig, "patience", defaults.patience)
        self.steps = number_box(TrainConfig, "steps", defaults.steps or 1)
        self.batch = number_box(TrainConfig, "batch", defaults.batch)
        sampling = field_of(TrainConfig, "sampling").metadata
        self.sampling = combo(
            "sampling", lambda _: list(sampling["choices"]), sampling["help"]
        )
        self.alpha = text_line(ModelConfig, "alpha", label="Encoder width")
        self.seed = number_box(TrainConfig, "seed", defaults.seed)
        self.controls: list[Widget] = [self.epochs, self.rate, self.augment]
        self.expert_controls: list[Widget] = [
            *(self.patience, self.steps, self.batch),
            *(self.sampling, self.alpha, self.seed),
        ]

    def config(self, *, scratch: bool, **settings: Any) -> TrainConfig:
        """Return the training settings.

        Parameters
        ----------
        scratch : bool
            Whether to train without a base model.
        **settings
            More fields of `TrainConfig`.

        Raises
        ------
        ValueError
            If the learning rate or the encoder width is not a valid number.
        """
        optional: dict[str, Any] = {}
        if not self.augment.value:
            optional["augment"] = AugmentConfig.none()
        if scratch:
            optional["learning_rate"] = SCRATCH_LEARNING_RATE
            optional |= FROM_SCRATCH_SETTINGS
            alpha = number_or_none("Encoder width", self.alpha.value)
            if alpha is not None:
                optional["model"] = ModelConfig(alpha=alpha)
        rate = number_or_none("Learning rate", self.rate.value)
        if rate is not None:
            optional["learning_rate"] = rate
        return TrainConfig.fine_tuning(
            epochs=self.epochs.value,
            steps=self.steps.value,
            batch=self.batch.value,
            patience=self.patience.value,
            seed=self.seed.value,
            sampling=self.sampling.value,
            **optional,
            **({"budget": TrainConfig.fine_tuning().budget} | settings),
        )
