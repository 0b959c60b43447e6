"""The tick that joins the slices of a z stack to nuclei in 3-D."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from magicgui.widgets import CheckBox

from napari_nuclei.widgets.layers.describe import describe_source
from napari_nuclei.widgets.layers.layer_axes import has_axis

if TYPE_CHECKING:
    import napari.layers

    from napari_nuclei.config import SegmentConfig
    from napari_nuclei.widgets.layers.image_source import ImageSource

JOINED = " Slices are joined: each nucleus gets one number in 3-D."


class JoinBox:
    """The tick "Join slices", on by itself for an image with an axis called z.

    Attributes
    ----------
    box : CheckBox
        Visible for images that may have slices.
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

    def show(self, image: napari.layers.Image | None) -> None:
        """Show the tick for an image, on if one of its axes is called z."""
        self.box.visible = image is not None and image.ndim > 2
        self.box.value = image is not None and has_axis(image, "Z")

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
