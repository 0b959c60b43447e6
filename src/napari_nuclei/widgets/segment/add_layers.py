"""Add the results of a run to a viewer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from napari_nuclei.widgets.layers.channel_axis import add_channel_axis
from napari_nuclei.widgets.layers.viewport import unwrap_layer
from napari_nuclei.widgets.segment.layer_data import (
    centroids_layer_kwargs,
    labels_layer_kwargs,
    nucleus_centroids,
    probability_layer_kwargs,
)
from napari_nuclei.widgets.segment.tracking.track_run import tracks_layer_data

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

    from napari_nuclei.widgets.segment.result import RunResult

CONTOUR = 2
"""Width of the outlines, in pixels."""


def add_result_layers(
    viewer: napari.viewer.Viewer,
    run: RunResult,
    *,
    layer: napari.layers.Labels | None = None,
    outlines: bool = False,
    centroids: bool = False,
) -> napari.layers.Labels:
    """Add the labels of a run as a layer, and its probability if it has one.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    run : RunResult
    layer : napari.layers.Labels, optional
        Layer that has shown the planes while the run was in progress: it gets the
        final labels. A new one is added if the viewer does not have it any more.
    outlines : bool
        Show the labels as outlines.
    centroids : bool
        Add a points layer of the centroids too.

    Returns
    -------
    napari.layers.Labels
    """
    if run.probability is not None:
        probability = add_channel_axis(run.source, run.probability)
        viewer.add_image(probability, **probability_layer_kwargs(run))
    if layer is not None and layer in viewer.layers:
        complete_layer(layer, run)
        if run.probability is not None:  # added last, but belongs below the labels
            viewer.layers.move(len(viewer.layers) - 1, viewer.layers.index(layer))
        viewer.layers.selection.active = layer
    else:
        labels = add_channel_axis(run.source, run.labels)
        layer = unwrap_layer(viewer.add_labels(labels, **labels_layer_kwargs(run)))
        if outlines:
            layer.contour = CONTOUR
    if run.tracked is not None:
        data, arguments = tracks_layer_data(run)
        viewer.add_tracks(data, **arguments)
        viewer.layers.selection.active = layer
    if centroids:
        viewer.add_points(nucleus_centroids(run), **centroids_layer_kwargs(run))
        viewer.layers.selection.active = layer
    return layer


def complete_layer(layer: napari.layers.Labels, run: RunResult) -> None:
    """Give a layer that has shown unfinished planes the final labels and the record.

    Parameters
    ----------
    layer : napari.layers.Labels
    run : RunResult
    """
    layer.data = add_channel_axis(run.source, run.labels)
    arguments = labels_layer_kwargs(run)
    layer.features = arguments["features"]
    layer.metadata = layer.metadata | arguments["metadata"]
    layer.editable = True
