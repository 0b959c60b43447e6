"""Layers of a run, added to a viewer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_nuclei.widgets.layers.channel_axis import with_channels
from napari_nuclei.widgets.layers.viewport import unwrapped
from napari_nuclei.widgets.segment.layer_data import (
    centroid_arguments,
    centroids_of,
    layer_arguments,
    probability_arguments,
)

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

    from napari_nuclei.widgets.segment.result import Run

CONTOUR = 2
"""Width of outlines, in pixels."""


def add_run(
    viewer: napari.viewer.Viewer,
    run: Run,
    *,
    outlines: bool = False,
    centroids: bool = False,
) -> napari.layers.Labels:
    """Add the labels of a run as a layer, and what else was wanted.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    run : Run
    outlines : bool
        Draw outlines only.
    centroids : bool
        Add a layer of points too.
    """
    if run.probability is not None:
        shown = with_channels(run.source, run.probability)
        viewer.add_image(shown, **probability_arguments(run))
    labels = with_channels(run.source, run.labels)
    layer = unwrapped(viewer.add_labels(labels, **layer_arguments(run)))
    if outlines:
        layer.contour = CONTOUR
    if centroids:
        viewer.add_points(centroids_of(run), **centroid_arguments(run))
        viewer.layers.selection.active = layer
    return layer
