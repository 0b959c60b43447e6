"""The combos of region, channel and level, and their effect on a run."""

from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.widgets.layers.image_source import CURRENT_SLICE, VISIBLE_PART

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
    run(widget)
    assert results(viewer)[0].data.shape == spots[0].shape
    assert results(viewer)[0].data.max() == 6


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
