"""Whether the slices of an image are joined."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image

from napari_nuclei.config import SegmentConfig
from napari_nuclei.widgets.layers.describe import describe_source
from napari_nuclei.widgets.layers.image_source import (
    CURRENT_SLICE,
    RegionChoice,
    make_image_source,
)
from napari_nuclei.widgets.layers.layer_axes import has_axis
from napari_nuclei.widgets.segment.joining.join_box import (
    JOINED,
    JoinBox,
)

SHAPE = (3, 32, 40)


def source_of(labels, choice=None, shape=SHAPE):
    layer = Image(np.zeros(shape, np.uint8), axis_labels=labels, rgb=False)
    return make_image_source(layer, (0,) * layer.ndim, choice), layer


@pytest.mark.parametrize(
    ("labels", "joins", "text"),
    [
        (("z", "y", "x"), "z", JOINED),
        (("Z", "y", "x"), "z", JOINED),
        (("t", "y", "x"), "none", ""),
        (None, "none", ""),
    ],
    ids=["z", "capital", "time", "unnamed"],
)
def test_an_axis_called_z_is_joined_by_itself(labels, joins, text, qtbot) -> None:
    source, layer = source_of(labels)
    box = JoinBox()
    box.show(layer)
    assert has_axis(layer, "Z") == (joins == "z")
    assert box.setting(source) == joins
    assert box.describe(source) == f"{describe_source(source)}.{text}"


def test_a_user_can_join_slices_of_an_axis_without_a_name(qtbot) -> None:
    source, layer = source_of(None)
    box = JoinBox()
    box.show(layer)
    box.box.value = True
    assert box.setting(source) == "z"


@pytest.mark.parametrize(
    ("labels", "choice", "shape"),
    [
        (("z", "y", "x"), RegionChoice(CURRENT_SLICE), SHAPE),
        (("z", "y", "x"), None, (1, 32, 40)),
        (("t", "y", "x"), None, SHAPE),
        (("y", "x"), None, SHAPE[1:]),
    ],
    ids=["this slice", "one slice", "time", "plane"],
)
def test_what_has_no_slices_is_not_joined(labels, choice, shape, qtbot) -> None:
    source, layer = source_of(labels, choice, shape)
    box = JoinBox()
    box.show(layer)
    box.box.value = box.offered
    assert box.setting(source) == "none"
    assert box.describe(source) == f"{describe_source(source)}."
    assert box.add_to(SegmentConfig(diameter=9), source) == SegmentConfig(diameter=9)


@pytest.mark.parametrize(
    ("labels", "shape", "channel_axis", "offered"),
    [
        (("z", "y", "x"), SHAPE, None, True),
        (None, SHAPE, None, True),
        (("t", "z", "y", "x"), (2, *SHAPE), None, True),
        (None, (2, *SHAPE), 0, True),
        (("t", "y", "x"), SHAPE, None, False),
        (("Time", "c", "y", "x"), (4, 2, 32, 40), 1, False),
        (("p", "y", "x"), SHAPE, None, False),
        (("z", "y", "x"), (1, 32, 40), None, False),
        (None, SHAPE, 0, False),
        (("y", "x"), SHAPE[1:], None, False),
    ],
    ids=[
        *("z", "unnamed", "volumes over time", "channels of a stack"),
        *("time", "channels over time", "positions", "one slice", "channels", "plane"),
    ],
)
def test_joining_is_offered_for_slices_only(
    labels, shape, channel_axis, offered, qtbot
) -> None:
    box = JoinBox()
    box.show(source_of(labels, None, shape)[1], channel_axis)
    assert box.offered is offered
    assert box.box.native.isHidden() is not offered
    assert not box.box.value or offered


def test_the_tick_is_hidden_without_an_image(qtbot) -> None:
    box = JoinBox()
    box.show(None)
    assert not box.offered
    assert not box.box.value


def test_a_tick_does_not_survive_the_choice_of_channels(qtbot) -> None:
    source, layer = source_of(None)
    box = JoinBox()
    box.show(layer)
    box.box.value = True
    box.offer(layer, None)
    assert box.setting(source) == "z"
    box.offer(layer, 0)
    assert box.setting(source) == "none"
    box.offer(layer, None)
    assert box.offered and box.setting(source) == "none"
