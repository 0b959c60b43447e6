from __future__ import annotations

from dataclasses import FrozenInstanceError, dataclass, fields
from typing import Any

import numpy as np
import pytest

from napari_nuclei.config import (
    AugmentConfig,
    ModelConfig,
    SegmentConfig,
    TrainConfig,
)
from napari_nuclei.config.fields import option

CONFIGS = [SegmentConfig, ModelConfig, AugmentConfig, TrainConfig]

BAD = [
    (SegmentConfig, {"tile": 100}, "tile must be a multiple of 32; got 100"),
    (SegmentConfig, {"tile": 0}, "tile must be at least 32; got 0"),
    (SegmentConfig, {"tile": 8192}, "tile must be at most 4096; got 8192"),
    (SegmentConfig, {"tile": 128.0}, "tile must be a whole number; got 128.0"),
    (SegmentConfig, {"tile": "128"}, "tile must be a finite number; got '128'"),
    (SegmentConfig, {"diameter": None}, "greater than 0; got None"),
    (SegmentConfig, {"overlap": -1}, "overlap must be at least 0; got -1"),
    (
        SegmentConfig,
        {"overlap": 145},
        r"overlap must be at most half of tile \(144\); got 145",
    ),
    (SegmentConfig, {"probability": 0}, "probability must be at least 0.01; got 0"),
    (SegmentConfig, {"probability": 1.5}, "probability must be at most 0.99; got 1.5"),
    (
        SegmentConfig,
        {"probability": float("nan")},
        "probability must be a finite number; got nan",
    ),
    (SegmentConfig, {"splitting": 1.0}, "splitting must be at most 0.95; got 1.0"),
    (SegmentConfig, {"min_size": -3}, "min_size must be at least 0; got -3"),
    (
        SegmentConfig,
        {"min_size": float("inf")},
        "min_size must be a finite number; got inf",
    ),
    (SegmentConfig, {"diameter": "big"}, "diameter must be auto, native, .*'big'"),
    (SegmentConfig, {"diameter": 0}, "diameter must be auto, native, .*got 0"),
    (SegmentConfig, {"diameter": True}, "diameter must be auto, native, .*got True"),
    (SegmentConfig, {"diameter": "-4"}, "diameter must be auto, native, .*'-4'"),
    (SegmentConfig, {"diameter": "0um"}, "diameter must be auto, native, .*'0um'"),
    (SegmentConfig, {"diameter": "1.2.3um"}, "diameter must be auto, .*'1.2.3um'"),
    (SegmentConfig, {"diameter": "9 parsec"}, "diameter must be auto, .*'9 parsec'"),
    (SegmentConfig, {"diameter": "nan"}, "diameter must be auto, native, .*'nan'"),
    (ModelConfig, {"alpha": 0.0}, "alpha must be at least 0.1; got 0.0"),
    (ModelConfig, {"alpha": 2}, "alpha must be at most 1.4; got 2"),
    (ModelConfig, {"stem": 0}, "stem must be at least 1; got 0"),
    (ModelConfig, {"stem": 4.5}, "stem must be a whole number; got 4.5"),
    (
        ModelConfig,
        {"decoder": (64, 32, 16)},
        r"decoder must name four positive channel counts, .*got \(64, 32, 16\)",
    ),
    (
        ModelConfig,
        {"decoder": (64, 32, 16, 0)},
        r"decoder must name four positive channel counts, .*got \(64, 32, 16, 0\)",
    ),
    (ModelConfig, {"decoder": ()}, r"decoder must name four .*got \(\)"),
    (AugmentConfig, {"scale": 0.5}, "scale must be at least 1; got 0.5"),
    (AugmentConfig, {"invert": 2}, "invert must be at most 1; got 2"),
    (AugmentConfig, {"noise": "much"}, "noise must be a finite number; got 'much'"),
    (TrainConfig, {"epochs": 0}, "epochs must be at least 1; got 0"),
    (TrainConfig, {"batch": 2.5}, "batch must be a whole number; got 2.5"),
    (TrainConfig, {"steps": 0}, "steps must be at least 1; got 0"),
    (TrainConfig, {"budget": 0}, "budget must be at least 1; got 0"),
    (TrainConfig, {"learning_rate": 10}, "learning_rate must be at most 1; got 10"),
    (TrainConfig, {"ema": 1}, "ema must be at most 0.9999; got 1"),
    (
        TrainConfig,
        {"sampling": "tiles"},
        "sampling must be one of patches, resize; got 'tiles'",
    ),
    (TrainConfig, {"patch_size": 130}, "patch_size must be a multiple of 32; got 130"),
    (TrainConfig, {"patch_size": 16}, "patch_size must be at least 32; got 16"),
    (TrainConfig, {"val_fraction": 0}, "val_fraction must be at least 0.01; got 0"),
    (TrainConfig, {"seed": -1}, "seed must be at least 0; got -1"),
]


@pytest.mark.parametrize(
    ("config", "values", "message"),
    BAD,
    ids=[
        f"{c.__name__}-{'-'.join(f'{k}={x!r}' for k, x in v.items())}"
        for c, v, _ in BAD
    ],
)
def test_a_bad_value_is_refused_by_name(
    config: type, values: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        config(**values)


@pytest.mark.parametrize("config", CONFIGS)
def test_defaults_are_within_their_own_limits(config: type) -> None:
    config()


@pytest.mark.parametrize("config", CONFIGS)
def test_limits_themselves_are_allowed(config: type) -> None:
    for item in fields(config):
        for limit in ("ge", "le"):
            value = item.metadata.get(limit)
            if value is None or item.name in ("tile", "overlap"):
                continue
            config(**{item.name: value})


@pytest.mark.parametrize("config", CONFIGS)
def test_every_option_states_its_help(config: type) -> None:
    for item in fields(config):
        if item.metadata:
            assert item.metadata["help"]


def test_a_configuration_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        SegmentConfig().tile = 64  # type: ignore[misc]


def test_numbers_of_numpy_are_numbers() -> None:
    assert SegmentConfig(tile=np.int64(64), probability=np.float32(0.25)).tile == 64


@pytest.mark.parametrize(
    ("diameter", "pixel_size", "pixels"),
    [
        ("auto", None, "auto"),
        ("native", 0.5, "native"),
        (24, None, 24),
        ("24", None, 24),
        ("24.5", 0.5, 24.5),
        ("9um", 0.5, 18),
        ("9 µm", 0.5, 18),
        (" 9 μm ", 0.25, 36),
    ],
)
def test_a_diameter_becomes_pixels(
    diameter: float | str, pixel_size: float | None, pixels: float | str
) -> None:
    assert SegmentConfig(diameter=diameter).diameter_in_pixels(pixel_size) == pixels


def test_a_length_needs_the_size_of_a_pixel() -> None:
    with pytest.raises(ValueError, match="'9um' needs the size of a pixel"):
        SegmentConfig(diameter="9um").diameter_in_pixels(None)


def test_training_settings_fit_into_json() -> None:
    import json

    settings = TrainConfig(augment=AugmentConfig.none()).as_dict()
    assert json.loads(json.dumps(settings))["augment"]["flip"] is False
    assert settings["model"]["decoder"] == ModelConfig().decoder


def test_no_augmentation_is_that_of_fields_added_later_too() -> None:
    @dataclass(frozen=True, slots=True)
    class Later(AugmentConfig):
        shade: float = option(0.5, "largest shade", ge=0, le=1)
        bend: bool = option(True, "bend patches")

    off = Later.none()
    assert (off.scale, off.shade, off.bend) == (1.0, 0.0, False)
    others = [getattr(off, f.name) for f in fields(Later) if f.name != "scale"]
    assert not any(others)
