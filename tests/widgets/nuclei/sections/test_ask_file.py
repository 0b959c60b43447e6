from __future__ import annotations

from pathlib import Path

import pytest
from qtpy.QtWidgets import QFileDialog, QMessageBox

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


@pytest.mark.parametrize("answer", ["Yes", "No"])
def test_a_file_whose_suffix_was_added_is_replaced_only_if_the_user_says_so(
    monkeypatch, tmp_path, answer: str
) -> None:
    (tmp_path / "plot.png").touch()
    chosen = str(tmp_path / "plot"), "PNG (*.png)"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", staticmethod(lambda *_: chosen))
    button = getattr(QMessageBox.StandardButton, answer)
    monkeypatch.setattr(QMessageBox, "question", staticmethod(lambda *_: button))
    found = ask_save(None, "Save", "plot.png", "PNG (*.png)")
    assert found == (tmp_path / "plot.png" if answer == "Yes" else None)


def test_a_cancelled_dialog_opens_nothing(monkeypatch) -> None:
    monkeypatch.setattr(
        QFileDialog, "getOpenFileName", staticmethod(lambda *_: ("", ""))
    )
    assert ask_open(None, "Open", "GeoJSON (*.geojson)") is None
