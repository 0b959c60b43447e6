"""Parts of the docks' forms."""

from __future__ import annotations

import pytest
from magicgui.widgets import CheckBox, FloatSlider, LineEdit
from napari.layers import Image
from qtpy.QtWidgets import QLabel

from napari_nuclei.config import SegmentConfig
from napari_nuclei.widgets.shared.form import (
    choose_active,
    column,
    combo,
    layers_of,
    number_or_none,
    number_slider,
)


def test_a_slider_has_the_limits_and_the_help_of_its_field(qtbot) -> None:
    slider = number_slider(SegmentConfig, "probability")
    qtbot.addWidget(slider.native)
    assert (slider.min, slider.max) == (0.01, 0.99)
    assert slider.tooltip[0].isupper()
    assert slider.tooltip.endswith(".")


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_line_is_no_number(text) -> None:
    assert number_or_none("Largest area", text) is None


def test_a_line_that_is_not_a_number_is_an_error_with_its_name() -> None:
    assert number_or_none("Largest area", " 1e3 ") == 1000
    with pytest.raises(ValueError, match="Largest area must be a number or empty"):
        number_or_none("Largest area", "12 px")


def test_the_labels_of_a_column_have_the_same_width(qtbot) -> None:
    short, long = LineEdit(label="a"), FloatSlider(label="a much longer label")
    box = column([short, long, CheckBox(text="no label")])
    qtbot.addWidget(box.native)
    box.native.setStyleSheet("QLabel { font-size: 30px; }")
    box.native.show()

    def widths() -> set[int]:
        labels = [part.native.parent().findChild(QLabel) for part in (short, long)]
        return {label.minimumWidth() for label in labels}

    (width,) = widths()
    assert width > 150
    short.label = "a label that is longer than the other one"
    (wider,) = widths()
    assert wider > width


def test_layers_are_listed_from_the_top_and_the_active_one_is_chosen(
    make_napari_viewer, spots
) -> None:
    viewer = make_napari_viewer()
    first, second = (viewer.add_image(spots[0], name=name) for name in ("a", "b"))
    viewer.add_labels(spots[1])
    assert [layer.name for layer in layers_of(viewer, "Image")] == ["b", "a"]
    box = combo("image", lambda _: layers_of(viewer, "Image"), "An image.")
    viewer.layers.selection.active = first
    choose_active(viewer, box)
    assert isinstance(box.value, Image)
    assert box.value.name == "a"
    assert second in viewer.layers
