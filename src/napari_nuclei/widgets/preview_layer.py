"""The layer that shows the blocks of a large image as they come."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from napari_nuclei.widgets.layers.channel_axis import with_channels
from napari_nuclei.widgets.layers.viewport import unwrapped

if TYPE_CHECKING:
    import napari.viewer

    from napari_nuclei.widgets.layers.image_source import Source
    from napari_nuclei.widgets.segment.block_preview import Preview

REDRAWN = 0.5
"""Seconds after which what has come is drawn, at the earliest."""


class PreviewLayer:
    """Shows a preview until it is closed.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    preview : Preview
    source : Source
        Of the run.
    name : str
    pose : dict
        Where the preview lies in the world, as arguments of a layer.
    """

    def __init__(
        self,
        viewer: napari.viewer.Viewer,
        preview: Preview,
        source: Source,
        name: str,
        pose: dict[str, Any],
    ) -> None:
        self._viewer, self._preview, self._drawn = viewer, preview, 0.0
        active = viewer.layers.selection.active
        labels = with_channels(source, preview.labels)
        self.layer = unwrapped(viewer.add_labels(labels, name=name, **pose))
        self.layer.editable = False
        viewer.layers.selection.active = active

    def show(self) -> None:
        """Draw what has come, if anything has and the last time is not just over."""
        now = time.monotonic()
        if self._preview.fresh and now - self._drawn > REDRAWN:
            self._preview.fresh, self._drawn = False, now
            self.layer.refresh(thumbnail=False, extent=False)

    def close(self) -> None:
        """Take the layer away."""
        if self.layer in self._viewer.layers:
            self._viewer.layers.remove(self.layer)
