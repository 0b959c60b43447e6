"""The combos that choose which part of an image is segmented."""

from __future__ import annotations

from magicgui.widgets import ComboBox

from napari_nuclei.widgets.layers.axes import (
    detect_channel_axis,
    full_shape,
    resolve_channel_axis,
)
from napari_nuclei.widgets.layers.image_source import (
    CURRENT_SLICE,
    VISIBLE_PART,
    WHOLE_IMAGE,
    RegionChoice,
)
from napari_nuclei.widgets.shared.form import combo

DISPLAYED_CHANNEL = "the one in view"
NO_AXIS = "none"


class RegionControls:
    """Combos of the area, the channel and the resolution of an image.

    Parameters
    ----------
    image : ComboBox
        In which the image layer is chosen.
    """

    def __init__(self, image: ComboBox) -> None:
        self._image = image
        self.area = combo(
            "area",
            lambda _: [WHOLE_IMAGE, CURRENT_SLICE, VISIBLE_PART],
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
        self.combos = (self.area, self.channel, self.level, self.channel_axis)
        self.channel_axis.changed.connect(self.channel.reset_choices)

    def choice(self) -> RegionChoice:
        """Return which part of the image is wanted."""
        channel = self.channel.value
        return RegionChoice(
            scope=self.area.value,
            level=self.level.value or 0 if self._levels() else 0,
            channel_axis=self.channel_axis.value,
            channel=channel if isinstance(channel, int) else None,
        )

    def image_changed(self) -> None:
        """Show the combos that the image needs, and only these."""
        layer = self._image.value
        self.channel_axis.reset_choices()
        if layer is not None:
            self.channel_axis.value = detect_channel_axis(layer)
        self.level.reset_choices()
        self.channel.reset_choices()
        self.level.visible = bool(self._levels())
        self.channel.visible = len(self._channels()) > 1
        self.channel_axis.visible = len(self._axes()) > 1

    def _levels(self, _: object = None) -> list[tuple[str, int]]:
        layer = self._image.value
        if layer is None or not layer.multiscale:
            return []
        choices = []
        for number, data in enumerate(layer.data):
            height, width = (data.shape[axis - layer.rgb] for axis in (-2, -1))
            choices.append((f"{number}: {height} x {width}", number))
        return choices

    def _axes(self, _: object = None) -> list[tuple[str, int | None]]:
        layer = self._image.value
        choices: list[tuple[str, int | None]] = [(NO_AXIS, None)]
        if layer is None or layer.ndim < 3:
            return choices
        for axis, size in enumerate(full_shape(layer)):
            choices.append((f"axis {layer.axis_labels[axis]} ({size})", axis))
        return choices

    def _channels(self, _: object = None) -> list[tuple[str, int | None]]:
        layer = self._image.value
        choices: list[tuple[str, int | None]] = [(DISPLAYED_CHANNEL, None)]
        if layer is None:
            return choices
        axis = resolve_channel_axis(layer, self.channel_axis.value)
        if axis is None:
            return choices
        numbers = range(full_shape(layer)[axis])
        return choices + [(f"channel {number}", number) for number in numbers]
