"""Long names of layers in a combo."""

from __future__ import annotations

import pytest
from qtpy.QtWidgets import QComboBox

from napari_nuclei.widgets.shared.elide import ElideMiddle


@pytest.fixture
def combo(qtbot) -> QComboBox:
    combo = QComboBox()
    qtbot.addWidget(combo)
    combo.addItems(["short", "plate 3, well B07, site 12, channel DAPI"])
    combo.resize(160, 30)
    return combo


def test_a_long_name_shows_its_start_and_its_end(combo) -> None:
    elide = ElideMiddle(combo)
    combo.setCurrentIndex(1)
    assert elide.text.startswith("plate")
    assert elide.text.endswith("DAPI")
    assert "…" in elide.text
    combo.resize(600, 30)
    assert elide.text == combo.currentText()


def test_a_short_name_is_shown_as_it_is(combo) -> None:
    assert ElideMiddle(combo).text == "short"


def test_the_combo_is_drawn_as_by_qt(combo) -> None:
    before = combo.grab().toImage()
    ElideMiddle(combo)
    assert combo.grab().toImage() == before
    combo.setCurrentIndex(1)
    assert combo.grab().toImage() != before
