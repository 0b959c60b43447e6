from __future__ import annotations

from dataclasses import FrozenInstanceError
from typing import Any, get_type_hints

import numpy as np
import pytest

from napari_nuclei.config import SegmentConfig
from napari_nuclei.config.segment_config import SegmentSettings

BAD: list[tuple[dict[str, Any], str]] = [
    ({"tile": 100}, "tile must be a multiple of 32; got 100"),
    ({"tile": 0}, "tile must be at least 32; got 0"),
    ({"tile": 8192}, "tile must be at most 4096; got 8192"),
    ({"tile": 128.0}, "tile must be a whole number; got 128.0"),
    ({"tile": "128"}, "tile must be a finite number; got '128'"),
    ({"diameter": None}, "greater than 0; got None"),
    ({"overlap": -1}, "overlap must be at least 0; got -1"),
    (
        {"overlap": 145},
        r"overlap must be at most half of tile \(144\); got 145",
    ),
    ({"probability": 0}, "probability must be at least 0.01; got 0"),
    ({"probability": 1.5}, "probability must be at most 0.99; got 1.5"),
    (
        {"probability": float("nan")},
        "probability must be a finite number; got nan",
    ),
    ({"splitting": 1.0}, "splitting must be at most 0.95; got 1.0"),
    ({"min_size": -3}, "min_size must be at least 0; got -3"),
    (
        {"min_size": float("inf")},
        "min_size must be a finite number; got inf",
    ),
    ({"diameter": "big"}, "diameter must be auto, native, .*'big'"),
    ({"diameter": 0}, "diameter must be auto, native, .*got 0"),
    ({"diameter": True}, "diameter must be auto, native, .*got True"),
    ({"diameter": "-4"}, "diameter must be auto, native, .*'-4'"),
    ({"diameter": "0um"}, "diameter must be auto, native, .*'0um'"),
    ({"diameter": "1.2.3um"}, "diameter must be auto, .*'1.2.3um'"),
    ({"diameter": "9 parsec"}, "diameter must be auto, .*'9 parsec'"),
    ({"diameter": "nan"}, "diameter must be auto, native, .*'nan'"),
    (
        {"min_size": 90, "max_size": 60.5},
        r"max_size must be at least min_size \(90\); got 60.5",
    ),
]


@pytest.mark.parametrize(
    ("values", "message"),
    BAD,
    ids=["-".join(f"{k}={x!r}" for k, x in values.items()) for values, _ in BAD],
)
def test_a_bad_value_is_refused_by_name(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        SegmentConfig(**values)


@pytest.mark.parametrize("value", ["no", "False", 2, None], ids=repr)
@pytest.mark.parametrize("name", ["correct", "skip_flat", "drop_border", "track"])
def test_a_switch_is_true_or_false(name: str, value: Any) -> None:
    with pytest.raises(
        ValueError, match=f"{name} must be True or False; got {value!r}"
    ):
        SegmentConfig(**{name: value})


def test_a_boolean_of_numpy_is_a_switch() -> None:
    assert not SegmentConfig(correct=np.bool_(False)).correct


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
    with pytest.raises(ValueError, match="'9um' needs a pixel size"):
        SegmentConfig(diameter="9um").diameter_in_pixels(None)


def test_the_keywords_of_functions_are_the_fields() -> None:
    hints = get_type_hints(SegmentConfig)
    assert get_type_hints(SegmentSettings) == hints
