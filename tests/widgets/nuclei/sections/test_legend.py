from __future__ import annotations

import pytest
from napari.utils.colormaps import ensure_colormap

from napari_nuclei.widgets.nuclei.sections.legend import Legend


@pytest.fixture
def legend(qtbot) -> Legend:
    legend = Legend()
    qtbot.addWidget(legend)
    return legend


def colour_at(legend, x: int, y: int) -> tuple[int, int, int]:
    legend.resize(legend.sizeHint())
    return legend.grab().toImage().pixelColor(x, y).getRgb()[:3]


def test_a_gradient_is_drawn_from_its_first_to_its_last_colour(legend) -> None:
    legend.show_gradient(ensure_colormap("gray"), (1.5, 20000))
    assert legend.text == "1.5 to 2e+04"
    first, last = colour_at(legend, 1, 3), colour_at(legend, 118, 3)
    assert max(first) < 20 and min(last) > 235


def test_every_class_has_a_swatch_in_its_colour(legend) -> None:
    legend.show_classes({"a": (1, 0, 0), "b": (0, 0, 1)})
    height = legend.sizeHint().height()
    assert colour_at(legend, 4, height // 4) == (255, 0, 0)
    assert colour_at(legend, 4, 3 * height // 4) == (0, 0, 255)
    legend.clear()
    assert legend.isHidden() and not legend.text
