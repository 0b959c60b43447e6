from __future__ import annotations

import pytest

from napari_nuclei.config import ModelConfig, TrainConfig
from napari_nuclei.model.unet import build_unet
from napari_nuclei.training.loop.freeze import freeze, unfreeze_layers


@pytest.fixture(scope="module")
def tiny():
    return build_unet(ModelConfig(alpha=0.35, decoder=(8, 8, 8, 8), stem=4))


def learning(model) -> set[str]:
    return {layer.name for layer in model.layers if layer.trainable_weights}


def test_a_kept_encoder_learns_nothing_and_the_rest_does(tiny) -> None:
    everything = learning(tiny)
    freeze(tiny, TrainConfig(encoder="keep"))
    kept = everything - learning(tiny)
    assert {"Conv1", "block_1_expand", "block_16_project_BN"} <= kept
    assert all(name.startswith(("Conv1", "bn_", "expanded", "block_")) for name in kept)
    assert {"stem_conv", "stem_bn"} <= learning(tiny)
    unfreeze_layers(tiny)
    assert learning(tiny) == everything


def test_kept_batch_normalisation_learns_nothing(tiny) -> None:
    everything = learning(tiny)
    freeze(tiny, TrainConfig(batch_norm="keep"))
    assert {"bn_Conv1", "stem_bn"} <= everything - learning(tiny)
    assert {"Conv1", "stem_conv"} <= learning(tiny)
    unfreeze_layers(tiny)


def test_where_nothing_is_kept_everything_learns(tiny, small_network) -> None:
    for model in (tiny, small_network()):
        everything = learning(model)
        freeze(model, TrainConfig())
        assert learning(model) == everything
        freeze(model, TrainConfig(encoder="keep"))
        unfreeze_layers(model)
