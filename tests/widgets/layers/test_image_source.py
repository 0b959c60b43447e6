from __future__ import annotations

import dask.array as da
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from napari.layers import Image, Labels

from napari_nuclei.widgets.layers.describe import describe_source
from napari_nuclei.widgets.layers.image_source import (
    VISIBLE_PART,
    RegionChoice,
    make_image_source,
)


def source_of(data, point=(), **arguments):
    layer = Image(data, **arguments)
    return make_image_source(layer, point or (0,) * layer.ndim)


def test_pixels_are_not_read() -> None:
    def refuse(block):
        raise AssertionError("a pixel was read")

    lazy = da.zeros((5, 64, 64), np.uint8, chunks=(1, 64, 64)).map_blocks(
        refuse, dtype=np.uint8, meta=np.zeros((0, 0, 0), np.uint8)
    )
    layer = Image(np.zeros((5, 64, 64), np.uint8))
    object.__setattr__(layer, "_data", lazy)
    assert make_image_source(layer, (0, 0, 0)).layout.label_shape == (5, 64, 64)


@pytest.mark.parametrize(
    ("shape", "arguments", "axes", "labels", "words"),
    [
        ((64, 48), {}, "YX", (64, 48), "One image of 64 x 48 pixels"),
        ((64, 48, 3), {"rgb": True}, "YXS", (64, 48), "64 x 48 pixels, RGB"),
        ((64, 48, 3), {"rgb": False}, "YXC", (64, 48), "64 x 48 pixels, channel 0"),
        (
            (64, 48, 3),
            {"rgb": False, "axis_labels": ("z", "y", "x")},
            "ZYX",
            (64, 48, 3),
            "64 slices of 48 x 3",
        ),
        ((5, 64, 48), {}, "ZYX", (5, 64, 48), "5 planes of 64 x 48 pixels"),
        ((2, 5, 64, 48), {}, "TZYX", (2, 5, 64, 48), "2 x 5 planes of 64 x 48"),
        ((5, 64, 48, 4), {"rgb": True}, "ZYXS", (5, 64, 48), "5 planes"),
        (
            (3, 64, 48),
            {"axis_labels": ("C", "y", "x")},
            "CYX",
            (64, 48),
            "One image of 64 x 48 pixels, channel 0",
        ),
        (
            (4, 3, 64, 48),
            {"axis_labels": ("t", "channel", "y", "x")},
            "TCYX",
            (4, 64, 48),
            "4 frames of 64 x 48 pixels, channel 0",
        ),
    ],
    ids=[
        "grey",
        "RGB",
        "no RGB",
        "narrow",
        "stack",
        "hyperstack",
        "RGBA stack",
        "C",
        "TC",
    ],
)
def test_axes_are_understood(shape, arguments, axes, labels, words) -> None:
    source = source_of(np.zeros(shape, np.uint8), **arguments)
    assert source.layout.axes == axes
    assert source.layout.label_shape == labels
    assert words in describe_source(source)
    has_channel_axis = source.labels_channel_axis is not None
    assert len(source.transform["scale"]) == len(labels) + has_channel_axis


def test_the_channel_on_display_is_taken() -> None:
    data = np.zeros((3, 64, 48), np.uint8)
    names = ("c", "y", "x")
    scale = (2, 1, 1)
    assert (
        source_of(data, (4, 0, 0), axis_labels=names, scale=scale).layout.channel == 2
    )
    assert (
        source_of(data, (2, 0, 0), axis_labels=names, scale=scale).layout.channel == 1
    )


def test_a_point_with_more_axes_than_the_layer_is_understood() -> None:
    layer = Image(np.zeros((3, 64, 48), np.uint8), axis_labels=("c", "y", "x"))
    assert make_image_source(layer, (7, 1, 0, 0)).layout.channel == 1


def test_a_multiscale_image_is_taken_at_full_resolution() -> None:
    levels = [np.zeros((n, n), np.uint8) for n in (128, 64, 32)]
    assert source_of(levels, multiscale=True).layout.label_shape == (128, 128)


@pytest.mark.parametrize(
    ("data", "error", "message"),
    [
        (np.zeros((64, 64), bool), TypeError, "image is a boolean mask"),
        (np.zeros((64, 64), complex), TypeError, "complex"),
        (
            np.zeros((1, 64), np.uint8),
            ValueError,
            "at least 2 pixels a side; got 1 x 64",
        ),
        (np.zeros((0, 64, 64), np.uint8), ValueError, "is empty"),
    ],
    ids=["bool", "complex", "one pixel high", "no planes"],
)
def test_an_image_that_cannot_be_segmented_is_refused(data, error, message) -> None:
    layer = Image(np.zeros([max(2, side) for side in data.shape], np.uint8))
    object.__setattr__(layer, "_data", data)
    with pytest.raises(error, match=message):
        make_image_source(layer, (0,) * layer.ndim)


numbers = st.floats(-5, 5, allow_subnormal=False)
positive = st.floats(0.1, 5)


@settings(max_examples=30)
@given(
    scale=st.tuples(positive, positive, positive),
    translate=st.tuples(numbers, numbers, numbers),
    angle=st.floats(-180, 180),
    shear=numbers,
    linear=st.tuples(positive, numbers, positive),
    point=st.tuples(*[st.floats(0, 9)] * 2),
    channels=st.booleans(),
)
def test_labels_lie_on_their_image_in_the_world(
    scale, translate, angle, shear, linear, point, channels
) -> None:
    rotation = np.eye(3)
    radians = np.deg2rad(angle)
    rotation[1:, 1:] = [
        [np.cos(radians), -np.sin(radians)],
        [np.sin(radians), np.cos(radians)],
    ]
    affine = np.eye(4)
    affine[1, 1], affine[1, 2], affine[2, 2] = linear
    affine[2, 3] = 7
    layer = Image(
        np.zeros((2, 10, 10), np.uint8),
        scale=scale,
        translate=translate,
        rotate=rotation,
        shear=(0, 0, shear),
        affine=affine,
        axis_labels=("c" if channels else "z", "y", "x"),
        units=("pixel", "um", "um"),
    )
    source = make_image_source(layer, (0, 0, 0))
    labels = Labels(np.zeros(source.layout.label_shape, int), **source.transform)
    pixel = (0, *point)
    image_world = layer.data_to_world(pixel)[1 if channels else 0 :]
    labels_world = labels.data_to_world(pixel[1:] if channels else pixel)
    assert np.allclose(labels_world, image_world)
    assert labels.units == layer.units[-labels.ndim :]
    assert labels.axis_labels == layer.axis_labels[-labels.ndim :]


@pytest.mark.parametrize(
    ("view", "message"),
    [
        (None, "The screen does not show the rows and columns of cells"),
        (((0, 0), (0, 48)), "cells is not in view; pan to it"),
    ],
    ids=["other axes", "out of view"],
)
def test_a_visible_part_that_is_not_visible_is_refused(view, message) -> None:
    layer = Image(np.zeros((64, 48), np.uint8), name="cells")
    with pytest.raises(ValueError, match=message):
        make_image_source(layer, (0, 0), RegionChoice(scope=VISIBLE_PART), view)


def test_the_visible_part_of_a_level_covers_the_view() -> None:
    levels = [np.zeros((n, n), np.uint8) for n in (128, 32)]
    layer = Image(levels, multiscale=True)
    choice = RegionChoice(scope=VISIBLE_PART, level=1)
    source = make_image_source(layer, (0, 0), choice, ((8, 13), (9, 80)))
    assert source.box == ((2, 4), (2, 20))
    assert source.data.shape == (2, 18)
    assert list(source.transform["scale"]) == [4, 4]


def test_strides_and_binning_enlarge_the_pixels_of_the_labels() -> None:
    layer = Image(np.zeros((64, 48), np.uint8), scale=(2, 2))
    source = make_image_source(layer, (0, 0), stride=2, binning=3)
    assert source.data.shape == (32, 24)
    assert list(source.transform["scale"]) == [12, 12]
    assert list(source.transform["translate"]) == [5, 5]
