from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from napari_nuclei.config import ModelConfig
from napari_nuclei.core.card import ModelCard
from napari_nuclei.model.store import DEFAULT_MODEL, find_model, write_card
from napari_nuclei.training.find_base import encoder_settings, find_base_model


def test_a_model_with_other_channels_is_refused_as_base(tmp_path: Path) -> None:
    write_card(tmp_path, ModelCard("foreign", channels=("foreground",)))
    with pytest.raises(ValueError, match=r"can start from models of this package"):
        find_base_model(tmp_path)


def test_a_base_is_found_by_name_and_by_folder() -> None:
    entry = find_base_model(DEFAULT_MODEL)
    assert find_base_model(entry.folder).card == entry.card


def test_a_missing_base_is_reported() -> None:
    with pytest.raises(OSError, match="nonesuch"):
        find_base_model("nonesuch")


def test_a_network_with_the_encoder_of_a_model_has_its_width() -> None:
    entry = find_model(DEFAULT_MODEL)
    alpha = entry.card.training["settings"]["model"]["alpha"]
    settings = encoder_settings(replace(ModelConfig(), alpha=0.35), entry)
    assert (settings.alpha, settings.encoder_weights) == (alpha, None)
    with pytest.raises(ValueError, match="encoder_only needs a model"):
        encoder_settings(ModelConfig(), None)


def test_a_base_is_found_without_tensorflow(new_process: Callable[[str], str]) -> None:
    code = (
        "import sys; import napari_nuclei.training.messages; "
        "from napari_nuclei.training.find_base import find_base_model; "
        "print(find_base_model('nuclei').card.name, *sys.modules)"
    )
    loaded = new_process(code).split()
    assert loaded[0] == "nuclei"
    assert not {"tensorflow", "keras"} & {*loaded}
