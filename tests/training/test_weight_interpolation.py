from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from napari_nuclei.training.weight_interpolation import (
    MIN_GAIN_FRACTION,
    select_factor,
    update_moving_average,
)

INTERPOLATION_FACTORS = st.floats(0.05, 1.0)
LOSSES = st.dictionaries(
    INTERPOLATION_FACTORS, st.floats(0.0, 4.0), min_size=1, max_size=5
)


def test_averaged_weights_lie_between_the_average_and_the_latest() -> None:
    old, new = [np.zeros(3)], [np.ones(3)]
    assert update_moving_average(old, new, 0.0, step=5)[0].tolist() == [1, 1, 1]
    assert update_moving_average(old, new, 0.9, step=10**6)[0] == pytest.approx(0.1)
    assert update_moving_average(old, new, 0.9, step=1)[0] == pytest.approx(10 / 11)


@given(losses=LOSSES, clearly=st.floats(0.01, 0.5))
def test_the_smallest_factor_with_nearly_the_full_gain_is_selected(
    losses: dict[float, float], clearly: float
) -> None:
    before = 2.0
    gains = {factor: before - loss for factor, loss in losses.items()}
    best, found = max(gains.values()), select_factor(losses, before, clearly)
    if best <= 0 or best < clearly * before:
        assert found == min(losses)
        return
    assert gains[found] >= MIN_GAIN_FRACTION * best
    assert all(gains[x] < MIN_GAIN_FRACTION * best for x in losses if x < found)


@given(losses=LOSSES)
def test_the_lowest_loss_is_selected_if_no_reduction_is_required(
    losses: dict[float, float],
) -> None:
    lowest = min(losses.values())
    found = select_factor(losses, 2.0, 0.0)
    if lowest >= 2.0:
        assert found == min(losses)
        return
    # Losses that differ by a rounding error may give the same gain.
    assert losses[found] == pytest.approx(lowest)


def test_diverged_weights_get_the_smallest_factor() -> None:
    assert select_factor({0.2: np.nan, 1.0: np.nan}, 2.0, 0.0) == 0.2
    assert select_factor({0.2: 1.9, 0.5: np.nan, 1.0: np.nan}, 2.0, 0.0) == 0.2
