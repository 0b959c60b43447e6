"""The control of the diameter, alone and in the dock."""

from __future__ import annotations

import pytest

from napari_nuclei.widgets.segment.diameter_box import DiameterBox

pytestmark = pytest.mark.usefixtures("network")


def test_the_diameter_of_a_drawn_shape_is_set(opened, spots) -> None:
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


def test_micrometres_are_offered_for_an_image_with_a_pixel_size(opened, spots) -> None:
    viewer, widget = opened(spots[0])
    assert "µm" not in widget.form.diameter.unit.choices
    layer = viewer.add_image(spots[0], scale=(0.5, 0.5), units=("um", "um"))
    widget.form.image.value = layer
    assert "µm" in widget.form.diameter.unit.choices


@pytest.mark.parametrize(
    ("text", "unit", "shown"),
    [
        ("auto", "auto", "auto"),
        ("native", "do not resize", "native"),
        ("24", "px", "24"),
        ("9um", "µm", "9um"),
        ("9.5 µm", "µm", "9.5um"),
    ],
)
def test_a_setting_is_shown_with_its_unit(qtbot, text, unit, shown) -> None:
    box = DiameterBox()
    qtbot.addWidget(box.native)
    box.offer_micrometres(True)
    box.text = text
    assert box.unit.value == unit
    assert box.text == shown


def test_a_length_becomes_auto_for_an_image_without_a_pixel_size(qtbot) -> None:
    box = DiameterBox()
    qtbot.addWidget(box.native)
    box.text = "9um"
    assert box.text == "auto"
