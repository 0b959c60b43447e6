"""Models that cannot be loaded are named in both docks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from napari_nuclei.widgets.shared import broken_models
from napari_nuclei.widgets.shared.broken_models import BrokenModels, describe_broken

pytestmark = pytest.mark.usefixtures("network")

DAMAGE = {
    "no json": b"{",
    "a list": b"[]",
    "nested too deeply": b"[" * 100_000,
    "no text": b"\xff\xfe\xff",
    "wrong types": b'{"name": 3, "diameter": "wide"}',
}


@pytest.fixture
def line(qtbot) -> BrokenModels:
    broken = BrokenModels()
    qtbot.addWidget(broken.line.native)
    return broken


def write_damaged(folder: Path, content: bytes) -> None:
    folder.mkdir(parents=True)
    (folder / "card.json").write_bytes(content)


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_model_is_named_with_its_reason(
    damage: str, line: BrokenModels, own_models: Path
) -> None:
    line.refresh()
    assert line.line.value == ""
    write_damaged(own_models / "mine", DAMAGE[damage])
    line.refresh()
    assert line.line.value == "Not listed, since it cannot be loaded: mine."
    assert "card.json" in line.line.tooltip
    assert "\n" not in line.line.tooltip


def test_folders_without_a_card_are_named_too(
    line: BrokenModels, own_models: Path
) -> None:
    (own_models / "empty").mkdir(parents=True)
    line.refresh()
    assert "empty" in line.line.value


def test_a_folder_of_models_that_cannot_be_read_is_said(
    line: BrokenModels, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse() -> Any:
        raise PermissionError(13, "Permission denied", "models")

    monkeypatch.setattr(broken_models, "invalid_models", refuse)
    line.refresh()
    assert line.line.value == "Your own models cannot be read."
    assert line.line.tooltip == "models: Permission denied"


def test_names_are_shown_as_plain_text() -> None:
    assert describe_broken({"a\x1b[31mb\nc": ""}).endswith("loaded: ab c.")
    assert describe_broken({}) == ""


def test_both_docks_name_a_model_that_breaks_and_forget_it_when_mended(
    opened, own_models: Path, spots, qtbot
) -> None:
    viewer, segment = opened(spots[0])
    _, train = viewer.window.add_plugin_dock_widget("napari-nuclei", "Train a model")
    lines = [segment.form.models.broken.line, train.form.broken.line]
    assert [line.visible for line in lines] == [False, False]
    write_damaged(own_models / "mine", b"{")
    qtbot.waitUntil(lambda: "mine" in lines[0].value, timeout=10_000)
    train.reset_choices()
    assert [line.value for line in lines] == [
        "Not listed, since it cannot be loaded: mine."
    ] * 2
    assert "mine" not in segment.form.model.choices
    (own_models / "mine" / "card.json").unlink()
    (own_models / "mine").rmdir()
    qtbot.waitUntil(lambda: not lines[0].value, timeout=10_000)
    train.reset_choices()
    assert [line.value for line in lines] == ["", ""]
    assert [line.visible for line in lines] == [False, False]
