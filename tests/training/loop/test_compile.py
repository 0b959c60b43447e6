from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_nuclei.config import TrainConfig
from napari_nuclei.training.loop.compile import (
    build_loss,
    compile_model,
    evaluate_patches,
)


def test_a_compiled_network_is_evaluated_in_inference_mode(
    small_network, validation
) -> None:
    model = small_network()
    compile_model(model, TrainConfig(learning_rate=0.01))
    before = model.get_weights()
    found = evaluate_patches(model, validation)
    assert set(found) == {"loss", "accuracy", "dice", "iou"}
    assert float(model.optimizer.learning_rate) == pytest.approx(0.01)
    for one, two in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, two)


def test_the_loss_follows_the_settings(small_network, validation) -> None:
    images, targets = validation
    output = np.asarray(small_network()(images, training=False))
    config = TrainConfig()
    losses = [
        float(build_loss(x)(targets, output)[0])
        for x in (config, replace(config, loss="lovasz"))
    ]
    assert losses[0] != losses[1]
