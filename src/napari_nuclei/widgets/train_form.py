"""The form of the Train widget: controls, and the settings that they say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from magicgui.widgets import CheckBox, ComboBox, LineEdit, PushButton, Widget

from napari_nuclei.config import AugmentConfig, ModelConfig, TrainConfig
from napari_nuclei.model.store import DEFAULT_MODEL, list_models
from napari_nuclei.widgets.annotations import BOXES, MEANINGS
from napari_nuclei.widgets.doubt import KEY
from napari_nuclei.widgets.form import (
    combo,
    field_of,
    fold,
    number_box,
    number_or_none,
    text_line,
)

SCRATCH = "nothing (from scratch)"

SCRATCH_RATE = 1e-3
"""Learning rate from scratch, where there is nothing to be careful with."""

LayersOf = Callable[[str], Sequence[Any]]
"""Gives the viewer's layers of a kind, such as Image."""


class TrainForm:
    """The controls of the Train widget.

    Parameters
    ----------
    layers : callable
        Gives the layers of a kind that can be chosen.
    """

    def __init__(self, layers: LayersOf) -> None:
        usual = TrainConfig.fine_tuning()
        self.image = combo(
            "image", lambda _: layers("Image"), "The image to learn from."
        )
        self.labels = combo(
            "labels", lambda _: layers("Labels"), "The nuclei painted on it."
        )
        self.add_button = PushButton(
            text="Add pair", tooltip="Learn from further layers too."
        )
        self.clear_button = PushButton(text="Clear", tooltip="Forget the pairs added.")
        self.meaning = combo(
            "unpainted",
            lambda _: list(MEANINGS),
            "What pixels mean on which nothing is painted.",
        )
        self.boxes = combo(
            "boxes",
            lambda _: [x for x in layers("Shapes") if KEY not in x.metadata],
            "A Shapes layer around what is annotated.",
        )
        self.name_line = LineEdit(
            name="model_name", label="Name", tooltip="What the new model is called."
        )
        self.name_line.native.setPlaceholderText("my-cells")
        self.base = combo(
            "start_from", base_names, "The model whose knowledge training starts from."
        )
        self.budget = number_box(TrainConfig, "budget", round(usual.budget or 0))
        self.budget.label = "Seconds"
        self.main: list[Widget] = [self.image, self.labels, self.meaning, self.boxes]
        self.main += [self.name_line, self.base, self.budget]
        self.epochs = number_box(TrainConfig, "epochs", usual.epochs)
        self.steps = number_box(TrainConfig, "steps", usual.steps or 1)
        self.batch = number_box(TrainConfig, "batch", usual.batch)
        self.patience = number_box(TrainConfig, "patience", usual.patience)
        self.seed = number_box(TrainConfig, "seed", usual.seed)
        self.rate = text_line(
            TrainConfig,
            "learning_rate",
            empty=f"{usual.learning_rate:g}, from scratch {SCRATCH_RATE:g}",
        )
        self.rate.value = ""
        self.alpha = text_line(ModelConfig, "alpha", label="Encoder width")
        sampling = field_of(TrainConfig, "sampling").metadata
        self.sampling = combo(
            "sampling", lambda _: list(sampling["choices"]), sampling["help"]
        )
        self.vary = CheckBox(
            text="Vary the patches",
            value=True,
            label="",
            tooltip="Turn, mirror, scale, blur and recolour what is learnt from.",
        )
        self.more: list[Widget] = [self.epochs, self.steps, self.batch, self.patience]
        self.more += [self.rate, self.sampling, self.alpha, self.seed, self.vary]
        self.more_fold = fold("More", self.more, "How the network is trained.")
        for box in (self.meaning, self.base):
            box.changed.connect(self.show_needed)
        if DEFAULT_MODEL in self.base.choices:
            self.base.value = DEFAULT_MODEL
        self.show_needed()

    @property
    def base_name(self) -> str | None:
        """Name of the model that training starts from; None for none."""
        return None if self.base.value == SCRATCH else str(self.base.value)

    def config(self) -> TrainConfig:
        """Return the settings of the form.

        Raises
        ------
        ValueError
            If one of them is not understood.
        """
        scratch = self.base_name is None
        usual: dict[str, Any] = {}
        if scratch:
            usual = {"norms": "learn", "learning_rate": SCRATCH_RATE}
            alpha = number_or_none("encoder width", self.alpha.value)
            if alpha is not None:
                usual["model"] = ModelConfig(alpha=alpha)
        rate = number_or_none("learning rate", self.rate.value)
        if rate is not None:
            usual["learning_rate"] = rate
        return TrainConfig.fine_tuning(
            budget=float(self.budget.value),
            epochs=self.epochs.value,
            steps=self.steps.value,
            batch=self.batch.value,
            patience=self.patience.value,
            seed=self.seed.value,
            sampling=self.sampling.value,
            augment=AugmentConfig() if self.vary.value else AugmentConfig.none(),
            **usual,
        )

    def reset_choices(self) -> None:
        """List the layers and models there are now, and keep what was chosen."""
        for box in (self.image, self.labels, self.boxes, self.base):
            box.reset_choices()

    def show_needed(self) -> None:
        """Show the controls that the other ones call for, and only these."""
        self.boxes.visible = self.meaning.value == BOXES
        self.alpha.visible = self.base_name is None


def base_names(_: ComboBox) -> list[str]:
    """Return what training can start from."""
    return [SCRATCH, *(entry.name for entry in list_models())]
