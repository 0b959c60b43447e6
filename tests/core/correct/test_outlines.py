from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.correct.outlines import (
    component_at,
    nested_outlines,
    plausibility,
    spread_levels,
)


def hill(radius: float, height: float = 1.0, softness: float = 1.0) -> np.ndarray:
    y, x = np.ogrid[:60, :60]
    values = height / (1 + np.exp((np.hypot(y - 30, x - 30) - radius) / softness))
    return np.asarray(values, np.float32)


@pytest.mark.parametrize("height", [0.08, 0.3, 0.97])
def test_outlines_are_nested_and_the_steepest_is_best(height: float) -> None:
    free = np.ones((60, 60), bool)
    found = nested_outlines(hill(12, height), free, (30, 30))
    areas = [outline.area for outline in found]
    assert len(areas) > 5 and areas == sorted(areas, reverse=True)
    best = max(found, key=lambda outline: outline.plausibility)
    assert best.area == pytest.approx(np.pi * 12**2, rel=0.15)


def test_the_typical_area_decides_between_two_borders() -> None:
    two = 0.5 * hill(20, softness=0.7) + 0.5 * hill(8, softness=0.7)
    free = np.ones((60, 60), bool)
    for radius in (8, 20):
        found = nested_outlines(two, free, (30, 30), typical_area=np.pi * radius**2)
        best = max(found, key=lambda outline: outline.plausibility)
        assert best.area == pytest.approx(np.pi * radius**2, rel=0.2)


def test_levels_stay_below_the_click() -> None:
    for top in (0.03, 0.5, 0.999):
        levels = spread_levels(top)
        assert levels == sorted(levels) and levels[-1] < top


def test_a_component_has_no_holes_and_no_taken_pixels() -> None:
    mask = np.zeros((20, 20), bool)
    mask[3:17, 3:17] = True
    mask[8, 8] = mask[12:14, 12:14] = False
    free = np.ones((20, 20), bool)
    free[12:14, 12:14] = False
    found = component_at(mask, (5, 5), free)
    assert found[8, 8] and not found[12:14, 12:14].any()
    assert not component_at(mask, (0, 0), free).any()


def test_an_outline_at_the_end_of_the_window_is_less_plausible() -> None:
    free = np.ones((60, 60), bool)
    evidence = hill(12)
    mask = evidence > 0.5
    slope = np.ones((60, 60), np.float32)
    inside = plausibility(mask, evidence, slope, free, None)
    cut = slice(18, 60)
    assert plausibility(mask[cut], evidence[cut], slope[cut], free[cut], None) > 0
    moved = np.roll(mask, -19, axis=0)
    assert plausibility(moved, np.roll(evidence, -19, 0), slope, free, None) < inside
