from __future__ import annotations

from pathlib import Path

import keras
import numpy as np
import pytest

from napari_nuclei.config import ModelConfig
from napari_nuclei.core.card import ModelCard
from napari_nuclei.data.datasets import Sample
from napari_nuclei.model.convert import convert
from napari_nuclei.model.store import (
    KERAS_FILE,
    LITERT_FILE,
    check_model_files,
    find_model,
    write_card,
)
from napari_nuclei.model.unet import build_unet
from napari_nuclei.training.quantize import quantize_model


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "base"
    folder.mkdir()
    keras.utils.set_random_seed(3)
    model = build_unet(ModelConfig(alpha=0.35, decoder=(16, 16, 8, 8), stem=4))
    model.save(folder / KERAS_FILE)
    convert(model, folder / LITERT_FILE, patch_size=64)
    write_card(folder, ModelCard("base", patch_size=64, diameter=20, splitting=0.7))
    return folder


@pytest.fixture
def samples(discs, rng: np.random.Generator) -> list[Sample]:
    labels = discs((96, 96), [(24, 24, 9), (60, 60, 11)])
    noise = rng.integers(0, 20, labels.shape)
    return [
        Sample(name, np.asarray(noise + 200 * (labels > 0), np.uint8), labels)
        for name in ("one", "two")
    ]


def test_a_quantized_model_differs_in_its_network_only_and_is_scored(
    base: Path, samples: list[Sample]
) -> None:
    folder = quantize_model(base, samples[:1], name="quick", validation=samples[1:])
    entry = find_model("quick")
    assert entry.folder == folder
    check_model_files(folder, entry.card)
    assert (folder / KERAS_FILE).read_bytes() == (base / KERAS_FILE).read_bytes()
    small, whole = ((x / LITERT_FILE).stat().st_size for x in (folder, base))
    assert small < 0.5 * whole
    card = entry.card
    assert (card.name, card.diameter, card.splitting) == ("quick", 20, 0.7)
    assert card.training["quantized_from"] == "base"
    assert card.training["held_out"]["base"] == "base"
    assert card.metrics["nuclei"] == 2


def test_images_without_nuclei_are_refused_and_nothing_is_written(
    base: Path, samples: list[Sample], own_models: Path
) -> None:
    empty = Sample("empty", samples[0].image, np.zeros_like(samples[0].labels))
    with pytest.raises(ValueError, match="The validation images contain no nucleus"):
        quantize_model(base, samples, name="quick", validation=[empty])
    assert not own_models.exists()
