"""The form of the Train widget: controls, and the settings that they say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from magicgui.widgets import (
    CheckBox,
    ComboBox,
    LineEdit,
    PushButton,
    SpinBox,
    Widget,
)

from napari_nuclei.config import AugmentConfig, ModelConfig, TrainConfig
from napari_nuclei.model.store import DEFAULT_MODEL, list_models
from napari_nuclei.training.files import Files
from napari_nuclei.widgets.annotations import ALL, BOXES, MEANINGS, PAINTED
from napari_nuclei.widgets.doubt import KEY
from napari_nuclei.widgets.form import (
    MOST,
    combo,
    field_of,
    fold,
    folder_line,
    number_box,
    number_or_none,
    text_line,
)

LAYERS, FILES = "layers", "files"
"""What is learnt from, and what the model is checked on."""

PART = "a part of them"

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
        self.learn_from = combo(
            "learn_from",
            lambda _: [LAYERS, FILES],
            "Layers of this viewer, or a data set on the disk.",
        )
        self.folder = folder_line(
            "folder",
            "A folder with images/ and masks/, or of the 2018 Data Science Bowl; the "
            "path of a zip can be written here too.",
        )
        self.labels_folder = folder_line(
            "labels_in", "The folder of the labels, where they lie elsewhere."
        )
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
            lambda _: [ALL, PAINTED] if self.from_files else list(MEANINGS),
            "What pixels mean on which nothing is painted.",
        )
        self.boxes = combo(
            "boxes",
            lambda _: [x for x in layers("Shapes") if KEY not in x.metadata],
            "A Shapes layer around what is annotated.",
        )
        self.background = SpinBox(
            name="background",
            label="Background",
            tooltip="The label with which you paint what is no nucleus, such as what "
            "the model takes for one; 0 for none.",
            min=0,
            max=MOST,
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
        self.layers: list[Widget] = [self.image, self.labels]
        self.pairing: list[Widget] = [self.add_button, self.clear_button]
        self.files_part: list[Widget] = [self.folder, self.labels_folder]
        self.main: list[Widget] = [self.learn_from, *self.layers, *self.files_part]
        self.main += [self.meaning, self.background, self.boxes]
        self.main += [self.name_line, self.base, self.budget]
        self.check = combo(
            "check_on",
            lambda _: [PART, FILES if self.from_files else LAYERS],
            "What the model is checked on and never learns from: a part that is set "
            "aside by itself, or data that you name.",
        )
        self.check_image = combo(
            "check_image", lambda _: layers("Image"), "The image to check the model on."
        )
        self.check_labels = combo(
            "check_labels", lambda _: layers("Labels"), "The nuclei painted on it."
        )
        self.check_folder = folder_line(
            "check_folder", "A folder of images and masks to check the model on."
        )
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
        self.checking: list[Widget] = [self.check, self.check_image, self.check_labels]
        self.checking.append(self.check_folder)
        self.more: list[Widget] = [*self.checking, self.epochs, self.steps]
        self.more += [
            self.batch,
            self.patience,
            self.rate,
            self.sampling,
            self.alpha,
            self.seed,
            self.vary,
        ]
        self.more_fold = fold(
            "More", self.more, "How the model is checked and trained."
        )
        for box in (self.meaning, self.base, self.check):
            box.changed.connect(self.show_needed)
        self.learn_from.changed.connect(self._source_changed)
        if DEFAULT_MODEL in self.base.choices:
            self.base.value = DEFAULT_MODEL
        self.show_needed()

    @property
    def from_files(self) -> bool:
        """Whether files are learnt from, and not layers."""
        return bool(self.learn_from.value == FILES)

    @property
    def checked_on_own(self) -> bool:
        """Whether the user names what the model is checked on."""
        return bool(self.check.value != PART)

    def files(self) -> Files:
        """Return the files to learn from.

        Raises
        ------
        OSError, ValueError
            If none are named, or they are not there.
        """
        data, labels, val = (
            Path(str(box.value)) if box.value else None
            for box in (self.folder, self.labels_folder, self.check_folder)
        )
        if data is None:
            raise ValueError("Choose the folder of images to learn from.")
        if self.checked_on_own and val is None:
            raise ValueError("Choose the folder to check the model on, under More.")
        files = Files(data, labels, val=val if self.checked_on_own else None)
        files.check()
        return files

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
        if self.from_files and self.meaning.value == PAINTED:
            usual["unpainted"] = "unknown"
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
        for box in (self.check_image, self.check_labels):
            box.reset_choices()

    def show_needed(self) -> None:
        """Show the controls that the other ones call for, and only these."""
        files, own = self.from_files, self.checked_on_own
        for part in (*self.layers, *self.pairing):
            part.visible = not files
        for part in self.files_part:
            part.visible = files
        for part in (self.check_image, self.check_labels):
            part.visible = own and not files
        self.check_folder.visible = own and files
        painted = self.meaning.value == PAINTED
        self.background.visible = painted and not files
        self.boxes.visible = self.meaning.value == BOXES
        self.alpha.visible = self.base_name is None

    def _source_changed(self) -> None:
        self.check.value = PART
        for box in (self.meaning, self.check):
            box.reset_choices()
        # Masks in files are whole, mostly.
        self.meaning.value = ALL if self.from_files else PAINTED
        self.show_needed()


def base_names(_: ComboBox) -> list[str]:
    """Return what training can start from."""
    return [SCRATCH, *(entry.name for entry in list_models())]
