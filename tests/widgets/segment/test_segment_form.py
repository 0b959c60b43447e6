"""The form of the Segment dock: settings, saved values, and units."""

from __future__ import annotations

import pytest
from qtpy.QtCore import QPoint
from qtpy.QtWidgets import QApplication, QSlider

from napari_nuclei.widgets.layers.image_source import VISIBLE_PART

pytestmark = pytest.mark.usefixtures("network")


def test_saved_values_give_the_same_settings_in_another_form(opened, spots) -> None:
    _, widget = opened(spots[0])
    form = widget.form
    form.areas.max_size.value = "1200"
    form.sliders.splitting.value = 0.25
    form.drop_border.value = form.outlines.value = True
    form.region_controls.region.value = VISIBLE_PART
    _, other = opened(spots[0])
    other.form.restore(form.values())
    assert other.form.config() == form.config()
    assert other.form.values() == form.values()
    assert other.form.config().max_size == 1200
    assert other.form.max_size.value == "1200"
    assert other.form.region_controls.region.value == VISIBLE_PART


def test_areas_are_in_micrometres_for_an_image_with_a_pixel_size(opened, spots) -> None:
    viewer, widget = opened(spots[0], scale=(0.5, 0.5), units=("um", "um"))
    form = widget.form
    assert form.areas.min_size.label == "Smallest area (µm²)"
    form.areas.max_size.value = "225"
    assert form.config().max_size == 900
    assert form.config().min_size is None
    form.image.value = viewer.add_image(spots[0])
    assert form.areas.min_size.label == "Smallest area (px²)"
    assert form.config().max_size == 900


def test_areas_of_a_coarser_level_use_its_pixel_size(opened, spots) -> None:
    levels = [spots[0].repeat(2, 0).repeat(2, 1), spots[0]]
    _, widget = opened(levels, multiscale=True, scale=(0.5, 0.5), units=("um", "um"))
    form = widget.form
    form.areas.max_size.value = "250"
    assert form.config().max_size == 1000
    form.region_controls.level.value = 1  # pixels of 1 µm
    assert form.config().max_size == 1000
    assert form.areas.max_size.value == "1000"


def test_titles_count_the_settings_that_differ_from_their_defaults(
    opened, spots
) -> None:
    _, widget = opened(spots[0])
    form = widget.form
    assert form.thresholds_fold.text() == "▸ Thresholds"
    assert form.more_fold.text() == "▸ More"
    assert form.thresholds_fold.reset_button.isHidden()
    form.sliders.probability.value = 0.98
    form.sliders.min_confidence.value = 0.5
    form.correct.value = False
    form.areas.max_size.value = "900"
    assert form.thresholds_fold.text() == "▸ Thresholds (1 changed)"
    assert form.more_fold.text() == "▸ More (3 changed)"
    form.thresholds_fold.reset_button.click()
    assert form.thresholds_fold.text() == "▸ Thresholds"
    assert form.config().probability is None
    assert form.config().max_size == 900
    form.more_fold.reset_button.click()
    assert form.more_fold.text() == "▸ More"
    assert form.more_fold.reset_button.isHidden()
    assert form.config() == type(form.config())()


def test_saved_settings_are_counted_before_the_section_is_opened(opened, spots) -> None:
    _, widget = opened(spots[0])
    widget.form.restore({"probability": 0.98, "centroids": True})
    assert widget.form.thresholds_fold.text() == "▸ Thresholds (1 changed)"
    assert widget.form.more_fold.text() == "▸ More (1 changed)"


def test_an_axis_that_is_not_the_detected_one_is_counted_and_reset(
    opened, stack
) -> None:
    _, widget = opened(stack, axis_labels=("z", "y", "x"))
    form = widget.form
    form.region_controls.channel_axis.value = 0
    assert form.more_fold.text() == "▸ More (1 changed)"
    form.more_fold.reset_button.click()
    assert form.region_controls.channel_axis.value is None
    form.region_controls.channel_axis.value = 0
    form.region_controls.channel_axis.value = None
    assert form.more_fold.text() == "▸ More"


@pytest.mark.parametrize("largest", [0, 0.5, -1])
def test_a_saved_largest_area_that_is_not_valid_is_ignored(
    opened, spots, largest
) -> None:
    _, widget = opened(spots[0])
    widget.form.restore({"max_size": largest})
    assert widget.form.config().max_size is None


def test_the_sliders_of_both_sections_are_in_one_column(opened, spots) -> None:
    viewer, widget = opened(spots[0], scale=(0.5, 0.5), units=("um", "um"))
    viewer.window._qt_window.show()
    for fold in (widget.form.thresholds_fold, widget.form.more_fold):
        fold.expand()
    QApplication.processEvents()
    bars = [
        slider.native.findChild(QSlider) for slider in widget.form.sliders.all_sliders
    ]
    edges = {(bar.mapToGlobal(QPoint()).x(), bar.width()) for bar in bars}
    ((_, width),) = edges
    assert width > 70
