"""Every nucleus has the right world coordinates, for any transform of its image."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from napari.layers import Image, Labels, Points

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.widgets.layers.channel_axis import add_channel_axis
from napari_nuclei.widgets.layers.image_source import (
    CURRENT_SLICE,
    VISIBLE_PART,
    WHOLE_IMAGE,
    RegionChoice,
    make_image_source,
)
from napari_nuclei.widgets.segment.in_memory import segment_in_memory
from napari_nuclei.widgets.segment.layer_data import (
    centroids_layer_kwargs,
    labels_layer_kwargs,
    nucleus_centroids,
)

SIDE = 24
"""Side of the coarsest level, in pixels; nuclei are squares of 4 x 4 pixels there."""

BLOCKS = [(3, 4), (13, 5), (8, 15)]

numbers = st.floats(-3, 3, allow_subnormal=False)
positive = st.floats(0.2, 3)


class FixedCache:
    """Returns the same segmenter for every model."""

    def __init__(self, segmenter: Segmenter) -> None:
        self.get = lambda model: segmenter


def bright(tiles):
    foreground = (tiles[..., :1] > 0.5).astype(np.float32)
    return np.concatenate([foreground, foreground], axis=-1)


SEGMENTERS = FixedCache(Segmenter(bright, ModelCard("blocks", min_size=1)))


def find(source):
    config = SegmentConfig(diameter="native", min_size=1, tile=32, overlap=0)
    return segment_in_memory(
        source, None, config, lambda step: None, segmenter_cache=SEGMENTERS
    )


@st.composite
def layers(draw):
    """Draw an image layer with nuclei, a region choice and a view."""
    rgb = draw(st.booleans())
    stack = draw(st.lists(st.integers(1, 3), max_size=2))
    channels = draw(st.sampled_from([None, 0, len(stack)]))
    if rgb:
        channels = None
    levels = draw(st.sampled_from([1, 2]))
    leading = list(stack)
    if channels is not None:
        leading.insert(channels, 2)
    plane = np.zeros((SIDE, SIDE), np.uint8)
    for row, column in BLOCKS:
        plane[row : row + 4, column : column + 4] = 200
    data = np.broadcast_to(plane, (*leading, SIDE, SIDE)).copy()
    if channels is not None:  # the first of two channels is empty
        data[(slice(None),) * channels + (0,)] = 0
    if levels == 2:
        fine = data.repeat(2, axis=-2).repeat(2, axis=-1)
        data = [fine, data]
    if rgb:
        data = (
            [np.stack([level] * 3, -1) for level in data]
            if (isinstance(data, list))
            else np.stack([data] * 3, -1)
        )
    ndim = len(leading) + 2
    matrix = np.eye(ndim + 1)
    matrix[:ndim, :ndim] += np.reshape(
        draw(st.lists(st.floats(-0.1, 0.1), min_size=ndim**2, max_size=ndim**2)),
        (ndim, ndim),
    )
    matrix[:ndim, ndim] = draw(st.lists(numbers, min_size=ndim, max_size=ndim))
    rotation = np.eye(ndim)
    angle = draw(st.floats(0, np.pi))
    rotation[-2:, -2:] = [
        [np.cos(angle), -np.sin(angle)],
        [np.sin(angle), np.cos(angle)],
    ]
    layer = Image(
        data,
        rgb=rgb,
        multiscale=levels == 2,
        scale=draw(st.lists(positive, min_size=ndim, max_size=ndim)),
        translate=draw(st.lists(numbers, min_size=ndim, max_size=ndim)),
        rotate=rotation,
        shear=draw(
            st.lists(
                st.floats(-0.5, 0.5),
                min_size=ndim * (ndim - 1) // 2,
                max_size=ndim * (ndim - 1) // 2,
            )
        ),
        affine=matrix if draw(st.booleans()) else None,
    )
    choice = RegionChoice(
        scope=draw(st.sampled_from([WHOLE_IMAGE, CURRENT_SLICE, VISIBLE_PART])),
        level=draw(st.integers(0, levels - 1)),
        channel_axis=channels,
        channel=None if channels is None else 1,
    )
    # A view that cuts no nucleus, in pixels of the finest level.
    low = draw(st.tuples(st.integers(0, 3), st.integers(0, 4)))
    high = draw(st.tuples(st.integers(17, 24), st.integers(19, 24)))
    sizes = (data[0] if levels == 2 else data).shape[: ndim - 2]
    view = tuple((0, size) for size in sizes) + tuple(
        (a * levels, b * levels) for a, b in zip(low, high, strict=True)
    )
    position = [draw(st.integers(0, size - 1)) for size in leading]
    return layer, choice, view, position, channels


# napari warns that it shows tilted planes as if they were not tilted.
@pytest.mark.filterwarnings("ignore:Non-orthogonal slicing:UserWarning")
@settings(max_examples=60)
@given(layers())
def test_every_nucleus_has_the_right_world_coordinates(case) -> None:
    layer, choice, view, position, channels = case
    fine = 2 if layer.multiscale else 1
    point = layer.data_to_world([*position, 0, 0])
    source = make_image_source(layer, point, choice, view)
    run = find(source)
    labels = Labels(add_channel_axis(source, run.labels), **labels_layer_kwargs(run))
    points = Points(nucleus_centroids(run), **centroids_layer_kwargs(run))

    stack = [
        n
        for n, size in enumerate(
            layer.data[0].shape if layer.multiscale else layer.data.shape
        )
        if n < layer.ndim - 2 and n != channels
    ]
    shape = (layer.data[0] if layer.multiscale else layer.data).shape
    indices = [
        [h] if choice.scope != WHOLE_IMAGE else range(shape[n])
        for n, h in enumerate(position)
    ]
    if channels is not None:
        # A labels plane is as thick as both channels if an axis precedes them.
        indices[channels] = [0.5 if channels else 1]
    truths = []
    for index in (
        np.array(np.meshgrid(*indices, indexing="ij")).reshape(len(indices), -1).T
        if indices
        else [[]]
    ):
        for row, column in BLOCKS:
            # The centre of 4 pixels is half a pixel before the centre of the third.
            middle = [(row + 2) * fine - 0.5, (column + 2) * fine - 0.5]
            truths.append(layer.data_to_world([*index, *middle]))
    label_axes = [n for n in range(layer.ndim) if n != channels or channels > 0]
    truths = np.array(truths)[:, label_axes]
    assert len(stack) + bool(channels) == labels.ndim - 2

    assert run.nuclei == len(truths)
    found = []
    for index in np.ndindex(labels.data.shape[:-2]):
        for number in np.unique(labels.data[index][labels.data[index] > 0]):
            middle = np.argwhere(labels.data[index] == number).mean(axis=0)
            found.append(labels.data_to_world([*index, *middle]))
    for mine in (
        np.array(found),
        np.array([points.data_to_world(p) for p in points.data]),
    ):
        distances = np.linalg.norm(mine[:, None] - truths[None], axis=-1)
        assert (distances.min(axis=0) < 1e-6 * (1 + np.abs(truths).max())).all()
    assert labels.axis_labels == tuple(layer.axis_labels[n] for n in label_axes)
    assert labels.units == tuple(layer.units[n] for n in label_axes)
