from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.core.card import Card
from napari_nuclei.model.chosen import choose_model, chosen_model, rename_model
from napari_nuclei.model.store import (
    DEFAULT_MODEL,
    find_model,
    new_model,
    remove_model,
    write_card,
)


def test_the_model_offered_first_is_the_one_chosen_while_it_is_there(
    own_models: Path,
) -> None:
    assert chosen_model() == DEFAULT_MODEL
    with new_model("mine") as folder:
        write_card(folder, Card("mine"))
    choose_model("mine")
    assert chosen_model() == "mine"
    rename_model("mine", "ours")
    assert chosen_model() == "ours"
    assert find_model("ours").card.name == "ours"
    remove_model("ours")
    assert chosen_model() == DEFAULT_MODEL
    with pytest.raises(FileNotFoundError):
        choose_model("ours")


def test_a_model_cannot_take_a_name_or_be_renamed_in_the_package() -> None:
    with new_model("mine") as folder:
        write_card(folder, Card("mine"))
    with pytest.raises(FileExistsError):
        rename_model("mine", DEFAULT_MODEL)
    with pytest.raises(PermissionError):
        rename_model(DEFAULT_MODEL, "other")
