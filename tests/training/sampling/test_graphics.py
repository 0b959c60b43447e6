from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.training.sampling.graphics import (
    draw_border,
    draw_graphics,
    draw_scale_bar,
)


@pytest.mark.parametrize("seed", range(20))
def test_covered_pixels_are_black_or_white_and_the_others_unchanged(seed: int) -> None:
    patch = np.full((96, 128, 3), 0.5, np.float32)
    drawn, covered = draw_graphics(patch, np.random.default_rng(seed))
    assert drawn.dtype == np.float32
    assert 0 < covered.mean() < 0.5
    np.testing.assert_array_equal(drawn[~covered], 0.5)
    assert len(np.unique(drawn[covered])) == 1
    assert drawn[covered][0, 0] in (0, 1)
    assert (patch == 0.5).all()


@pytest.mark.parametrize("seed", range(20))
def test_a_border_covers_whole_rows_or_columns_at_the_edge(seed: int) -> None:
    covered = draw_border((60, 80), np.random.default_rng(seed))
    rows, columns = covered.all(axis=1), covered.all(axis=0)
    assert rows.any() or columns.any()
    np.testing.assert_array_equal(covered, rows[:, np.newaxis] | columns)
    for full in (rows, columns):
        if full.any():
            assert full[0] != full[-1]


@pytest.mark.parametrize("seed", range(20))
def test_a_scale_bar_is_longer_than_high(seed: int) -> None:
    covered = draw_scale_bar((128, 128), np.random.default_rng(seed))
    longest = covered.sum(axis=1).max()
    assert longest >= 0.1 * 128
    assert 2 <= (covered.sum(axis=1) == longest).sum() <= 8
