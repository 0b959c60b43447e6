from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.core.card import ModelCard
from napari_nuclei.model.staging import stage_model
from napari_nuclei.model.store import (
    DEFAULT_MODEL,
    find_model,
    write_card,
)
from napari_nuclei.model.user_models import (
    get_preferred_model,
    hint_at_model,
    remove_model,
    rename_model,
    set_preferred_model,
)


def test_the_preferred_model_is_used_while_it_exists(
    own_models: Path,
) -> None:
    assert get_preferred_model() == DEFAULT_MODEL
    with stage_model("mine") as folder:
        write_card(folder, ModelCard("mine"))
    set_preferred_model("mine")
    assert get_preferred_model() == "mine"
    rename_model("mine", "ours")
    assert get_preferred_model() == "ours"
    assert find_model("ours").card.name == "ours"
    remove_model("ours")
    assert get_preferred_model() == DEFAULT_MODEL
    with pytest.raises(FileNotFoundError):
        set_preferred_model("ours")


def test_bundled_models_cannot_be_renamed_or_replaced() -> None:
    with stage_model("mine") as folder:
        write_card(folder, ModelCard("mine"))
    with pytest.raises(FileExistsError):
        rename_model("mine", DEFAULT_MODEL)
    with pytest.raises(PermissionError):
        rename_model(DEFAULT_MODEL, "other")


def test_the_name_of_a_model_is_recognised_unless_it_is_a_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert "it is a model" in hint_at_model("nuclei")
    assert hint_at_model("image.tif") == hint_at_model(3) == ""
    (tmp_path / "nuclei").mkdir()
    assert hint_at_model("nuclei") == ""
