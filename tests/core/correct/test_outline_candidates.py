from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.correct.outline_candidates import (
    border_slope,
    component_at,
    describe,
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
    region, found = component_at(mask, (5, 5), free)
    assert region == (slice(3, 17), slice(3, 17))
    assert found[5, 5] and not found[9:11, 9:11].any()
    assert not component_at(mask, (0, 0), free)[1].any()


def test_shapes_tell_a_disc_from_a_branched_outline() -> None:
    free = np.ones((60, 60), bool)
    evidence = hill(12)
    slope = border_slope(evidence)
    round_one = describe(evidence > 0.5, evidence, slope, free)
    assert round_one.solidity > 0.95 and round_one.roundness > 0.85
    mask = evidence > 0.5
    mask[28:33] = True  # a bar across
    branched = describe(mask, evidence, slope, free)
    assert branched.solidity < 0.7 and branched.roundness < 0.5
    assert branched.steepness < round_one.steepness
    assert plausibility(branched, 450, None) < plausibility(round_one, 450, None)


def test_the_dent_of_a_neighbour_does_not_count() -> None:
    evidence = hill(12)
    mask = evidence > 0.5
    mask[26:34, 32:] = False
    free = np.ones((60, 60), bool)
    slope = border_slope(evidence)
    dented = describe(mask, evidence, slope, free).solidity
    free[26:34, 32:] = False
    assert describe(mask, evidence, slope, free).solidity > dented + 0.1


def test_an_outline_at_the_end_of_the_window_is_less_plausible() -> None:
    free = np.ones((60, 60), bool)
    evidence = hill(12)
    inside = nested_outlines(evidence, free, (30, 30), levels=[0.5])[0]
    cut = slice(18, 60)  # the outline begins in the first row
    at_end = nested_outlines(evidence[cut], free[cut], (12, 30), levels=[0.5])[0]
    assert at_end.area == inside.area
    assert at_end.plausibility < 0.7 * inside.plausibility
