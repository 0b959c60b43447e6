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


def test_a_frozen_encoder_does_not_change_and_the_rest_learns(tiny) -> None:
    everything = learning(tiny)
    freeze(tiny, TrainConfig(encoder="keep"))
    frozen = everything - learning(tiny)
    assert {"Conv1", "block_1_expand", "block_16_project_BN"} <= frozen
    assert all(
        name.startswith(("Conv1", "bn_", "expanded", "block_")) for name in frozen
    )
    assert {"stem_conv", "stem_bn"} <= learning(tiny)
    unfreeze_layers(tiny)
    assert learning(tiny) == everything


def test_frozen_batch_normalisation_does_not_change(tiny) -> None:
    everything = learning(tiny)
    freeze(tiny, TrainConfig(batch_norm="keep"))
    assert {"bn_Conv1", "stem_bn"} <= everything - learning(tiny)
    assert {"Conv1", "stem_conv"} <= learning(tiny)
    unfreeze_layers(tiny)


def test_with_the_setting_learn_everything_is_trainable(tiny, small_network) -> None:
    for model in (tiny, small_network()):
        everything = learning(model)
        freeze(model, TrainConfig())
        assert learning(model) == everything
        freeze(model, TrainConfig(encoder="keep"))
        unfreeze_layers(model)
