from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any

import pytest

from napari_nuclei.config import AugmentConfig
from napari_nuclei.config.fields import option

BAD: list[tuple[dict[str, Any], str]] = [
    ({"scale": 0.5}, "scale must be at least 1; got 0.5"),
    ({"invert": 2}, "invert must be at most 1; got 2"),
    ({"noise": "much"}, "noise must be a finite number; got 'much'"),
]


@pytest.mark.parametrize(
    ("values", "message"),
    BAD,
    ids=["-".join(f"{k}={x!r}" for k, x in values.items()) for values, _ in BAD],
)
def test_a_bad_value_is_refused_by_name(values: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        AugmentConfig(**values)


def test_no_augmentation_switches_off_every_field() -> None:
    @dataclass(frozen=True, slots=True)
    class Later(AugmentConfig):
        shade: float = option(0.5, "largest shade", ge=0, le=1)
        bend: bool = option(True, "bend patches")

    off = Later.none()
    assert (off.scale, off.shade, off.bend) == (1.0, 0.0, False)
    others = [getattr(off, f.name) for f in fields(Later) if f.name != "scale"]
    assert not any(others)
