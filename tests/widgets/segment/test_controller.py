"""Runs that are cancelled, used in part, or repeated."""

from __future__ import annotations

import threading

import numpy as np
import pytest
from qtpy.QtCore import QTimer

from napari_nuclei.core.segmenter import Segmenter

pytestmark = pytest.mark.usefixtures("network")

TIMEOUT_MS = 60_000


@pytest.fixture
def hold_after(network, monkeypatch):
    """Return a function that lets the network wait after a number of planes."""

    def hold_after_(planes: int) -> None:
        call, label, done = network.__class__.__call__, Segmenter.label, []

        def count_planes(self, maps, config=None):
            done.append(label(self, maps, config))
            return done[-1]

        def hold_next_plane(self, tiles):
            if len(done) == planes:
                self.hold()
            return call(self, tiles)

        monkeypatch.setattr(Segmenter, "label", count_planes)
        held = type("Held", (type(network),), {"__call__": hold_next_plane})
        network.__class__ = held

    return hold_after_


@pytest.fixture
def wait_for_planes(qtbot):
    """Return a function that waits until a number of planes are shown."""

    def wait(widget, planes: int) -> None:
        qtbot.waitUntil(
            lambda: (
                widget.run_controller.current_run is not None
                and len(widget.run_controller.current_run.planes) == planes
            ),
            timeout=TIMEOUT_MS,
        )

    return wait


def test_planes_appear_as_they_are_done_and_stay_after_a_cancel(
    opened, qtbot, network, stack, hold_after, wait_for_planes, results
) -> None:
    viewer, widget = opened(stack, axis_labels=("z", "y", "x"))
    widget.form.join.box.value = False
    widget.form.probabilities.value = True
    viewer.dims.set_point(0, 1)
    hold_after(2)
    widget.run.native.click()
    wait_for_planes(widget, 2)
    image, layer = viewer.layers
    assert layer.name == "cells discs"
    assert not layer.editable
    assert viewer.layers.selection.active is image
    assert not results(viewer)  # the record follows when the run has ended
    viewer.dims.set_point(0, 0)
    assert layer._slice.image.raw.max() == 6
    widget.cancel.native.click()
    assert not widget.running
    said = widget.status_panel.status.value.splitlines()
    assert said[0] == "Stopped: 2 of 3 planes are done"
    assert said[1].startswith("6 outlines in 2 slices (not joined), median diameter")
    assert widget.status_panel.action_button.native.isHidden()
    probability = viewer.layers["cells probability"]
    assert list(viewer.layers) == [image, probability, layer]
    assert results(viewer) == [probability, layer]
    assert [plane.max() for plane in layer.data] == [6, 0, 0]
    assert len(layer.features) == 7
    assert layer.editable
    network.go_on.set()
    # The layer belongs to the run that has ended; the next one adds its own.
    network.__class__ = network.__class__.__base__
    widget.form.probabilities.value = False
    widget.run.native.click()
    qtbot.waitUntil(lambda: not widget.running, timeout=TIMEOUT_MS)
    assert [plane.max() for plane in layer.data] == [6, 0, 0]
    complete = viewer.layers[-1]
    assert [plane.max() for plane in complete.data] == [6, 0, 12]
    assert widget.status_panel.status.value.startswith("12 outlines in 3 slices")


def test_slices_that_are_done_are_joined_after_a_cancel(
    opened, qtbot, network, spots, hold_after, wait_for_planes, results
) -> None:
    viewer, widget = opened(np.stack([spots[0]] * 4), axis_labels=("z", "y", "x"))
    hold_after(3)
    widget.run.native.click()
    wait_for_planes(widget, 3)
    layer = viewer.layers[-1]
    assert [plane.max() for plane in layer.data] == [6, 6, 6, 0]
    # The layer of another image is not in the way of the result.
    viewer.add_image(spots[0], name="other")
    widget.form.image.value = viewer.layers["other"]
    widget.cancel.native.click()
    assert widget.running  # the slices are joined in a thread
    qtbot.waitUntil(lambda: not widget.running, timeout=TIMEOUT_MS)
    said = widget.status_panel.status.value.splitlines()
    assert said[0] == "Stopped: 3 of 4 planes are done"
    assert said[1].startswith("6 nuclei in 3 slices")
    assert results(viewer) == [layer]
    assert [plane.max() for plane in layer.data] == [6, 6, 6, 0]
    assert len(layer.features) == 7


def test_planes_that_are_done_stay_after_an_error(
    opened, qtbot, network, stack, monkeypatch, results
) -> None:
    viewer, widget = opened(stack, axis_labels=("z", "y", "x"))
    label, done = Segmenter.label, []

    def fail(self, maps, config=None):
        done.append(1)
        if len(done) == 3:
            raise OSError("The disk is gone.")
        return label(self, maps, config)

    monkeypatch.setattr(Segmenter, "label", fail)
    widget.run.native.click()
    qtbot.waitUntil(lambda: not widget.running, timeout=TIMEOUT_MS)
    said = widget.status_panel.status.value.splitlines()
    assert said == [
        "The disk is gone.",
        "Stopped: 2 of 3 planes are done",
        "Their slices are not joined.",
    ]
    (layer,) = results(viewer)
    assert [plane.max() for plane in layer.data] == [6, 0, 0]
    assert layer.editable


def test_a_wrong_diameter_is_reported_and_measured_on_request(
    opened, run, qtbot, spots, results
) -> None:
    viewer, widget = opened(spots[0])
    widget.form.diameter.text = "90"
    run(widget)
    assert "far from the 90 px" in widget.status_panel.status.value
    action_button = widget.status_panel.action_button.native
    assert not action_button.isHidden()
    action_button.click()
    assert widget.running
    qtbot.waitUntil(lambda: not widget.running, timeout=TIMEOUT_MS)
    assert widget.form.diameter.text == "auto"
    assert "far from" not in widget.status_panel.status.value
    assert action_button.isHidden()
    assert len(results(viewer)) == 2


def test_the_network_runs_outside_the_main_thread(
    opened, qtbot, network, spots
) -> None:
    _, widget = opened(spots[0])
    threads, ticks = set(), []
    real = type(network).__call__

    def note(self, tiles):
        threads.add(threading.get_ident())
        return real(self, tiles)

    network.__class__ = type("Noting", (type(network),), {"__call__": note})
    network.hold()
    widget.run.native.click()
    timer = QTimer()
    timer.timeout.connect(lambda: ticks.append(1))
    timer.start(0)
    # The network is held, but the event loop runs.
    qtbot.waitUntil(lambda: len(ticks) > 20, timeout=TIMEOUT_MS)
    timer.stop()
    assert widget.running
    network.go_on.set()
    qtbot.waitUntil(lambda: not widget.running, timeout=TIMEOUT_MS)
    assert threads
    assert threading.get_ident() not in threads
