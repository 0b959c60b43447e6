from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_nuclei.config import ModelConfig, TrainConfig
from napari_nuclei.model.store import find_model
from napari_nuclei.training.base_model import load_base_model
from napari_nuclei.training.fit_network import build_network
from napari_nuclei.training.loop.freeze import encoder_layers
from napari_nuclei.training.setup import TrainingSetup

SMALL = ModelConfig(alpha=0.35, decoder=(16, 16, 8, 8), stem=4)


def setup(model: ModelConfig, **parts: object) -> TrainingSetup:
    config = TrainConfig(model=model)
    empty = TrainingSetup([], [], config, None, None, None, None, None)
    return replace(empty, **parts)  # type: ignore[arg-type]


def test_a_new_network_starts_with_the_encoder_of_a_model_and_a_new_decoder() -> None:
    entry = find_model("nuclei-fast")
    model = build_network(setup(SMALL, encoder=entry))
    source = load_base_model(entry.folder)
    names = [layer.name for layer in encoder_layers(model)]
    assert len(names) > 100
    for name in names:
        pairs = zip(
            model.get_layer(name).get_weights(),
            source.get_layer(name).get_weights(),
            strict=True,
        )
        for copied, original in pairs:
            np.testing.assert_array_equal(copied, original)
    assert model.get_layer("decoder2_narrow_conv").get_weights()[0].shape[-1] == 8


def test_an_encoder_of_another_width_is_refused() -> None:
    with pytest.raises(ValueError, match="encoder of the model nuclei has another wid"):
        build_network(setup(SMALL, encoder=find_model("nuclei")))


def test_without_a_model_the_network_is_new() -> None:
    model = build_network(setup(SMALL))
    assert model.name == "mobilenetv2_unet"
    assert model.get_layer("stem_conv").get_weights()[0].shape[-1] == 4
