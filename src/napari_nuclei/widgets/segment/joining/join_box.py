"""The tick that joins the slices of a z stack to nuclei in 3-D."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from magicgui.widgets import CheckBox

from napari_nuclei.widgets.layers.describe import describe_source
from napari_nuclei.widgets.layers.layer_axes import find_slices, has_axis

if TYPE_CHECKING:
    import napari.layers

    from napari_nuclei.config import SegmentConfig
    from napari_nuclei.widgets.layers.image_source import ImageSource

JOINED = " Slices are joined: each nucleus gets one number."


class JoinBox:
    """The tick "Join slices", on by itself for an image with an axis called z.

    Attributes
    ----------
    box : CheckBox
    offered : bool
        Whether the image may have slices; the tick is hidden and off otherwise.
    """

    def __init__(self) -> None:
        self.box = CheckBox(
            name="join",
            label="",
            text="Join slices",
            value=False,
            tooltip="Join the outlines of neighbouring slices, so that a nucleus has "
            "one number in 3-D. Light out of focus above and below it is cut off.",
        )

        self.offered = False

    def show(
        self, image: napari.layers.Image | None, channel_axis: int | None = None
    ) -> None:
        """Show the tick if an image may have slices, on if one of its axes is called z.

        `channel_axis` is the index of the axis of its channels.
        """
        self.offer(image, channel_axis)
        self.box.value = self.offered and image is not None and has_axis(image, "Z")

    def offer(
        self, image: napari.layers.Image | None, channel_axis: int | None = None
    ) -> None:
        """Show the tick as it is if an image may have slices; hide it otherwise."""
        self.offered = (
            image is not None and find_slices(image, channel_axis) is not None
        )
        self.box.visible = self.offered
        if not self.offered:
            self.box.value = False

    def applies_to(self, source: ImageSource) -> bool:
        """Return whether the tick makes a difference for a part of an image."""
        layout = source.layout
        return "Z" in layout.axes and layout.size("Z") > 1

    def setting(self, source: ImageSource) -> str:
        """Return the setting `join` of a run."""
        return "z" if self.box.value and self.applies_to(source) else "none"

    def add_to(self, config: SegmentConfig, source: ImageSource) -> SegmentConfig:
        """Return the settings of a run on a part of an image."""
        return replace(config, join=self.setting(source))

    def describe(self, source: ImageSource) -> str:
        """Return what a run on a part of an image does, and whether it joins slices."""
        joined = JOINED if self.setting(source) == "z" else ""
        return f"{describe_source(source)}.{joined}"
