"""The controls that choose which part of an image is segmented."""

from __future__ import annotations

from collections.abc import Callable

from magicgui.widgets import ComboBox

from napari_nuclei.config.channels import COLOURS
from napari_nuclei.widgets.layers.image_source import (
    CURRENT_SLICE,
    INSIDE_SHAPES,
    VISIBLE_PART,
    WHOLE_IMAGE,
    RegionChoice,
)
from napari_nuclei.widgets.layers.layer_axes import (
    ambiguous_axis,
    detect_channel_axis,
    full_shape,
    resolve_channel_axis,
)
from napari_nuclei.widgets.shared.form import combo

DISPLAYED_CHANNEL = "displayed channel"
AUTOMATIC_COLOUR = "automatic"
NO_AXIS = "none"
ASK, CHANNELS, PLANES = "choose...", "channels", "planes"
ORDINALS = ("First", "Second", "Third")


class RegionControls:
    """Combos of the region, the channel and the resolution of an image.

    Parameters
    ----------
    image : ComboBox
        The combo of image layers.
    """

    def __init__(self, image: ComboBox) -> None:
        self._image = image
        self.region = combo(
            "region",
            lambda _: [WHOLE_IMAGE, CURRENT_SLICE, VISIBLE_PART, INSIDE_SHAPES],
            "Segment the whole image with all its slices and time points, only the "
            "displayed slice, or only the part of it that is on the screen or inside "
            "the selected shapes.",
        )
        self.region.label = "Segment"
        self.short_axis = combo(
            "short_axis",
            lambda _: [ASK, CHANNELS, PLANES],
            "A short axis without a name holds the channels of one image, or several "
            "images: planes of a stack. Choose which.",
        )
        self.channel_axis = combo(
            "channel_axis",
            self._axes,
            "The axis that holds the channels, if there is one.",
        )
        self.channel = combo(
            "channel",
            self._channels,
            "The channel that shows the nuclei. automatic: all colours of tissue, and "
            "one colour of fluorescence.",
        )
        self.level = combo(
            "level",
            self._levels,
            "Resolution of a multiscale image; 0 is full resolution.",
        )
        self.combos = (
            *(self.region, self.channel, self.level),
            *(self.short_axis, self.channel_axis),
        )
        self.short_axis.changed.connect(self._on_short_axis)
        on_change(self.channel_axis, self._on_channel_axis)

    def connect(self, call: Callable[[], object]) -> None:
        """Call a function after each change of a combo."""
        for box in self.combos:
            on_change(box, call)

    def choice(self) -> RegionChoice:
        """Return the chosen region, channel and level."""
        channel = self.channel.value
        return RegionChoice(
            scope=self.region.value,
            level=self.level.value or 0 if self._levels() else 0,
            channel_axis=self.channel_axis.value,
            channel=channel if isinstance(channel, int) else None,
        )

    def check_axes(self) -> None:
        """Raise a ValueError if the user must choose between channels and planes.

        For one slice, or a part of it, the choice makes no difference.
        """
        axis = self._ambiguous
        unknown = self.short_axis.value == ASK and self.channel_axis.value is None
        if axis is not None and unknown and self.region.value == WHOLE_IMAGE:
            layer = self._image.value
            raise ValueError(
                f"Choose above whether the {ORDINALS[axis].lower()} axis of "
                f"{layer.name}, of length {full_shape(layer)[axis]}, holds channels or "
                "planes"
            )

    def downsampling(self) -> float:
        """Return the pixel size of the chosen level relative to full resolution."""
        level = self.choice().level
        if not level:
            return 1.0
        layer = self._image.value
        widths = [data.shape[-1 - layer.rgb] for data in layer.data]
        return float(widths[0] / widths[level])

    @property
    def detected_axis(self) -> int | None:
        """Index of the channel axis that is chosen first; None without channels."""
        layer = self._image.value
        if layer is None:
            return None
        if self._ambiguous is not None:
            return self._ambiguous if self.short_axis.value == CHANNELS else None
        return detect_channel_axis(layer)

    def image_changed(self) -> None:
        """Show only the combos that the image needs."""
        self.channel_axis.reset_choices()
        self.short_axis.value = ASK
        self.channel_axis.value = self.detected_axis
        self.level.reset_choices()
        self.channel.reset_choices()
        self.level.visible = bool(self._levels())
        self.channel.visible = len(self._channels()) > 1
        self.channel_axis.visible = len(self._axes()) > 1
        axis = self._ambiguous
        self.short_axis.visible = axis is not None
        if axis is not None:
            size = full_shape(self._image.value)[axis]
            self.short_axis.label = f"{ORDINALS[axis]} axis ({size})"

    @property
    def _ambiguous(self) -> int | None:
        layer = self._image.value
        axis = None if layer is None or layer.ndim < 3 else ambiguous_axis(layer)
        return axis if axis is None or axis < len(ORDINALS) else None

    def _on_short_axis(self) -> None:
        self.channel_axis.value = self.detected_axis

    def _on_channel_axis(self) -> None:
        self.channel.reset_choices()
        self.channel.visible = len(self._channels()) > 1

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
        if axis is None and layer.rgb:
            colours = [(name, number) for number, name in enumerate(COLOURS)]
            return [(AUTOMATIC_COLOUR, None), *colours]
        if axis is None:
            return choices
        numbers = range(full_shape(layer)[axis])
        return choices + [(f"channel {number}", number) for number in numbers]


def on_change(box: ComboBox, call: Callable[[], object]) -> None:
    """Call a function after each change of a combo.

    magicgui reports no change to the value None, such as "none" for an axis.
    """
    box.native.currentIndexChanged.connect(lambda index: call())
