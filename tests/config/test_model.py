from __future__ import annotations

from typing import Any

import pytest

from napari_nuclei.config import ModelConfig

BAD: list[tuple[dict[str, Any], str]] = [
    ({"alpha": 0.0}, "alpha must be at least 0.1; got 0.0"),
    ({"alpha": 2}, "alpha must be at most 1.4; got 2"),
    ({"stem": 0}, "stem must be at least 1; got 0"),
    ({"stem": 4.5}, "stem must be a whole number; got 4.5"),
    (
        {"decoder": (64, 32, 16)},
        r"decoder must name four positive channel counts, .*got \(64, 32, 16\)",
    ),
    (
        {"decoder": (64, 32, 16, 0)},
        r"decoder must name four positive channel counts, .*got \(64, 32, 16, 0\)",
    ),
    ({"decoder": ()}, r"decoder must name four .*got \(\)"),
]


@pytest.mark.parametrize(
    ("values", "message"),
    BAD,
    ids=["-".join(f"{k}={x!r}" for k, x in values.items()) for values, _ in BAD],
)
def test_a_bad_value_is_refused_by_name(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        ModelConfig(**values)
