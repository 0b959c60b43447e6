from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.core.card import ModelCard
from napari_nuclei.model.store import write_card
from napari_nuclei.training.base_model import load_base_model


def test_a_model_with_other_channels_is_refused_as_base(tmp_path: Path) -> None:
    write_card(tmp_path, ModelCard("foreign", channels=("foreground",)))
    with pytest.raises(ValueError, match=r"can start from models of this package"):
        load_base_model(tmp_path)


def test_a_base_is_loaded_from_its_folder(small_base: Path) -> None:
    assert load_base_model(small_base).output_shape == (None, None, None, 2)
