from __future__ import annotations

from typing import Any

import keras
import numpy as np
import pytest

from napari_nuclei.config import AugmentConfig, TrainConfig
from napari_nuclei.training.loop import batch_norm
from napari_nuclei.training.loop.batch_norm import (
    MIN_BATCHES,
    check_inference_mode,
    estimate_batch_norm,
    recalibrate_batch_norm,
)
from napari_nuclei.training.loop.compile import Patches
from napari_nuclei.training.sampling.pyramid import SamplePyramid

CONFIG = TrainConfig(batch=4, patch_size=32, augment=AugmentConfig.none())


def by_brightness(statistics: float) -> keras.Model:
    """Return a network that predicts foreground where it is brighter than the mean."""
    image = keras.Input((None, None, 3))
    norm = keras.layers.BatchNormalization(scale=False, center=False)
    x = norm(image)
    model = keras.Model(
        image, keras.layers.Conv2D(2, 1, activation="sigmoid", name="output")(x)
    )
    output = model.get_layer("output")
    output.set_weights([np.full((1, 1, 3, 2), 9.0), np.zeros(2)])
    norm.set_weights([np.full(3, statistics), np.full(3, 0.1)])
    return model


def test_matching_statistics_pass_the_check(validation: Patches) -> None:
    model = by_brightness(0.4)
    before = model.get_weights()
    check_inference_mode(model, validation)
    for one, two in zip(model.get_weights(), before, strict=True):
        np.testing.assert_array_equal(one, two)


def test_lagging_statistics_are_an_error(validation: Patches) -> None:
    with pytest.raises(
        RuntimeError, match=r"Dice .* is 0\.\d+ at inference but .*Train"
    ):
        check_inference_mode(by_brightness(30.0), validation)


def test_estimated_statistics_pass_the_check(
    sources: list[SamplePyramid], validation: Patches
) -> None:
    model = by_brightness(30.0)
    norm = next(
        x for x in model.layers if isinstance(x, keras.layers.BatchNormalization)
    )
    momentum, others = norm.momentum, model.get_layer("output").get_weights()
    estimate_batch_norm(model, sources, CONFIG)
    assert norm.momentum == momentum
    for one, two in zip(model.get_layer("output").get_weights(), others, strict=True):
        np.testing.assert_array_equal(one, two)
    mean = np.array(norm.moving_mean)
    np.testing.assert_allclose(mean, validation[0].mean(axis=(0, 1, 2)), atol=0.1)
    check_inference_mode(model, validation)


def test_estimation_ends_after_its_time(
    sources: list[SamplePyramid], monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn: list[int] = []
    sample = batch_norm.sample_batch

    def count(*args: Any) -> Any:
        drawn.append(1)
        return sample(*args)

    monkeypatch.setattr(batch_norm, "sample_batch", count)
    estimate_batch_norm(by_brightness(30.0), sources, CONFIG, 6, seconds=0.0)
    assert len(drawn) == MIN_BATCHES
    drawn.clear()
    estimate_batch_norm(by_brightness(30.0), sources, CONFIG, 6, seconds=1000.0)
    assert len(drawn) == 6


def test_statistics_that_do_not_fit_are_replaced_even_if_the_loss_rises(
    sources: list[SamplePyramid],
    validation: Patches,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    losses = iter([0.1, 0.2])
    monkeypatch.setattr(
        batch_norm, "evaluate_patches", lambda *_: {"loss": next(losses)}
    )
    monkeypatch.setattr(batch_norm, "compile_model", lambda *_: None)
    model = by_brightness(30.0)
    recalibrate_batch_norm(model, sources, validation, CONFIG)
    check_inference_mode(model, validation)
