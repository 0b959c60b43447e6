"""Models that are imported, exported, renamed and removed in the dock."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from qtpy.QtWidgets import QMessageBox

import napari_nuclei
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.model import selftest
from napari_nuclei.model.store import read_card, write_card
from napari_nuclei.widgets.shared.model_selector import ModelSelector

pytestmark = pytest.mark.usefixtures("network")

TIMEOUT_MS = 60_000


def write_networks(folder: Path) -> None:
    """Write the networks of a bundled model into a folder; an import checks them."""
    bundled = Path(napari_nuclei.__file__).parent / "bundled" / "nuclei-fast"
    for name in ("model.keras", "model.tflite"):
        shutil.copy(bundled / name, folder / name)


def test_a_model_is_imported_and_removed_after_asking(
    opened, qtbot, own_models, spots, tmp_path, monkeypatch
) -> None:
    _, widget = opened(spots[0])
    folder = tmp_path / "brought"
    folder.mkdir()
    write_networks(folder)
    write_card(folder, ModelCard("brought", description="From a colleague."))
    models = widget.form.models
    monkeypatch.setattr(ModelSelector, "ask_folder", lambda self: folder)
    models.import_folder.trigger()
    qtbot.waitUntil(lambda: not widget.running, timeout=TIMEOUT_MS)
    assert widget.form.model.value == "brought"
    assert "From a colleague" in widget.form.model.tooltip
    assert "Trained for nuclei about 20 px wide" in widget.form.model.tooltip

    answer = QMessageBox.StandardButton.No
    monkeypatch.setattr(QMessageBox, "question", lambda *_: answer)
    models.remove_action.trigger()
    assert (own_models / "brought").is_dir()
    answer = QMessageBox.StandardButton.Yes
    models.remove_action.trigger()
    assert not (own_models / "brought").exists()
    assert widget.form.model.value == "discs"


def test_a_model_is_renamed_exported_and_imported_again(
    opened, qtbot, own_models, spots, network, tmp_path, monkeypatch
) -> None:
    _, widget = opened(spots[0])
    models = widget.form.models
    write_networks(own_models / "discs")
    monkeypatch.setattr(
        selftest, "load_segmenter", lambda path: Segmenter(network, read_card(path))
    )
    monkeypatch.setattr(ModelSelector, "ask_name", lambda self, name: "no name")
    models.rename_action.trigger()
    assert widget.status_panel.status.value.startswith("name must be 1 to 64 letters")
    monkeypatch.setattr(ModelSelector, "ask_name", lambda self, name: "round")
    models.rename_action.trigger()
    assert widget.status_panel.status.value == "Renamed discs to round."
    assert widget.form.model.value == "round"
    assert read_card(own_models / "round").name == "round"
    path = tmp_path / "sent.zip"
    monkeypatch.setattr(ModelSelector, "ask_zip", lambda self, name: path)
    models.export_action.trigger()
    said = f"Exported round to {path}."
    qtbot.waitUntil(
        lambda: widget.status_panel.status.value == said, timeout=TIMEOUT_MS
    )
    shutil.rmtree(own_models / "round")
    monkeypatch.setattr(ModelSelector, "ask_file", lambda self: path)
    models.import_file.trigger()
    qtbot.waitUntil(lambda: not widget.running, timeout=TIMEOUT_MS)
    assert widget.form.model.value == "round"
    assert widget.status_panel.status.value.startswith("Imported round; self-test ok: ")


def test_a_removed_model_is_reported(opened, own_models, spots) -> None:
    _, widget = opened(spots[0])
    models = widget.form.models
    shutil.rmtree(own_models / "discs")
    for action in (models.rename_action, models.export_action, models.about):
        widget.status_panel.show_message("")
        action.trigger()
        assert "here is no model" in widget.status_panel.status.value
    models.menu.aboutToShow.emit()
    assert not models.export_action.isEnabled()
    assert not models.remove_action.isEnabled()


def test_an_import_that_fails_says_why(
    opened, qtbot, spots, tmp_path, monkeypatch
) -> None:
    _, widget = opened(spots[0])
    path = tmp_path / "empty.zip"
    path.write_bytes(b"")
    monkeypatch.setattr(ModelSelector, "ask_file", lambda self: path)
    widget.form.models.import_file.trigger()
    qtbot.waitUntil(lambda: not widget.running, timeout=TIMEOUT_MS)
    assert (
        "is not a model: it must be a model's folder"
        in widget.status_panel.status.value
    )


def test_a_new_model_is_listed(opened, qtbot, own_models, spots) -> None:
    _, widget = opened(spots[0])
    (own_models / ".making").mkdir()
    write_card(own_models / ".making", ModelCard("new"))
    (own_models / ".making").rename(own_models / "new")
    qtbot.waitUntil(lambda: "new" in widget.form.model.choices, timeout=TIMEOUT_MS)
