from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.linking.debris import NEIGHBOURS, find_debris


def find(volumes, brightness, depth=None, cut=None, **limits):
    volumes = np.asarray(volumes, float)
    found = find_debris(
        volumes,
        volumes * brightness,
        np.zeros(len(volumes)) if depth is None else depth,
        np.zeros(len(volumes), bool) if cut is None else np.asarray(cut),
        **{"min_volume": 0.1, "min_light": 0.1, **limits},
    )
    return tuple(np.flatnonzero(which).tolist() for which in found)


@pytest.mark.parametrize(
    ("volume", "brightness", "cut", "reason"),
    [
        (5, 100, False, "small"),
        (5, 100, True, None),
        (20, 100, False, None),
        (20, 30, False, "faint"),
        (60, 5, False, None),
        (20, 30, True, None),
        (20, 15, True, "faint"),
    ],
    ids=[
        *("tiny", "tiny and cut", "small and bright", "small and dim"),
        *("large and dim", "dim and cut", "out of focus and cut"),
    ],
)
def test_what_is_small_and_dim_is_left_out(volume, brightness, cut, reason) -> None:
    small, faint = find(
        [100] * 8 + [volume],
        np.array([100] * 8 + [brightness]),
        cut=[False] * 8 + [cut],
    )
    assert small == ([8] if reason == "small" else [])
    assert faint == ([8] if reason == "faint" else [])


def test_nuclei_are_compared_with_those_at_their_depth() -> None:
    count = 4 * NEIGHBOURS
    depth = np.arange(count)
    brightness = 100 * np.exp(-4 * depth / count)  # dims fiftyfold
    volumes = np.full(count, 100.0)
    volumes[-5] = 30
    assert find(volumes, brightness, depth) == ([], [])
    elsewhere = np.random.default_rng(0).permutation(count)
    assert count - 5 in find(volumes, brightness, elsewhere)[1]


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_the_unit_of_the_intensity_does_not_matter(scale: float) -> None:
    assert find([100, 100, 100, 20], scale * np.array([9, 9, 9, 2])) == ([], [3])


def test_limits_of_0_leave_out_nothing() -> None:
    brightness = np.array([9, 9, 9, 1])
    assert find([100, 100, 100, 20], brightness, min_light=0) == ([], [])
    assert find([100, 100, 100, 1], brightness, min_light=0, min_volume=0) == ([], [])


def test_a_stack_without_nuclei_has_no_debris() -> None:
    assert find([], np.zeros(0)) == ([], [])
