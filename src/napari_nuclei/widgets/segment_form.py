"""The form of the Segment widget: controls, and the settings that they say."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from magicgui.widgets import CheckBox, FloatSlider, LineEdit, PushButton, Widget

from napari_nuclei.config import SegmentConfig
from napari_nuclei.widgets.blockwise import results_folder
from napari_nuclei.widgets.diameter_box import DiameterBox
from napari_nuclei.widgets.form import (
    combo,
    fold,
    folder_line,
    number_or_none,
    number_slider,
    text_line,
)
from napari_nuclei.widgets.models_box import ModelsBox
from napari_nuclei.widgets.pose import pixel_size
from napari_nuclei.widgets.source import (
    EVERYTHING,
    PLANE,
    VIEW,
    Choice,
    chosen_axis,
    full_shape,
    named_axis,
    plane_axes,
)

if TYPE_CHECKING:
    import napari.layers

    from napari_nuclei.core.card import Card

IN_VIEW = "the one in view"
NO_AXIS = "none"

OF_MODEL = -1.0
"""Kept for a threshold that was left as the model has it."""

LARGEST_MIN_SIZE = 500.0
"""End of the slider of the smallest size, in pixels, unless the model's is larger."""


class SegmentForm:
    """The controls of the Segment widget.

    Parameters
    ----------
    images : callable
        Gives the image layers that can be chosen.
    """

    def __init__(self, images: Callable[[Any], list[napari.layers.Image]]) -> None:
        self.image = combo("image", images, "The image in which to find nuclei.")
        self.models = ModelsBox()
        self.model = self.models.combo
        self.diameter = DiameterBox()
        self.area = combo(
            "area",
            lambda _: [EVERYTHING, PLANE, VIEW],
            "What a run takes: the whole image with all its planes, the plane that is "
            "shown, or the part of it that is on the screen.",
        )
        self.channel_axis = combo(
            "channel_axis",
            self._axes,
            "The axis along which the channels of the image lie, if it has any.",
        )
        self.channel_axis.label = "Channel axis"
        self.channel = combo(
            "channel", self._channels, "Which channel shows the nuclei."
        )
        self.level = combo(
            "level",
            self._levels,
            "Resolution of a multiscale image; the first is full resolution.",
        )
        self.probability = number_slider(SegmentConfig, "probability")
        self.splitting = number_slider(SegmentConfig, "splitting")
        self.min_size = number_slider(
            SegmentConfig, "min_size", label="Smallest", high=LARGEST_MIN_SIZE, step=1
        )
        self.min_score = number_slider(SegmentConfig, "min_score", label="Lowest score")
        self.max_size = text_line(
            SegmentConfig, "max_size", label="Largest", empty="no limit, in pixels"
        )
        self.drop_border = tick("drop_border", "Drop nuclei cut by the border")
        self.drop_border.tooltip = "Leave out nuclei that the image's border cuts."
        self.outlines = tick("outlines", "Draw outlines only")
        self.outlines.tooltip = "Show the nuclei as outlines, so the image stays seen."
        self.probabilities = tick("probabilities", "Add the probability as an image")
        self.probabilities.tooltip = "How sure the network is that a pixel is nuclear."
        self.centroids = tick("centroids", "Add the centroids as points")
        self.centroids.tooltip = "A point in the middle of every nucleus."
        self.copy_command = PushButton(
            text="Copy command",
            tooltip="Copy the last run as a command line that repeats it.",
        )
        self.copy_python = PushButton(
            text="Copy Python",
            tooltip="Copy the last run as Python code that repeats it.",
        )
        self.large_folder = folder_line(
            "large_folder",
            "The labels of a large image do not fit into memory; they are kept as "
            "OME-Zarr in this folder, with a table.",
            label="Keep labels in",
            empty=str(results_folder()),
        )
        self.main: list[Widget] = [self.image, self.models, self.diameter]
        self.main += [self.diameter.number, self.area, self.channel, self.level]
        self.thresholds: list[Widget] = [
            self.probability,
            self.splitting,
            self.min_size,
        ]
        self.more: list[Widget] = [self.max_size, self.min_score, self.drop_border]
        self.more += [self.outlines, self.probabilities, self.centroids]
        self.more += [self.channel_axis, self.large_folder]
        self.thresholds_fold = fold(
            "Thresholds",
            self.thresholds,
            "Which pixels are nuclei and how they are split; after a run the labels "
            "follow as you move a slider.",
        )
        self.more_fold = fold(
            "More",
            self.more,
            "Nuclei to leave out, further results, and the run as code.",
            foot=[self.copy_command, self.copy_python],
        )
        self.settings: list[FloatSlider | LineEdit | CheckBox] = [
            self.probability,
            self.splitting,
            self.min_size,
            self.max_size,
            self.min_score,
            self.drop_border,
        ]
        self.sliders = (
            self.probability,
            self.splitting,
            self.min_size,
            self.min_score,
        )
        self._of_model: dict[str, float] = {}
        self.channel_axis.changed.connect(self.channel.reset_choices)
        self.image.changed.connect(self.image_changed)

    def config(self) -> SegmentConfig:
        """Return the settings of the form.

        Raises
        ------
        ValueError
            If one of them is not understood.
        """
        return SegmentConfig(
            diameter=self.diameter.text,
            probability=self._changed(self.probability),
            splitting=self._changed(self.splitting),
            min_size=self._changed(self.min_size),
            max_size=number_or_none("largest size", self.max_size.value),
            min_score=self._changed(self.min_score),
            drop_border=self.drop_border.value,
        )

    def results_folder(self) -> Path:
        """Return the folder in which the labels of large images are kept."""
        chosen = self.large_folder.value
        return Path(str(chosen)) if chosen else results_folder()

    def choice(self) -> Choice:
        """Return which part of the image is wanted."""
        channel = self.channel.value
        return Choice(
            scope=self.area.value,
            level=self.level.value or 0 if self._levels() else 0,
            channel_axis=self.channel_axis.value,
            channel=channel if isinstance(channel, int) else None,
        )

    def show_model(self, card: Card) -> None:
        """Show the thresholds of a model, which is what a form left alone means."""
        self._of_model = {}
        self.min_size.max = max(LARGEST_MIN_SIZE, 4 * card.min_size)
        for slider in self.sliders:
            slider.value = getattr(card, slider.name)
            self._of_model[slider.name] = slider.value

    def image_changed(self) -> None:
        """Show the controls that the image needs, and only these."""
        layer = self.image.value
        self.channel_axis.reset_choices()
        if layer is not None:
            self.channel_axis.value = named_axis(layer)
        self.level.reset_choices()
        self.channel.reset_choices()
        self.show_needed()
        known = False
        if layer is not None and layer.ndim > 1:
            axes = plane_axes(layer, Choice())
            known = pixel_size(layer, axes) is not None
        self.diameter.offer_micrometres(known)

    def show_needed(self) -> None:
        """Hide the controls of channels and levels where there are none."""
        self.level.visible = bool(self._levels())
        self.channel.visible = len(self._channels()) > 1
        self.channel_axis.visible = len(self._axes()) > 1

    def values(self) -> dict[str, Any]:
        """Return what is kept for the next session."""
        kept: dict[str, Any] = {
            "model": self.model.value,
            "diameter": self.diameter.text,
        }
        for slider in self.sliders:
            value = self._changed(slider)
            kept[slider.name] = OF_MODEL if value is None else value
        for part in (self.area, self.max_size, self.drop_border):
            kept[part.name] = part.value
        kept["large_folder"] = str(self.large_folder.value or "")
        for part in (self.outlines, self.probabilities, self.centroids):
            kept[part.name] = part.value
        return kept

    def restore(self, kept: dict[str, Any]) -> None:
        """Show the settings of an earlier session, where they still make sense."""
        if kept.get("model") in self.model.choices:
            self.model.value = kept["model"]
        for slider in self.sliders:
            value = kept.get(slider.name, OF_MODEL)
            if isinstance(value, int | float) and slider.min <= value <= slider.max:
                slider.value = value
        ticks = (self.drop_border, self.outlines, self.probabilities, self.centroids)
        for box in ticks:
            box.value = bool(kept.get(box.name, False))
        if kept.get("area") in (EVERYTHING, PLANE, VIEW):
            self.area.value = kept["area"]
        self.max_size.value = str(kept.get("max_size", ""))
        self.large_folder.value = kept.get("large_folder") or None
        diameter = str(kept.get("diameter", "auto"))
        try:
            SegmentConfig(diameter=diameter)
        except ValueError:
            return
        self.diameter.text = diameter

    def _changed(self, slider: FloatSlider) -> float | None:
        """Return a slider's value, or None while it is the model's own."""
        if slider.value == self._of_model.get(slider.name):
            return None
        return round(float(slider.value), 4)

    def _levels(self, _: object = None) -> list[tuple[str, int]]:
        layer = self.image.value
        if layer is None or not layer.multiscale:
            return []
        choices = []
        for number, data in enumerate(layer.data):
            height, width = (data.shape[axis - layer.rgb] for axis in (-2, -1))
            choices.append((f"{number}: {height} x {width}", number))
        return choices

    def _axes(self, _: object = None) -> list[tuple[str, int | None]]:
        layer = self.image.value
        choices: list[tuple[str, int | None]] = [(NO_AXIS, None)]
        if layer is None or layer.ndim < 3:
            return choices
        for axis, size in enumerate(full_shape(layer)):
            choices.append((f"axis {layer.axis_labels[axis]} ({size})", axis))
        return choices

    def _channels(self, _: object = None) -> list[tuple[str, int | None]]:
        layer = self.image.value
        choices: list[tuple[str, int | None]] = [(IN_VIEW, None)]
        if layer is None:
            return choices
        axis = chosen_axis(layer, Choice(channel_axis=self.channel_axis.value))
        if axis is None:
            return choices
        numbers = range(full_shape(layer)[axis])
        return choices + [(f"channel {number}", number) for number in numbers]


def tick(name: str, text: str) -> CheckBox:
    """Return a box to tick, with its text beside it."""
    return CheckBox(name=name, label="", text=text, value=False)
