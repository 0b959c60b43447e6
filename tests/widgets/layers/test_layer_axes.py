from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image

from napari_nuclei.widgets.layers.layer_axes import (
    ambiguous_axis,
    detect_channel_axis,
    find_slices,
    full_shape,
    name_axes,
    plane_axes,
    resolve_channel_axis,
)


@pytest.mark.parametrize(
    ("ndim", "channel_axis", "letters"),
    [
        (2, None, "YX"),
        (3, None, "ZYX"),
        (3, 0, "CYX"),
        (3, 2, "YXC"),
        (5, 1, "TCZYX"),
    ],
)
def test_the_last_axes_other_than_channels_are_rows_and_columns(
    ndim, channel_axis, letters
) -> None:
    assert "".join(name_axes(ndim, channel_axis)) == letters


@pytest.mark.parametrize(
    ("labels", "letters"),
    [
        (("t", "y", "x"), "TYX"),
        (("Time", "z", "y", "x"), "TZYX"),
        (("z", "t", "y", "x"), "ZTYX"),
        (("z", "-3", "y", "x"), "ZTYX"),
        (("-4", "t", "y", "x"), "ZTYX"),
        (("z", "z", "y", "x"), "TZYX"),
        (("p", "y", "x"), "PYX"),
    ],
)
def test_time_and_slices_are_named_by_their_labels(labels, letters) -> None:
    assert "".join(name_axes(len(labels), None, labels)) == letters


def test_channels_of_a_single_axis_are_refused() -> None:
    with pytest.raises(ValueError, match="2 axes, and one of them holds channels"):
        name_axes(2, 0)


@pytest.mark.parametrize(
    ("shape", "labels", "axis"),
    [
        ((5, 64, 48), None, None),
        ((64, 48, 5), None, 2),
        ((64, 48, 5), ("z", "y", "x"), None),
        ((5, 64, 48), ("Channel", "y", "x"), 0),
        ((4, 3, 64, 48), ("t", "c", "y", "x"), 1),
    ],
    ids=["stack", "short last axis", "labelled", "by label", "in the middle"],
)
def test_the_channel_axis_is_found_by_label_or_length(shape, labels, axis) -> None:
    layer = Image(np.zeros(shape, np.uint8), axis_labels=labels, rgb=False)
    assert detect_channel_axis(layer) == axis
    assert resolve_channel_axis(layer, "named") == axis
    letters = name_axes(layer.ndim, axis)
    assert plane_axes(layer) == (letters.index("Y"), letters.index("X"))


@pytest.mark.parametrize(("choice", "axis"), [(None, None), (1, 1), (3, None)])
def test_a_chosen_channel_axis_counts_if_the_layer_has_it(choice, axis) -> None:
    layer = Image(np.zeros((3, 4, 64, 48), np.uint8)[0], rgb=False)
    assert resolve_channel_axis(layer, choice) == axis


def test_the_full_shape_of_a_pyramid_is_that_of_its_first_level() -> None:
    levels = [np.zeros((n, n, 3), np.uint8) for n in (128, 64)]
    assert full_shape(Image(levels, multiscale=True, rgb=True)) == (128, 128)


@pytest.mark.parametrize(
    ("shape", "labels", "axis"),
    [
        ((3, 64, 48), None, 0),
        ((2, 64, 48), ("0", "1", "2"), 0),
        ((9, 2, 64, 48), None, 1),
        ((9, 2, 64, 48), ("", "", "y", "x"), 1),
        ((5, 64, 48), None, None),
        ((3, 64, 48), ("t", "y", "x"), None),
        ((3, 64, 48), ("c", "y", "x"), None),
        ((64, 48), None, None),
    ],
)
def test_a_short_axis_without_a_name_is_ambiguous(shape, labels, axis) -> None:
    layer = Image(np.zeros(shape, np.uint8), axis_labels=labels)
    assert ambiguous_axis(layer) == axis


@pytest.mark.parametrize(
    ("labels", "shape", "channel_axis", "axis"),
    [
        (("z", "y", "x"), (3, 8, 9), None, 0),
        (None, (3, 8, 9), None, 0),
        (("depth", "y", "x"), (3, 8, 9), None, 0),
        (("t", "z", "y", "x"), (2, 3, 8, 9), None, 1),
        (("z", "t", "y", "x"), (2, 3, 8, 9), None, 0),
        (None, (2, 3, 8, 9), 0, 1),
        (("t", "y", "x"), (3, 8, 9), None, None),
        (("p", "y", "x"), (3, 8, 9), None, None),
        (("z", "y", "x"), (1, 8, 9), None, None),
        (None, (3, 8, 9), 0, None),
        (None, (8, 9), None, None),
    ],
)
def test_slices_are_found_along_an_axis_that_is_not_called_otherwise(
    labels, shape, channel_axis, axis
) -> None:
    layer = Image(np.zeros(shape, np.uint8), axis_labels=labels, rgb=False)
    assert find_slices(layer, channel_axis) == axis


def test_positions_are_neither_slices_nor_frames() -> None:
    for label in ("p", "Position", "pos"):
        assert name_axes(3, None, (label, "y", "x")) == ["P", "Y", "X"]
        layer = Image(np.zeros((4, 8, 8)), axis_labels=(label, "y", "x"))
        assert find_slices(layer) is None
    assert name_axes(4, None, ("p", "z", "y", "x")) == ["P", "Z", "Y", "X"]
