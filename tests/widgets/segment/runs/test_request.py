"""What the form asks for when Run is pressed."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.usefixtures("network")


def test_a_run_belongs_to_the_image_chosen_when_run_was_pressed(
    opened, qtbot, network, spots, stack, monkeypatch, results
) -> None:
    viewer, widget = opened(stack, axis_labels=("t", "y", "x"), scale=(1, 2, 2))
    requests, start = [], widget.run_controller.start

    def note(request) -> None:
        requests.append(request)
        start(request)

    monkeypatch.setattr(widget.run_controller, "start", note)
    widget.form.outlines.value = True
    network.hold()
    widget.run.native.click()
    (request,) = requests
    assert request.image is viewer.layers["cells"]
    assert request.source.layout.label_shape == stack.shape
    assert request.outlines
    assert not request.probability
    assert request.folder is None  # the stack fits into memory
    viewer.layers.selection.active = viewer.add_image(spots[0], name="other")
    widget.form.image.value = viewer.layers["other"]
    network.go_on.set()
    qtbot.waitUntil(lambda: not widget.running, timeout=60_000)
    (layer,) = results(viewer)
    assert layer.name == "cells discs"
    assert layer.contour
    assert layer.scale.tolist() == [1, 2, 2]
    assert [plane.max() for plane in layer.data] == [6, 0, 12]
