from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image

from napari_nuclei.widgets.layers.describe import describe_source, named_axes
from napari_nuclei.widgets.layers.image_source import (
    CURRENT_SLICE,
    INSIDE_SHAPES,
    VISIBLE_PART,
    RegionChoice,
    make_image_source,
)

VIEW = ((0, 5), (8, 40), (0, 20))


@pytest.mark.parametrize(
    ("choice", "text"),
    [
        (RegionChoice(), "5 slices of 64 x 48 pixels"),
        (RegionChoice(scope=CURRENT_SLICE), "This slice, 64 x 48 pixels"),
        (RegionChoice(scope=VISIBLE_PART), "Visible part, 32 x 20 pixels"),
        (RegionChoice(scope=INSIDE_SHAPES), "Inside shapes, 32 x 20 pixels"),
        (RegionChoice(level=1), "5 slices of 32 x 24 pixels at level 1"),
    ],
    ids=["whole", "slice", "view", "shapes", "level"],
)
def test_the_part_of_the_image_is_named_with_its_size(choice, text) -> None:
    levels = [np.zeros((5, 64, 48), np.uint8), np.zeros((5, 32, 24), np.uint8)]
    layer = Image(levels, multiscale=True, axis_labels=("z", "y", "x"))
    assert describe_source(make_image_source(layer, (0, 0, 0), choice, VIEW)) == text


def test_a_stack_of_one_plane_is_singular() -> None:
    layer = Image(np.zeros((1, 64, 48), np.uint8), axis_labels=("t", "y", "x"))
    source = make_image_source(layer, (0, 0, 0))
    assert describe_source(source) == "1 frame of 64 x 48 pixels"


@pytest.mark.parametrize(
    ("labels", "axes"),
    [
        (("time", "c", "y", "x"), "TYX"),
        (("c", "Z", "y", "x"), "ZYX"),
        (("c", "axis -3", "y", "x"), "QYX"),
        (("p", "channel", "y", "x"), "PYX"),
    ],
)
def test_the_axes_are_named_by_their_labels_without_channels(labels, axes) -> None:
    layer = Image(np.zeros((3, 2, 64, 48), np.uint8), axis_labels=labels)
    assert named_axes(make_image_source(layer, (0, 0, 0, 0))) == axes
