"""Limits of the area in px² or µm²."""

from __future__ import annotations

import pytest

from napari_nuclei.widgets.segment.area_controls import AreaControls


@pytest.fixture
def controls(qtbot):
    controls = AreaControls()
    for widget in (controls.min_size, controls.max_size):
        qtbot.addWidget(widget.native)
    return controls


def test_areas_are_in_pixels_without_a_pixel_size(controls) -> None:
    controls.min_size.value = 40
    controls.max_size.value = "900"
    assert controls.min_pixels == 40
    assert controls.max_pixels() == 900
    assert controls.min_size.label == "Smallest area (px²)"
    assert controls.max_size.label == "Largest area (px²)"


def test_areas_are_in_micrometres_with_a_pixel_size(controls) -> None:
    controls.set_pixel_size(0.5)
    controls.min_size.value = 10
    controls.max_size.value = "225"
    assert controls.min_pixels == pytest.approx(40)
    assert controls.max_pixels() == pytest.approx(900)
    assert controls.min_size.label == "Smallest area (µm²)"
    assert controls.max_size.label == "Largest area (µm²)"


def test_another_unit_changes_what_is_shown_but_not_the_limits(controls) -> None:
    controls.set_model_area(31)
    controls.max_size.value = "1000"
    events = []
    controls.min_size.changed.connect(events.append)
    controls.max_size.changed.connect(events.append)
    controls.set_pixel_size(0.3251)
    assert controls.min_size.value == pytest.approx(31 * 0.3251**2, abs=1e-3)
    assert float(controls.max_size.value) == pytest.approx(105.69, abs=0.01)
    controls.set_pixel_size(None)
    assert controls.min_pixels == 31
    assert controls.min_size.value == pytest.approx(31)
    assert controls.max_pixels() == 1000
    assert events == []


def test_the_slider_reaches_beyond_the_area_of_a_model_of_large_nuclei(
    controls,
) -> None:
    controls.set_model_area(300)
    assert controls.min_size.max == 1200
    controls.set_model_area(20)
    assert controls.min_size.max == 500
    assert controls.min_pixels == 20


def test_a_largest_area_that_is_no_number_is_an_error(controls) -> None:
    controls.max_size.value = "big"
    with pytest.raises(ValueError, match="Largest area must be a number or empty"):
        controls.max_pixels()
    controls.max_size.value = " "
    assert controls.max_pixels() is None


def test_a_saved_largest_area_is_restored_in_pixels(controls) -> None:
    controls.set_pixel_size(0.5)
    controls.set_max_pixels(900)
    assert controls.max_size.value == "225"
    assert controls.max_pixels() == 900
    controls.set_max_pixels(None)
    assert controls.max_size.value == ""
    assert controls.max_pixels() is None
