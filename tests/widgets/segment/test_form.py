"""The form of the Segment dock: settings, saved values, and units."""

from __future__ import annotations

import pytest

from napari_nuclei.widgets.layers.image_source import VISIBLE_PART

pytestmark = pytest.mark.usefixtures("network")


def test_saved_values_give_the_same_settings_in_another_form(opened, spots) -> None:
    _, widget = opened(spots[0])
    form = widget.form
    form.diameter.text = "24"
    form.areas.max_size.value = "1200"
    form.sliders.splitting.value = 0.25
    form.drop_border.value = form.outlines.value = True
    form.region_controls.region.value = VISIBLE_PART
    _, other = opened(spots[0])
    other.form.restore(form.values())
    assert other.form.config() == form.config()
    assert other.form.values() == form.values()
    assert other.form.config().max_size == 1200
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
