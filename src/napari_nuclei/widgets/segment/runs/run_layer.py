"""Show the planes of a run as they are done."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from napari_nuclei.widgets.layers.channel_axis import add_channel_axis
from napari_nuclei.widgets.layers.viewport import unwrap_layer
from napari_nuclei.widgets.segment.add_layers import CONTOUR
from napari_nuclei.widgets.segment.layer_data import labels_layer_name

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

    from napari_nuclei.core.axes import PlaneIndex
    from napari_nuclei.widgets.layers.image_source import ImageSource
    from napari_nuclei.widgets.segment.result import RunResult

REDRAW_INTERVAL = 0.5
"""Shortest time between two redraws, in seconds."""

REDRAW_SHARE = 0.1
"""Largest fraction of the time that redraws take; those of a large volume are slow."""


class RunLayer:
    """The layer of a run on a stack, added with the first plane that is done.

    The layer shows the array that the run writes to, so a plane that is done is there
    when the slider is moved to it. The displayed plane is drawn again when it is done.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    outlines : bool
        Show the labels as outlines.

    Attributes
    ----------
    layer : napari.layers.Labels, optional
        Not editable until the run has ended.
    """

    def __init__(self, viewer: napari.viewer.Viewer, *, outlines: bool = False) -> None:
        self._viewer, self._outlines = viewer, outlines
        self._labels: Any = None
        self._drawn, self._next_redraw = 0, 0.0
        self.layer: napari.layers.Labels | None = None

    @property
    def is_shown(self) -> bool:
        """Whether the viewer has the layer; the user may have removed it."""
        return self.layer is not None and self.layer in self._viewer.layers

    def show(self, run: RunResult) -> None:
        """Show the planes of a run that are done."""
        if self.layer is None:
            if run.planes and run.plane_count > 1:
                self._add(run)
        elif not self.is_shown:
            return
        elif run.labels is not self._labels:
            self._labels = run.labels
            self.layer.data = add_channel_axis(run.source, run.labels)
        elif len(run.planes) > self._drawn and time.monotonic() > self._next_redraw:
            self._redraw(run)

    def _add(self, run: RunResult) -> None:
        active = self._viewer.layers.selection.active
        self._labels, self._drawn = run.labels, len(run.planes)
        labels = add_channel_axis(run.source, run.labels)
        name, transform = labels_layer_name(run), run.source.transform
        added = self._viewer.add_labels(labels, name=name, **transform)
        self.layer = unwrap_layer(added)
        self.layer.editable = False
        if self._outlines:
            self.layer.contour = CONTOUR
        self._viewer.layers.selection.active = active

    def _redraw(self, run: RunResult) -> None:
        assert self.layer is not None
        done = [plane.plane_index for plane in run.planes[self._drawn :]]
        self._drawn = len(run.planes)
        flat = len(self._viewer.dims.displayed) == 2
        if flat and displayed_plane(self._viewer, self.layer, run.source) not in done:
            return
        began = time.monotonic()
        self.layer.refresh(thumbnail=False, extent=False)
        now = time.monotonic()
        self._next_redraw = now + max(REDRAW_INTERVAL, (now - began) / REDRAW_SHARE)


def displayed_plane(
    viewer: napari.viewer.Viewer, layer: napari.layers.Labels, source: ImageSource
) -> PlaneIndex:
    """Return the index of the plane of a source that the viewer displays.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    layer : napari.layers.Labels
        Labels of the source.
    source : ImageSource
    """
    position = list(layer.world_to_data(viewer.dims.point[-layer.ndim :]))
    if source.labels_channel_axis is not None:
        del position[source.labels_channel_axis]
    return tuple(
        round(float(value))
        for value, axis in zip(position, source.layout.label_axes, strict=True)
        if axis not in "YX"
    )
