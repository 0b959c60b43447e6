from __future__ import annotations

import pandas as pd
import pytest

from napari_nuclei.widgets.nuclei.sections.class_legend import ClassLegend, legend_text


def test_a_class_has_its_colour_its_number_and_its_clicks() -> None:
    colours = {"negative": (1, 2, 3), "a<b>": (4, 5, 6), "unused": (7, 8, 9)}
    text = legend_text({"negative": 40, "a<b>": 3}, colours, {"a<b>": 2})
    assert 'rgb(1, 2, 3)">\u25a0</span> negative: 40' in text
    assert "unused" not in text
    assert "a&lt;b&gt;: 3, 2 clicked" in text


@pytest.mark.parametrize("classes", [None, pd.Series([None, None], dtype=object)])
def test_without_classes_there_is_no_legend(qtbot, classes) -> None:
    legend = ClassLegend()
    qtbot.addWidget(legend)
    legend.show_classes(pd.Series(["a", None]), {"a": (1, 2, 3)}, {})
    assert legend.isVisible()
    legend.show_classes(classes, {}, {})
    assert not legend.isVisible()
