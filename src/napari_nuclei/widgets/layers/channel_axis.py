"""Add a channel axis to labels, or remove it, so that sliders match the image.

napari aligns the last axes of all layers. If the channel axis comes first, labels do
not need it. If it comes later, labels without it would follow the wrong sliders. So
they get a channel axis of length 1, scaled to cover all channels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from napari_nuclei.widgets.layers.image_source import ImageSource


def add_channel_axis(source: ImageSource, labels: Any) -> Any:
    """Return labels with the channel axis that a layer on top of the source needs.

    Parameters
    ----------
    source : ImageSource
    labels : array-like, or list of array-like
        Labels of the source's shape without channels; a list holds the levels of a
        pyramid.

    Returns
    -------
    array-like, or list of array-like
        A view of the same memory; `labels` itself if no axis is needed.
    """
    axis = source.labels_channel_axis
    if axis is None:
        return labels
    if isinstance(labels, list):
        return [add_channel_axis(source, level) for level in labels]
    return labels[(slice(None),) * axis + (np.newaxis,)]


def remove_channel_axis(source: ImageSource, labels: Any) -> Any:
    """Return the labels of a layer without a channel axis.

    Parameters
    ----------
    source : ImageSource
    labels : array-like
        Labels of the source's shape, with or without its channel axis. If that axis is
        longer than 1, as in a labels layer that napari creates, the result is the
        maximum over the channels: a nucleus painted on one channel counts for all.

    Returns
    -------
    array-like
        `labels` itself if it has no channel axis.
    """
    axis, ndim = source.choice.channel_axis, len(source.layout.label_axes)
    if not isinstance(axis, int) or labels.ndim != ndim + 1:
        return labels
    if labels.shape[axis] == 1:
        return labels[(slice(None),) * axis + (0,)]
    return labels.max(axis=axis)
