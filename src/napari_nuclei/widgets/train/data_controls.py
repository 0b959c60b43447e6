"""What the Train widget learns from, and what it checks a model on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from magicgui.widgets import PushButton, SpinBox, Widget

from napari_nuclei.data.paths import TrainingPaths
from napari_nuclei.widgets.shared.form import MAX_INTEGER, combo, folder_line
from napari_nuclei.widgets.train.samples_from_layers import (
    BACKGROUND_IN_BOXES,
    IGNORE_UNPAINTED,
    UNPAINTED_IS_BACKGROUND,
    UNPAINTED_MODES,
)
from napari_nuclei.widgets.train.uncertain_regions import UNCERTAINTY_KEY

FROM_LAYERS, FROM_FILES = "layers", "files"
"""What is learnt from, and what the model is checked on."""

HELD_OUT_PART = "a part of them"

LayerLister = Callable[[str], Sequence[Any]]
"""Gives the viewer's layers of a kind, such as Image."""


class DataControls:
    """The controls of what is learnt from: layers or files, and what they mean.

    Parameters
    ----------
    layers : callable
        Gives the layers of a kind that can be chosen.

    Attributes
    ----------
    controls : list of Widget
        From top to bottom.
    pairing : list of Widget
        The buttons of pairs of layers, which stand beside each other.
    """

    def __init__(self, layers: LayerLister) -> None:
        self.train_on = combo(
            "learn_from",
            lambda _: [FROM_LAYERS, FROM_FILES],
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
        self.image, self.labels = layer_pair(layers, "", "The image to learn from.")
        self.add_button = PushButton(
            text="Add pair", tooltip="Learn from further layers too."
        )
        self.clear_button = PushButton(text="Clear", tooltip="Forget the pairs added.")
        self.unpainted = combo(
            "unpainted",
            lambda _: (
                [UNPAINTED_IS_BACKGROUND, IGNORE_UNPAINTED]
                if self.from_files
                else list(UNPAINTED_MODES)
            ),
            "What pixels mean on which nothing is painted.",
        )
        self.boxes = combo(
            "boxes",
            lambda _: [
                x for x in layers("Shapes") if UNCERTAINTY_KEY not in x.metadata
            ],
            "A Shapes layer around what is annotated.",
        )
        self.background = SpinBox(
            name="background",
            label="Background",
            tooltip="The label with which you paint what is no nucleus, such as what "
            "the model takes for one; 0 for none.",
            min=0,
            max=MAX_INTEGER,
        )
        self.pairing: list[Widget] = [self.add_button, self.clear_button]
        self.controls: list[Widget] = [self.train_on, self.image, self.labels]
        self.controls += [self.folder, self.labels_folder]
        self.controls += [self.unpainted, self.background, self.boxes]
        self.unpainted.changed.connect(self.update_visibility)
        self.train_on.changed.connect(self._source_changed)

    @property
    def from_files(self) -> bool:
        """Whether files are learnt from, and not layers."""
        return bool(self.train_on.value == FROM_FILES)

    @property
    def ignores_unpainted(self) -> bool:
        """Whether only what is painted is known."""
        return bool(self.unpainted.value == IGNORE_UNPAINTED)

    def files(self, check: HeldOutControls) -> TrainingPaths:
        """Return the files to learn from.

        Raises
        ------
        OSError, ValueError
            If none are named, or they are not there.
        """
        data, labels = selected_folder(self.folder), selected_folder(self.labels_folder)
        if data is None:
            raise ValueError("Choose the folder of images to learn from.")
        files = TrainingPaths(data, labels, val=check.files())
        files.check()
        return files

    def reset_choices(self) -> None:
        """List the layers there are now, and keep what was chosen."""
        for box in (self.image, self.labels, self.boxes):
            box.reset_choices()

    def update_visibility(self) -> None:
        """Show the controls that the other ones call for, and only these."""
        files = self.from_files
        for part in (self.image, self.labels, *self.pairing):
            part.visible = not files
        for part in (self.folder, self.labels_folder):
            part.visible = files
        self.background.visible = self.ignores_unpainted and not files
        self.boxes.visible = self.unpainted.value == BACKGROUND_IN_BOXES

    def _source_changed(self) -> None:
        self.unpainted.reset_choices()
        # Masks in files are whole, mostly.
        self.unpainted.value = (
            UNPAINTED_IS_BACKGROUND if self.from_files else IGNORE_UNPAINTED
        )
        self.update_visibility()


class HeldOutControls:
    """The controls of what a model is checked on.

    Parameters
    ----------
    layers : callable
        Gives the layers of a kind that can be chosen.
    data : DataControls
        Data of the same kind can be named.

    Attributes
    ----------
    controls : list of Widget
        From top to bottom.
    """

    def __init__(self, layers: LayerLister, data: DataControls) -> None:
        self._data = data
        self.source = combo(
            "check_on",
            lambda _: [HELD_OUT_PART, FROM_FILES if data.from_files else FROM_LAYERS],
            "What the model is checked on and never learns from: a part that is set "
            "aside by itself, or data that you name.",
        )
        self.image, self.labels = layer_pair(
            layers, "check_", "The image to check the model on."
        )
        self.folder = folder_line(
            "check_folder", "A folder of images and masks to check the model on."
        )
        self.controls: list[Widget] = [
            self.source,
            self.image,
            self.labels,
            self.folder,
        ]
        self.source.changed.connect(self.update_visibility)
        data.train_on.changed.connect(self._source_changed)

    @property
    def uses_own_data(self) -> bool:
        """Whether the user names what the model is checked on."""
        return bool(self.source.value != HELD_OUT_PART)

    def files(self) -> Path | None:
        """Return the folder to check on; None where a part is set aside."""
        if not self.uses_own_data:
            return None
        folder = selected_folder(self.folder)
        if folder is None:
            raise ValueError("Choose the folder to check the model on, under More.")
        return folder

    def layers(self) -> tuple[Any, Any]:
        """Return the image and the labels to check on."""
        pair = self.image.value, self.labels.value
        if None in pair:
            raise ValueError("Choose the layers to check the model on, under More.")
        return pair

    def reset_choices(self) -> None:
        """List the layers there are now, and keep what was chosen."""
        for box in (self.image, self.labels):
            box.reset_choices()

    def update_visibility(self) -> None:
        """Show the controls that the other ones call for, and only these."""
        files = self._data.from_files
        for part in (self.image, self.labels):
            part.visible = self.uses_own_data and not files
        self.folder.visible = self.uses_own_data and files

    def _source_changed(self) -> None:
        self.source.value = HELD_OUT_PART
        self.source.reset_choices()
        self.update_visibility()


def layer_pair(layers: LayerLister, prefix: str, what: str) -> tuple[Any, Any]:
    """Return a combo of images, whose tooltip is `what`, and one of labels."""
    return (
        combo(f"{prefix}image", lambda _: layers("Image"), what),
        combo(
            f"{prefix}labels", lambda _: layers("Labels"), "The nuclei painted on it."
        ),
    )


def selected_folder(line: Any) -> Path | None:
    """Return the folder that a line names, if it names one."""
    return Path(str(line.value)) if line.value else None
