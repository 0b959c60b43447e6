"""The live view of what is on the screen."""

from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.widgets.segment.live.live_view import CANNOT_PAINT

pytestmark = pytest.mark.usefixtures("network")

TIMEOUT_MS = 60_000


def test_the_live_view_follows_the_screen(opened, qtbot, spots) -> None:
    viewer, widget = opened(spots[0], scale=(2, 2))
    widget.live.native.click()
    qtbot.waitUntil(lambda: widget.live_view.update_count == 1, timeout=TIMEOUT_MS)
    layer = widget.live_view.layer
    assert layer.data.max() == 6
    assert (
        widget.status_panel.status.value
        == "Live view: 6 nuclei on the screen. Press Run to segment the image."
    )
    viewer.scene.camera.center = (0, 60, 60)
    viewer.scene.camera.zoom *= 4
    qtbot.waitUntil(lambda: widget.live_view.update_count >= 2, timeout=TIMEOUT_MS)
    qtbot.waitUntil(lambda: not widget.live_view.busy, timeout=TIMEOUT_MS)
    assert widget.live_view.layer is layer
    assert 1 <= layer.data.max() < 6
    middle = layer.data_to_world(np.argwhere(layer.data == 1).mean(axis=0))
    assert spots[1][tuple(np.round(np.array(middle) / 2).astype(int))]
    widget.live.native.click()
    assert [each.name for each in viewer.layers] == ["cells"]


def test_the_live_view_follows_thresholds_and_planes(opened, qtbot, stack) -> None:
    viewer, widget = opened(stack)
    viewer.dims.set_current_step(0, 0)
    widget.live.native.click()
    qtbot.waitUntil(lambda: widget.live_view.update_count == 1, timeout=TIMEOUT_MS)
    assert widget.live_view.layer.data.max() == 6
    viewer.dims.set_current_step(0, 1)
    qtbot.waitUntil(lambda: widget.live_view.update_count == 2, timeout=TIMEOUT_MS)
    assert not widget.live_view.layer.data.any()
    viewer.dims.set_current_step(0, 2)
    widget.form.sliders.min_size.value = 450
    qtbot.waitUntil(lambda: not widget.live_view.busy, timeout=TIMEOUT_MS)
    assert not widget.live_view.layer.data.any()


def test_run_ends_the_live_view_and_segments_the_whole_image(
    opened, run, qtbot, spots
) -> None:
    viewer, widget = opened(spots[0])
    widget.live.native.click()
    qtbot.waitUntil(lambda: widget.live_view.update_count == 1, timeout=TIMEOUT_MS)
    run(widget)
    assert not widget.live.value
    assert [layer.name for layer in viewer.layers] == ["cells", "cells discs"]


def test_removing_the_live_layer_ends_the_live_view(opened, qtbot, spots) -> None:
    viewer, widget = opened(spots[0])
    widget.live.native.click()
    qtbot.waitUntil(lambda: widget.live_view.update_count == 1, timeout=TIMEOUT_MS)
    viewer.layers.remove(widget.live_view.layer)
    assert not widget.live.value


def test_painting_into_the_live_view_is_refused_with_a_line(
    opened, qtbot, spots
) -> None:
    viewer, widget = opened(spots[0])
    widget.live.native.click()
    qtbot.waitUntil(lambda: widget.live_view.update_count == 1, timeout=TIMEOUT_MS)
    layer = widget.live_view.layer
    for _ in range(2):
        viewer.layers.selection.active = layer
        assert widget.status_panel.status.value == CANNOT_PAINT
        layer.mode = "paint"
        assert layer.mode == "pan_zoom"
        viewer.layers.selection.active = viewer.layers["cells"]
        count = widget.live_view.update_count
        widget.form.sliders.min_size.value += 100  # the next update
        qtbot.waitUntil(lambda n=count: widget.live_view.update_count > n)
    widget.live.native.click()
    labels = viewer.add_labels(spots[1])
    labels.mode = "paint"
    assert labels.mode == "paint"
    assert widget.status_panel.status.value != CANNOT_PAINT
