from __future__ import annotations

from pathlib import Path

import pytest
from qtpy.QtWidgets import QFileDialog

from napari_nuclei.widgets.nuclei.sections.ask_file import ask_open, ask_save


@pytest.mark.parametrize(
    ("chosen", "kind", "path"),
    [
        ("plot", "SVG (*.svg)", Path("plot.svg")),
        ("plot.png", "SVG (*.svg)", Path("plot.png")),
        ("plot", "", Path("plot.png")),
        ("", "", None),
    ],
)
def test_a_name_without_a_suffix_gets_that_of_its_type(
    monkeypatch, chosen, kind, path
) -> None:
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", staticmethod(lambda *_: (chosen, kind))
    )
    assert ask_save(None, "Save", "plot.png", "PNG (*.png);;SVG (*.svg)") == path


def test_a_cancelled_dialog_opens_nothing(monkeypatch) -> None:
    monkeypatch.setattr(
        QFileDialog, "getOpenFileName", staticmethod(lambda *_: ("", ""))
    )
    assert ask_open(None, "Open", "GeoJSON (*.geojson)") is None
