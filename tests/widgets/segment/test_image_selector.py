"""The image of the dock is the selected one, unless it is pinned."""

from __future__ import annotations

import pytest

from napari_nuclei.widgets.segment.layer_data import METADATA_KEY

pytestmark = pytest.mark.usefixtures("network")


@pytest.fixture
def selector(opened, spots):
    viewer, widget = opened(spots[0])
    second = viewer.add_image(spots[0], name="second")
    return viewer, widget, viewer.layers["cells"], second


def test_the_image_follows_the_selected_layer(selector) -> None:
    viewer, widget, first, second = selector
    assert widget.form.image.value is second
    viewer.layers.selection.active = first
    assert widget.form.image.value is first


def test_a_pinned_image_stays(selector, spots) -> None:
    viewer, widget, first, second = selector
    widget.form.image_selector.pin.click()
    viewer.layers.selection.active = first
    assert widget.form.image.value is second
    viewer.add_image(spots[0])
    assert widget.form.image.value is second
    widget.form.image_selector.pin.click()
    viewer.layers.selection.active = second
    viewer.layers.selection.active = first
    assert widget.form.image.value is first


def test_layers_other_than_images_do_not_change_the_image(selector, spots) -> None:
    viewer, widget, _, second = selector
    viewer.add_labels(spots[1])
    viewer.add_points([(3, 3)])
    assert widget.form.image.value is second


def test_a_result_is_not_taken_for_an_image(selector, spots) -> None:
    viewer, widget, _, second = selector
    viewer.add_image(spots[0], name="probability", metadata={METADATA_KEY: {}})
    assert widget.form.image.value is second


def test_the_image_of_a_run_stays_during_the_run(selector, network, qtbot) -> None:
    viewer, widget, first, second = selector
    network.hold()
    widget.start()
    viewer.layers.selection.active = first
    assert widget.form.image.value is second
    network.go_on.set()
    qtbot.waitUntil(lambda: not widget.running)


def test_the_summary_of_a_run_comes_back_with_its_image(selector, run) -> None:
    viewer, widget, first, second = selector
    run(widget)
    summary = widget.status_panel.status.value
    assert summary.startswith("6 nuclei")
    viewer.layers.selection.active = first
    assert widget.status_panel.status.value == "One image of 128 x 192 pixels."
    viewer.layers.selection.active = second
    assert widget.status_panel.status.value == summary


def test_a_run_with_a_measured_diameter_is_of_the_image_of_the_last_run(
    selector, run
) -> None:
    _, widget, first, second = selector
    widget.form.diameter.text = "60"
    run(widget)
    button = widget.status_panel.action_button
    assert button.native.isVisibleTo(widget.native)
    with widget.form.image.changed.blocked():  # the button would be hidden
        widget.form.image.value = first
    button.native.click()
    assert widget.run_controller.image is second
    widget.stop()
