"""Runs that are cancelled, used in part, or repeated."""

from __future__ import annotations

import threading

import pytest
from qtpy.QtCore import QTimer

from napari_nuclei.core.segmenter import Segmenter

pytestmark = pytest.mark.usefixtures("network")

TIMEOUT_MS = 60_000


def test_planes_finished_before_a_cancel_can_be_used(
    opened, qtbot, network, stack, monkeypatch, results
) -> None:
    viewer, widget = opened(stack, axis_labels=("z", "y", "x"))
    widget.form.join.box.value = False
    call, label, done = network.__class__.__call__, Segmenter.label, []

    def count_planes(self, maps, config=None):
        done.append(label(self, maps, config))
        return done[-1]

    def hold_third_plane(self, tiles):
        if len(done) == 2:
            self.hold()
        return call(self, tiles)

    monkeypatch.setattr(Segmenter, "label", count_planes)

    network.__class__ = type("Held", (type(network),), {"__call__": hold_third_plane})
    widget.run.native.click()
    run_controller = widget.run_controller
    qtbot.waitUntil(
        lambda: (
            len(run_controller.current_run.planes if run_controller.current_run else ())
            == 2
        ),
        timeout=TIMEOUT_MS,
    )
    widget.cancel.native.click()
    assert not widget.running
    assert not results(viewer)
    assert widget.status_panel.status.value == "Cancelled after 2 of 3 planes"
    assert widget.status_panel.action_button.text == "Use the 2 finished planes"
    widget.status_panel.action_button.native.click()
    (layer,) = results(viewer)
    assert [plane.max() for plane in layer.data] == [6, 0, 0]
    network.go_on.set()


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
