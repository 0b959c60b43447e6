from __future__ import annotations

import json
from typing import Any

import pytest

from napari_nuclei.config import AugmentConfig, ModelConfig, TrainConfig

BAD: list[tuple[dict[str, Any], str]] = [
    ({"epochs": 0}, "epochs must be at least 1; got 0"),
    ({"batch": 2.5}, "batch must be a whole number; got 2.5"),
    ({"steps": 0}, "steps must be at least 1; got 0"),
    ({"budget": 0}, "budget must be at least 1; got 0"),
    ({"learning_rate": 10}, "learning_rate must be at most 1; got 10"),
    ({"ema": 1}, "ema must be at most 0.9999; got 1"),
    (
        {"sampling": "tiles"},
        "sampling must be one of patches, resize; got 'tiles'",
    ),
    ({"patch_size": 130}, "patch_size must be a multiple of 32; got 130"),
    ({"patch_size": 16}, "patch_size must be at least 32; got 16"),
    ({"val_fraction": 0}, "val_fraction must be at least 0.01; got 0"),
    ({"seed": -1}, "seed must be at least 0; got -1"),
]


@pytest.mark.parametrize(
    ("values", "message"),
    BAD,
    ids=["-".join(f"{k}={x!r}" for k, x in values.items()) for values, _ in BAD],
)
def test_a_bad_value_is_refused_by_name(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TrainConfig(**values)


def test_training_settings_fit_into_json() -> None:
    settings = TrainConfig(augment=AugmentConfig.none()).as_dict()
    assert json.loads(json.dumps(settings))["augment"]["flip"] is False
    assert settings["model"]["decoder"] == ModelConfig().decoder


def test_settings_are_the_same_after_a_json_file() -> None:
    config = TrainConfig(
        epochs=3, model=ModelConfig(alpha=0.35), augment=AugmentConfig(dab=0.5)
    )
    assert TrainConfig.from_dict(json.loads(json.dumps(config.as_dict()))) == config


def test_settings_for_fine_tuning_can_be_replaced() -> None:
    config = TrainConfig.fine_tuning(epochs=5, model=ModelConfig(alpha=0.35))
    assert config.model.alpha == 0.35
    assert (config.epochs, config.encoder, config.batch_norm) == (5, "keep", "keep")
    assert config.finetuned_weight is None


def test_fine_tuning_accepts_old_names() -> None:
    with pytest.warns(DeprecationWarning, match="blend is now finetuned_weight"):
        config = TrainConfig.fine_tuning(blend=0.5)
    assert config.finetuned_weight == 0.5
