"""Labels whose axes lie where those of an image with channels do.

napari lays the last axes of all layers upon each other. Where the axis of channels is
the first one, labels do without it. Where it comes after others, such labels would
follow the wrong sliders: they keep it, with one plane as thick as all channels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from napari_nuclei.widgets.layers.image_source import ImageSource


def add_channel_axis(source: ImageSource, labels: Any) -> Any:
    """Return labels as a layer on a source shows them; a view of the same memory.

    Parameters
    ----------
    source : ImageSource
    labels : array-like, or list of them
        Of the shape of the source without its channels; of a pyramid all levels.
    """
    axis = source.labels_channel_axis
    if axis is None:
        return labels
    if isinstance(labels, list):
        return [add_channel_axis(source, level) for level in labels]
    return labels[(slice(None),) * axis + (np.newaxis,)]


def remove_channel_axis(source: ImageSource, labels: Any) -> Any:
    """Return the labels of a layer in the shape of a source without its channels.

    Parameters
    ----------
    source : ImageSource
    labels : array-like
        Those that have the axis of channels too, as those that napari makes for the
        user, are laid into one: what is painted on one channel is true of all.
    """
    axis, ndim = source.choice.channel_axis, len(source.layout.label_axes)
    if not isinstance(axis, int) or labels.ndim != ndim + 1:
        return labels
    if labels.shape[axis] == 1:
        return labels[(slice(None),) * axis + (0,)]
    return labels.max(axis=axis)
