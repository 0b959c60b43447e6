"""The controls of the training data and of the test data in the Train dock."""

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
from napari_nuclei.widgets.train.short_axis import ShortAxis
from napari_nuclei.widgets.train.uncertain_regions import holds_suggested_regions

FROM_LAYERS, FROM_FILES = "open layers", "folder"
"""Kinds of training data and of test data."""

HELD_OUT_PART = "some of my nuclei"
"""Test on a part of the training data that is held out."""

LayerLister = Callable[[str], Sequence[Any]]
"""A function that returns the viewer's layers of a kind, such as Image."""


class DataControls:
    """Choose the training data: layers or a folder, and what is annotated there.

    Parameters
    ----------
    layers : callable
        Returns the layers of a kind that can be chosen.

    Attributes
    ----------
    controls : list of Widget
        From top to bottom.
    pair_buttons : list of Widget
        The buttons that add a pair of layers and remove all pairs.
    """

    def __init__(self, layers: LayerLister) -> None:
        self.train_on = combo(
            "train_on",
            lambda _: [FROM_LAYERS, FROM_FILES],
            "Train on layers of this viewer, or on a data set on disk.",
        )
        self.folder = folder_line(
            "folder",
            "A folder with images/ and masks/, or of the 2018 Data Science Bowl. You "
            "can also type the path of a zip file.",
        )
        self.labels_folder = folder_line(
            "labels_folder",
            "The folder of the labels, if the first folder does not contain them.",
        )
        self.image, self.labels = layer_pair(layers, "", "The image to train on.")
        self.short_axis = ShortAxis(self.image)
        self.paint_button = PushButton(
            name="start_painting",
            text="Start painting",
            label="",
            tooltip="Add or select a labels layer for the image, and take the brush.",
        )
        self.add_button = PushButton(
            text="Add this image and labels",
            tooltip="Train on several images: add one, then choose the next.",
        )
        self.clear_button = PushButton(
            text="Remove all", tooltip="Remove all images that you have added."
        )
        self.unpainted = combo(
            "unpainted",
            lambda _: (
                [UNPAINTED_IS_BACKGROUND, IGNORE_UNPAINTED]
                if self.from_files
                else list(UNPAINTED_MODES)
            ),
            "What unpainted areas are. Ignore: unknown; training uses only a margin "
            "around your nuclei. Only my corrections: nuclei of Segment nuclei that "
            "you neither changed nor accepted are ignored too.",
        )
        self.unpainted.label = "Unpainted areas"
        self.boxes = combo(
            "boxes",
            lambda _: [x for x in layers("Shapes") if not holds_suggested_regions(x)],
            "A Shapes layer with boxes around the areas that you painted completely.",
        )
        self.background = SpinBox(
            name="background",
            label="Background label\n(0 = none)",
            tooltip="Paint this label where there is no nucleus, for example "
            "where the model finds one by mistake.",
            min=0,
            max=MAX_INTEGER,
        )
        self.pair_buttons: list[Widget] = [self.add_button, self.clear_button]
        self.controls: list[Widget] = [
            *(self.train_on, self.image, self.short_axis.box, self.labels),
            self.paint_button,
            *(self.folder, self.labels_folder),
            *(self.unpainted, self.background, self.boxes),
        ]
        self.unpainted.changed.connect(self.update_visibility)
        self.train_on.changed.connect(self._train_on_changed)
        self.image.changed.connect(self._show_short_axis)

    @property
    def from_files(self) -> bool:
        """Whether to train on a folder instead of layers."""
        return bool(self.train_on.value == FROM_FILES)

    @property
    def ignores_unpainted(self) -> bool:
        """Whether unpainted areas are ignored."""
        return bool(self.unpainted.value == IGNORE_UNPAINTED)

    @property
    def background_label(self) -> int:
        """Label with which background is painted; 0 for none."""
        return int(self.background.value) if self.ignores_unpainted else 0

    def files(self, held_out: HeldOutControls) -> TrainingPaths:
        """Return the paths of the training data and the test data.

        Raises
        ------
        OSError, ValueError
            If no folder is chosen, or one does not exist.
        """
        data, labels = selected_folder(self.folder), selected_folder(self.labels_folder)
        if data is None:
            raise ValueError("Choose a folder of training images.")
        files = TrainingPaths(data, labels, val=held_out.files())
        files.check()
        return files

    def reset_choices(self) -> None:
        """List the layers that are open now; the selection stays."""
        for box in (self.image, self.labels, self.boxes):
            box.reset_choices()
        self._show_short_axis()

    def update_visibility(self) -> None:
        """Show only the controls that the current choices need."""
        files = self.from_files
        layers = self.image, self.labels, self.paint_button, *self.pair_buttons
        for control in layers:
            control.visible = not files
        for control in (self.folder, self.labels_folder):
            control.visible = files
        self.background.visible = self.ignores_unpainted and not files
        self.boxes.visible = self.unpainted.value == BACKGROUND_IN_BOXES
        self._show_short_axis()

    def _show_short_axis(self) -> None:
        self.short_axis.show_image()
        self.short_axis.box.visible = self.short_axis.is_needed and not self.from_files

    def _train_on_changed(self) -> None:
        self.unpainted.reset_choices()
        # Masks in files are usually complete.
        self.unpainted.value = (
            UNPAINTED_IS_BACKGROUND if self.from_files else IGNORE_UNPAINTED
        )
        self.update_visibility()


class HeldOutControls:
    """Choose the test data: held-out nuclei, or an image or a folder of its own.

    Parameters
    ----------
    layers : callable
        Returns the layers of a kind that can be chosen.
    data : DataControls
        The test data are layers if the training data are, and a folder otherwise.

    Attributes
    ----------
    controls : list of Widget
        From top to bottom.
    """

    def __init__(self, layers: LayerLister, data: DataControls) -> None:
        self._data = data
        self.test_on = combo(
            "test_on",
            lambda _: [HELD_OUT_PART, FROM_FILES if data.from_files else FROM_LAYERS],
            "Test the model on nuclei that it is not trained on: on some of those you "
            "painted, or on data that you choose.",
        )
        self.image, self.labels = layer_pair(
            layers, "test_", "The image to test the model on."
        )
        self.folder = folder_line(
            "test_folder", "A folder of images and masks to test the model on."
        )
        self.controls: list[Widget] = [
            *(self.test_on, self.image, self.labels, self.folder),
        ]
        self.test_on.changed.connect(self.update_visibility)
        data.train_on.changed.connect(self._train_on_changed)

    @property
    def uses_own_data(self) -> bool:
        """Whether the user chooses the test data."""
        return bool(self.test_on.value != HELD_OUT_PART)

    def files(self) -> Path | None:
        """Return the folder to test on; None if a part is held out."""
        if not self.uses_own_data:
            return None
        folder = selected_folder(self.folder)
        if folder is None:
            raise ValueError("Choose the folder to test on under More.")
        return folder

    def layers(self) -> tuple[Any, Any]:
        """Return the image layer and the labels layer to test on."""
        pair = self.image.value, self.labels.value
        if None in pair:
            raise ValueError("Choose the image and labels to test on under More.")
        return pair

    def reset_choices(self) -> None:
        """List the layers that are open now; the selection stays."""
        for box in (self.image, self.labels):
            box.reset_choices()

    def update_visibility(self) -> None:
        """Show only the controls that the current choices need."""
        files = self._data.from_files
        for control in (self.image, self.labels):
            control.visible = self.uses_own_data and not files
        self.folder.visible = self.uses_own_data and files

    def _train_on_changed(self) -> None:
        self.test_on.value = HELD_OUT_PART
        self.test_on.reset_choices()
        self.update_visibility()


def layer_pair(layers: LayerLister, prefix: str, tooltip: str) -> tuple[Any, Any]:
    """Return a combo of image layers with a tooltip, and a combo of labels layers."""
    return (
        combo(f"{prefix}image", lambda _: layers("Image"), tooltip),
        combo(
            f"{prefix}labels",
            lambda _: layers("Labels"),
            "The labels of its nuclei, each with its own number.",
        ),
    )


def selected_folder(line: Any) -> Path | None:
    """Return the folder chosen in a row; None if it is empty."""
    return Path(str(line.value)) if line.value else None
