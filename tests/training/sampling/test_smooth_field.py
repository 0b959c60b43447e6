from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.training.sampling.smooth_field import smooth_field


@pytest.mark.parametrize("seed", range(10))
def test_the_field_is_smooth_and_spans_0_to_1(seed: int) -> None:
    field = smooth_field((96, 128), np.random.default_rng(seed))
    assert field.dtype == np.float32
    assert field.shape == (96, 128)
    assert field.min() == 0
    assert field.max() == pytest.approx(1)
    for axis in (0, 1):
        assert np.abs(np.diff(field, axis=axis)).max() < 0.12


def test_fields_differ_between_draws_and_not_between_equal_seeds() -> None:
    one, same, other = (
        smooth_field((32, 32), np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    np.testing.assert_array_equal(one, same)
    assert not np.array_equal(one, other)
