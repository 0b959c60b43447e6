"""What the Train widget learns from, and what it checks a model on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from magicgui.widgets import PushButton, SpinBox, Widget

from napari_nuclei.data.paths import Files
from napari_nuclei.widgets.shared.form import MOST, combo, folder_line
from napari_nuclei.widgets.train.samples_from_layers import (
    ALL,
    BOXES,
    MEANINGS,
    PAINTED,
)
from napari_nuclei.widgets.train.uncertain_regions import KEY

LAYERS, FILES = "layers", "files"
"""What is learnt from, and what the model is checked on."""

PART = "a part of them"

LayersOf = Callable[[str], Sequence[Any]]
"""Gives the viewer's layers of a kind, such as Image."""


class DataControls:
    """The controls of what is learnt from: layers or files, and what they mean.

    Parameters
    ----------
    layers : callable
        Gives the layers of a kind that can be chosen.

    Attributes
    ----------
    parts : list of Widget
        From top to bottom.
    pairing : list of Widget
        The buttons of pairs of layers, which stand beside each other.
    """

    def __init__(self, layers: LayersOf) -> None:
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
        self.image, self.labels = layer_pair(layers, "", "The image to learn from.")
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
        self.pairing: list[Widget] = [self.add_button, self.clear_button]
        self.parts: list[Widget] = [self.learn_from, self.image, self.labels]
        self.parts += [self.folder, self.labels_folder]
        self.parts += [self.meaning, self.background, self.boxes]
        self.meaning.changed.connect(self.show_needed)
        self.learn_from.changed.connect(self._source_changed)

    @property
    def from_files(self) -> bool:
        """Whether files are learnt from, and not layers."""
        return bool(self.learn_from.value == FILES)

    @property
    def painted_alone(self) -> bool:
        """Whether only what is painted is known."""
        return bool(self.meaning.value == PAINTED)

    def files(self, check: CheckControls) -> Files:
        """Return the files to learn from.

        Raises
        ------
        OSError, ValueError
            If none are named, or they are not there.
        """
        data, labels = folder_of(self.folder), folder_of(self.labels_folder)
        if data is None:
            raise ValueError("Choose the folder of images to learn from.")
        files = Files(data, labels, val=check.files())
        files.check()
        return files

    def reset_choices(self) -> None:
        """List the layers there are now, and keep what was chosen."""
        for box in (self.image, self.labels, self.boxes):
            box.reset_choices()

    def show_needed(self) -> None:
        """Show the controls that the other ones call for, and only these."""
        files = self.from_files
        for part in (self.image, self.labels, *self.pairing):
            part.visible = not files
        for part in (self.folder, self.labels_folder):
            part.visible = files
        self.background.visible = self.painted_alone and not files
        self.boxes.visible = self.meaning.value == BOXES

    def _source_changed(self) -> None:
        self.meaning.reset_choices()
        # Masks in files are whole, mostly.
        self.meaning.value = ALL if self.from_files else PAINTED
        self.show_needed()


class CheckControls:
    """The controls of what a model is checked on.

    Parameters
    ----------
    layers : callable
        Gives the layers of a kind that can be chosen.
    data : DataControls
        Data of the same kind can be named.

    Attributes
    ----------
    parts : list of Widget
        From top to bottom.
    """

    def __init__(self, layers: LayersOf, data: DataControls) -> None:
        self._data = data
        self.source = combo(
            "check_on",
            lambda _: [PART, FILES if data.from_files else LAYERS],
            "What the model is checked on and never learns from: a part that is set "
            "aside by itself, or data that you name.",
        )
        self.image, self.labels = layer_pair(
            layers, "check_", "The image to check the model on."
        )
        self.folder = folder_line(
            "check_folder", "A folder of images and masks to check the model on."
        )
        self.parts: list[Widget] = [self.source, self.image, self.labels, self.folder]
        self.source.changed.connect(self.show_needed)
        data.learn_from.changed.connect(self._source_changed)

    @property
    def on_own(self) -> bool:
        """Whether the user names what the model is checked on."""
        return bool(self.source.value != PART)

    def files(self) -> Path | None:
        """Return the folder to check on; None where a part is set aside."""
        if not self.on_own:
            return None
        folder = folder_of(self.folder)
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

    def show_needed(self) -> None:
        """Show the controls that the other ones call for, and only these."""
        files = self._data.from_files
        for part in (self.image, self.labels):
            part.visible = self.on_own and not files
        self.folder.visible = self.on_own and files

    def _source_changed(self) -> None:
        self.source.value = PART
        self.source.reset_choices()
        self.show_needed()


def layer_pair(layers: LayersOf, prefix: str, what: str) -> tuple[Any, Any]:
    """Return a combo of images, whose tooltip is `what`, and one of labels."""
    return (
        combo(f"{prefix}image", lambda _: layers("Image"), what),
        combo(
            f"{prefix}labels", lambda _: layers("Labels"), "The nuclei painted on it."
        ),
    )


def folder_of(line: Any) -> Path | None:
    """Return the folder that a line names, if it names one."""
    return Path(str(line.value)) if line.value else None
