from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.core.card import ModelCard
from napari_nuclei.model.store import write_card
from napari_nuclei.training.base_model import find_base_model, load_base_model


def test_a_model_with_other_channels_is_refused_as_base(tmp_path: Path) -> None:
    write_card(tmp_path, ModelCard("foreign", channels=("foreground",)))
    with pytest.raises(ValueError, match=r"can start from models of this package"):
        load_base_model(tmp_path)


def test_a_base_is_found_by_folder_and_loaded(small_base: Path) -> None:
    assert find_base_model(small_base).card.name == "base"
    assert load_base_model(small_base).output_shape == (None, None, None, 2)


def test_a_missing_base_is_reported() -> None:
    with pytest.raises(OSError, match="nonesuch"):
        find_base_model("nonesuch")
