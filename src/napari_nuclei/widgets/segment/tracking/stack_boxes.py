"""The ticks of stacks: slices are joined, nuclei are tracked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_nuclei.widgets.segment.joining.join_box import JoinBox
from napari_nuclei.widgets.segment.tracking.track_box import TrackBox

if TYPE_CHECKING:
    import napari.layers
    from magicgui.widgets import CheckBox

    from napari_nuclei.config import SegmentConfig
    from napari_nuclei.widgets.layers.image_source import ImageSource


class StackBoxes:
    """The ticks "Join slices" and "Track nuclei".

    Attributes
    ----------
    join : JoinBox
    track : TrackBox
    """

    def __init__(self) -> None:
        self.join, self.track = JoinBox(), TrackBox()

    @property
    def boxes(self) -> tuple[CheckBox, CheckBox]:
        """The two ticks."""
        return self.join.box, self.track.box

    def show(
        self, image: napari.layers.Image | None, channel_axis: int | None = None
    ) -> None:
        """Show the ticks that fit the axes of an image.

        `channel_axis` is the index of the axis of its channels.
        """
        self.join.show(image, channel_axis)
        self.track.show(image)

    def add_to(self, config: SegmentConfig, source: ImageSource) -> SegmentConfig:
        """Return the settings of a run on a part of an image.

        Raises
        ------
        ValueError
            If nuclei are to be tracked and cannot be.
        """
        return self.track.add_to(self.join.add_to(config, source), source)

    def describe(self, source: ImageSource) -> str:
        """Return what a run on a part of an image does, and what the ticks add."""
        return self.join.describe(source) + self.track.describe(source)
