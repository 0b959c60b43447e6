"""The combos of region, channel and level, and their effect on a run."""

from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.widgets.layers.image_source import (
    CURRENT_SLICE,
    INSIDE_SHAPES,
    VISIBLE_PART,
)
from napari_nuclei.widgets.segment.region_controls import ASK, CHANNELS, PLANES

pytestmark = pytest.mark.usefixtures("network")


def test_labels_of_one_slice_have_the_position_of_the_slice(
    opened, run, stack, results
) -> None:
    viewer, widget = opened(stack, scale=(4, 1, 1))
    viewer.dims.set_current_step(0, 2)
    widget.form.region_controls.region.value = CURRENT_SLICE
    assert widget.status_panel.status.value == "This slice, 128 x 192 pixels."
    run(widget)
    (layer,) = results(viewer)
    assert layer.data.shape == (1, 128, 192)
    assert layer.data.max() == 6
    assert layer.data_to_world((0, 0, 0))[0] == 8


def test_nuclei_inside_shapes_are_segmented(opened, run, spots, results) -> None:
    image, labels = spots
    viewer, widget = opened(image)
    widget.form.region_controls.region.value = INSIDE_SHAPES
    assert widget.status_panel.status.value.startswith("There are no shapes")
    y, x = np.argwhere(labels == 1).mean(axis=0)
    corners = [(y + dy, x + dx) for dy, dx in ((-3, -3), (-3, 3), (3, 3), (3, -3))]
    far = np.array(labels.shape) - 1
    line = np.array([far - 2, far - (2, 1), far, far - (0, 2)], float)
    viewer.add_shapes([np.array(corners), line], shape_type="polygon")
    run(widget)
    (layer,) = results(viewer)
    assert layer.data.max() == 1
    assert len(layer.features) == 2  # the background and the nucleus
    assert layer.get_value((y, x), world=True) == 1


def test_labels_of_the_visible_part_have_its_position(
    opened, run, spots, results
) -> None:
    viewer, widget = opened(spots[0])
    viewer.scene.camera.zoom *= 3
    viewer.scene.camera.center = (0, 30, 30)
    widget.form.region_controls.region.value = VISIBLE_PART
    assert widget.status_panel.status.value.startswith("Visible part, ")
    run(widget)
    (layer,) = results(viewer)
    assert layer.data.size < spots[1].size
    assert 1 <= layer.data.max() < 6
    middle = layer.data_to_world(
        np.argwhere(layer.data == layer.data.max()).mean(axis=0)
    )
    assert spots[1][tuple(np.round(middle).astype(int))]


def test_a_channel_can_be_chosen(opened, run, spots, results) -> None:
    empty = np.full_like(spots[0], 100)
    viewer, widget = opened(np.stack([empty, spots[0]]))
    form = widget.form
    assert not form.region_controls.channel.native.isVisibleTo(widget.native)
    form.region_controls.channel_axis.value = 0
    form.region_controls.channel.value = 1
    assert (
        widget.status_panel.status.value == "One image of 128 x 192 pixels, channel 1."
    )
    form.region_controls.channel.value = None
    assert (
        widget.status_panel.status.value == "One image of 128 x 192 pixels, channel 0."
    )
    form.region_controls.channel.value = 1
    run(widget)
    assert results(viewer)[0].data.shape == spots[0].shape
    assert results(viewer)[0].data.max() == 6


CYX_QUESTION = (
    "Choose above whether the first axis of cells, of length 2, holds channels or "
    "planes"
)


@pytest.fixture
def two(spots):
    """Return two planes, the second of which shows 6 nuclei."""
    return np.stack([np.full_like(spots[0], 100), spots[0]])


def test_a_short_axis_without_a_name_is_asked_about(opened, run, two, results) -> None:
    viewer, widget = opened(two)
    regions, status = widget.form.region_controls, widget.status_panel.status
    assert regions.short_axis.native.isVisibleTo(widget.native)
    assert regions.short_axis.label == "First axis (2)"
    assert status.value == CYX_QUESTION
    widget.run.native.click()
    assert not widget.running
    assert status.value == CYX_QUESTION
    assert not results(viewer)
    regions.short_axis.value = CHANNELS
    assert regions.channel.native.isVisibleTo(widget.native)
    regions.channel.value = 1
    assert status.value == "One image of 128 x 192 pixels, channel 1."
    assert widget.form.more_fold.text() == "▸ More"
    run(widget)
    assert results(viewer)[0].data.shape == (128, 192)
    assert results(viewer)[0].data.max() == 6
    regions.short_axis.value = PLANES
    assert not regions.channel.native.isVisibleTo(widget.native)
    run(widget)
    assert results(viewer)[1].data.shape == (2, 128, 192)
    assert status.value.startswith("6 outlines in 2 planes (not joined)")


@pytest.mark.parametrize(
    ("shape", "arguments"),
    [
        ((5, 64, 64), {}),
        ((1, 64, 64), {}),
        ((64, 64), {}),
        ((3, 64, 64), {"axis_labels": ("z", "y", "x")}),
        ((3, 64, 64), {"axis_labels": ("channel", "y", "x")}),
        ((3, 64, 64, 3), {"rgb": True}),
    ],
    ids=["long", "single", "plane", "named", "channels", "colours"],
)
def test_other_axes_are_not_asked_about(opened, shape, arguments) -> None:
    _, widget = opened(np.zeros(shape, np.uint8), **arguments)
    regions = widget.form.region_controls
    assert not regions.short_axis.native.isVisibleTo(widget.native)
    regions.check_axes()


def test_the_second_of_four_axes_is_asked_about(opened, two) -> None:
    _, widget = opened(np.stack([two] * 9))
    assert widget.form.region_controls.short_axis.label == "Second axis (2)"
    assert "the second axis of cells, of length 2" in widget.status_panel.status.value
    widget.form.region_controls.short_axis.value = CHANNELS
    assert (
        widget.status_panel.status.value == "9 planes of 128 x 192 pixels, channel 0."
    )


def test_the_choice_stays_with_its_image(opened, two) -> None:
    viewer, widget = opened(two)
    regions, image = widget.form.region_controls, widget.form.image
    regions.short_axis.value = CHANNELS
    image.value = viewer.add_image(two)
    assert regions.short_axis.value == ASK
    image.value = viewer.layers["cells"]
    assert regions.short_axis.value == CHANNELS
    assert regions.choice().channel_axis == 0


@pytest.mark.parametrize("region", [CURRENT_SLICE, VISIBLE_PART])
def test_one_slice_is_segmented_without_a_choice(opened, run, two, region) -> None:
    viewer, widget = opened(two)
    viewer.dims.set_current_step(0, 1)
    widget.form.region_controls.region.value = region
    run(widget)
    assert widget.status_panel.status.value.startswith("6 nuclei")


def test_a_level_can_be_chosen(opened, run, spots, results) -> None:
    levels = [spots[0].repeat(2, 0).repeat(2, 1), spots[0]]
    viewer, widget = opened(levels, multiscale=True)
    widget.form.region_controls.level.value = 1
    assert (
        widget.status_panel.status.value == "One image of 128 x 192 pixels at level 1."
    )
    run(widget)
    (layer,) = results(viewer)
    assert layer.data.shape == (128, 192)
    assert layer.scale.tolist() == [2, 2]


def test_a_colour_of_an_rgb_image_can_be_chosen(opened, run, spots, results) -> None:
    blue = spots[0] // 20
    colours = np.dstack([np.zeros_like(blue), blue[::-1], blue]).astype(np.uint8)
    viewer, widget = opened(colours)
    channel = widget.form.region_controls.channel
    assert channel.native.isVisibleTo(widget.native)
    assert channel.native.currentText() == "automatic"
    status = widget.status_panel.status
    assert status.value == "One image of 128 x 192 pixels, RGB."
    channel.value = 2
    assert status.value == "One image of 128 x 192 pixels, blue channel."
    run(widget)
    (layer,) = results(viewer)
    assert np.array_equal(layer.data > 0, spots[1] > 0)
    record = layer.metadata["napari_nuclei"]
    assert (record["axes"], record["channel"]) == ("YXC", 2)
    channel.value = 0
    run(widget)
    assert not results(viewer)[1].data.any()


def test_a_grey_plane_has_no_channels(opened, spots) -> None:
    _, widget = opened(spots[0])
    channel = widget.form.region_controls.channel
    assert not channel.native.isVisibleTo(widget.native)
