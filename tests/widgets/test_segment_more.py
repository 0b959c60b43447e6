"""The Segment widget beyond a first run, driven as a person does."""

from __future__ import annotations

import threading

import pytest
from qtpy.QtCore import QTimer
from qtpy.QtWidgets import QApplication

from napari_nuclei.core.segmenter import Segmenter

pytestmark = pytest.mark.usefixtures("network")

PATIENCE = 60_000


def test_planes_done_before_a_cancel_can_be_kept(
    opened, qtbot, network, stack, monkeypatch, results
) -> None:
    viewer, widget = opened(stack)
    real, find, done = network.__class__.__call__, Segmenter.label, []

    def counted(self, maps, config=None):
        done.append(find(self, maps, config))
        return done[-1]

    def third_waits(self, tiles):
        if len(done) == 2:
            self.hold()
        return real(self, tiles)

    monkeypatch.setattr(Segmenter, "label", counted)

    network.__class__ = type("Held", (type(network),), {"__call__": third_waits})
    widget.run.native.click()
    run_controller = widget.run_controller
    qtbot.waitUntil(
        lambda: (
            len(run_controller.current_run.planes if run_controller.current_run else ())
            == 2
        ),
        timeout=PATIENCE,
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


def test_nuclei_far_from_the_diameter_are_told_and_remedied(
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
    qtbot.waitUntil(lambda: not widget.running, timeout=PATIENCE)
    assert widget.form.diameter.text == "auto"
    assert "far from" not in widget.status_panel.status.value
    assert action_button.isHidden()
    assert len(results(viewer)) == 2


def test_the_diameter_is_measured_from_a_drawn_shape(opened, spots) -> None:
    viewer, widget = opened(spots[0], scale=(0.5, 0.5), units=("um", "um"))
    widget.form.diameter.measure.native.click()
    assert "draw a line across a nucleus" in widget.status_panel.status.value
    viewer.add_shapes([[[0, 0], [0, 12]]], shape_type="line", units=("um", "um"))
    widget.form.diameter.measure.native.click()
    assert widget.status_panel.status.value == "Diameter measured in Shapes: 24 px."
    assert widget.form.diameter.text == "24"
    widget.form.diameter.unit.value = "µm"
    widget.form.diameter.measure.native.click()
    assert widget.form.diameter.text == "12um"


def test_micrometres_are_offered_where_pixels_have_a_size(opened, spots) -> None:
    viewer, widget = opened(spots[0])
    assert "µm" not in widget.form.diameter.unit.choices
    layer = viewer.add_image(spots[0], scale=(0.5, 0.5), units=("um", "um"))
    widget.form.image.value = layer
    assert "µm" in widget.form.diameter.unit.choices


def test_further_results_are_added_on_request(opened, run, spots) -> None:
    viewer, widget = opened(spots[0], scale=(2, 2))
    widget.form.probabilities.value = True
    widget.form.centroids.value = True
    widget.form.outlines.value = True
    run(widget)
    assert [layer.name for layer in viewer.layers] == [
        "cells",
        "cells probability",
        "cells discs",
        "cells centroids",
    ]
    assert viewer.layers["cells discs"].contour > 0
    assert len(viewer.layers["cells centroids"].data) == 6
    assert viewer.layers["cells probability"].data.max() <= 1
    assert all(layer.scale.tolist() == [2, 2] for layer in viewer.layers)


def test_the_run_is_copied_as_code(opened, run, spots) -> None:
    _, widget = opened(spots[0])
    assert not widget.form.copy_buttons.python.enabled
    run(widget)
    widget.form.copy_buttons.python.native.click()
    assert "load_segmenter('discs')" in QApplication.clipboard().text()
    widget.form.copy_buttons.command.native.click()
    assert QApplication.clipboard().text().startswith("napari-nuclei segment")


def test_all_of_a_run_happens_outside_the_main_thread(
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
    # The network is in the middle of its work, and the window goes on.
    qtbot.waitUntil(lambda: len(ticks) > 20, timeout=PATIENCE)
    timer.stop()
    assert widget.running
    network.go_on.set()
    qtbot.waitUntil(lambda: not widget.running, timeout=PATIENCE)
    assert threads
    assert threading.get_ident() not in threads


def test_run_has_a_shortcut(opened, spots) -> None:
    _, widget = opened(spots[0])
    assert widget.run.native.shortcut().toString() in widget.run.tooltip
