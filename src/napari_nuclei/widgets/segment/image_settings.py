"""Settings that belong to one image, and are not carried to another one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from napari_nuclei.widgets.segment.region_controls import ASK

if TYPE_CHECKING:
    import napari.layers

    from napari_nuclei.widgets.segment.diameter_box import DiameterBox
    from napari_nuclei.widgets.segment.joining.join_box import JoinBox
    from napari_nuclei.widgets.segment.region_controls import RegionControls

DEFAULT_DIAMETER = "auto"


@dataclass(frozen=True, slots=True)
class ImageChoice:
    """What a user has set for an image.

    Attributes
    ----------
    diameter : str
        As in `SegmentConfig`.
    short_axis : str
        Whether a short axis without a name holds channels or planes.
    channel_axis, channel : int, optional
    level : int, optional
    join : bool
        Whether slices are joined.
    """

    diameter: str
    short_axis: str
    channel_axis: int | None
    channel: int | None
    level: int | None
    join: bool


class ImageSettings:
    """Store the settings of each image, and show those of the chosen one.

    Parameters
    ----------
    diameter : DiameterBox
    regions : RegionControls
    join : JoinBox

    Attributes
    ----------
    default_diameter : str
        For an image without settings of its own.
    """

    def __init__(
        self, diameter: DiameterBox, regions: RegionControls, join: JoinBox
    ) -> None:
        self._diameter, self._regions, self._join = diameter, regions, join
        self.default_diameter = DEFAULT_DIAMETER
        self._shown: napari.layers.Image | None = None
        self._choices: WeakKeyDictionary[napari.layers.Image, ImageChoice]
        self._choices = WeakKeyDictionary()

    def store(self) -> None:
        """Store the settings of the image that is shown."""
        if self._shown is None:
            return
        regions = self._regions
        self._choices[self._shown] = ImageChoice(
            diameter=self._diameter.text,
            short_axis=regions.short_axis.value,
            channel_axis=regions.channel_axis.value,
            channel=regions.channel.value,
            level=regions.level.value,
            join=self._join.box.value,
        )

    def show(self, image: napari.layers.Image | None) -> None:
        """Show the settings of an image; the controls already list its choices."""
        self._shown = image
        if image is None:
            return
        regions = self._regions
        choice = self._choices.get(image)
        if choice is None:
            axis = regions.detected_axis
            automatic = self._join.box.value
            choice = ImageChoice(
                diameter=self.default_diameter,
                short_axis=ASK,
                channel_axis=axis,
                channel=None,
                level=0,
                join=automatic,
            )
        self._join.box.value = choice.join
        self._diameter.text = choice.diameter
        for box, value in (
            (regions.short_axis, choice.short_axis),
            (regions.channel_axis, choice.channel_axis),
            (regions.channel, choice.channel),
            (regions.level, choice.level),
        ):
            if value in box.choices:
                box.value = value
