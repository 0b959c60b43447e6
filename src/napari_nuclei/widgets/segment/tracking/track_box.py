"""The tick that follows the nuclei of a time series."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from magicgui.widgets import CheckBox

from napari_nuclei.core.tracking.segmented_movie import check_trackable
from napari_nuclei.widgets.layers.layer_axes import has_axis
from napari_nuclei.widgets.segment.blockwise import is_large

if TYPE_CHECKING:
    import napari.layers

    from napari_nuclei.config import SegmentConfig
    from napari_nuclei.widgets.layers.image_source import ImageSource

TRACKED = " Nuclei are tracked: each gets one number in all frames."
LARGE = " The nuclei of a large image are not tracked."


class TrackBox:
    """The tick "Track nuclei", shown for an image with an axis called t.

    Attributes
    ----------
    box : CheckBox
    """

    def __init__(self) -> None:
        self.box = CheckBox(
            name="track",
            label="",
            text="Track nuclei",
            value=False,
            tooltip="Follow nuclei over time, so that each has one number in all "
            "frames, and find divisions. Adds a layer of tracks. After a change of the "
            "thresholds press Run again.",
        )

    def show(self, image: napari.layers.Image | None) -> None:
        """Show the tick if an axis of an image is called t."""
        self.box.visible = image is not None and has_axis(image, "T")

    def add_to(self, config: SegmentConfig, source: ImageSource) -> SegmentConfig:
        """Return the settings of a run on a part of an image.

        Raises
        ------
        ValueError
            If the nuclei are to be tracked and cannot be.
        """
        if not self._tracks(source) or is_large(source):
            return config
        tracked = replace(config, track=True)
        try:
            check_trackable(source.layout, tracked)
        except ModuleNotFoundError as error:
            raise ValueError(str(error)) from error
        return tracked

    def describe(self, source: ImageSource) -> str:
        """Return a sentence that says that nuclei are tracked, or why they are not."""
        if not self._tracks(source):
            return ""
        return LARGE if is_large(source) else TRACKED

    def _tracks(self, source: ImageSource) -> bool:
        """Return whether the tick is on and makes a difference for a part."""
        layout = source.layout
        return self.box.value and "T" in layout.axes and layout.size("T") > 1
