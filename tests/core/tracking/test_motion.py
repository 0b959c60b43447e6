from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from napari_nuclei.core.tracking.motion import (
    MotionModel,
    common_shift,
    overlapping_parts,
)


def follow(positions) -> MotionModel:
    """Return a model that has seen the positions of the same nuclei in each frame."""
    model = MotionModel(2)
    links = np.arange(len(positions[0]))
    for before, after in pairwise(positions):
        model.predict(before, np.zeros(2))
        model.update(before, after, links)
    return model


def test_nuclei_that_migrate_are_expected_where_their_path_leads(rng) -> None:
    start, velocity = rng.uniform(0, 100, (20, 2)), rng.normal(0, 3, (20, 2))
    frames = [start + t * velocity for t in range(4)]
    model = follow(frames)
    assert model.steadiness == pytest.approx(1)
    shift = model.drift
    assert np.allclose(model.predict(frames[-1], shift), frames[-1] + velocity)


def test_nuclei_that_jitter_are_expected_where_they_are(rng) -> None:
    start = rng.uniform(0, 100, (40, 2))
    frames = [start + rng.normal(0, 1, start.shape) for _ in range(8)]
    model = follow(frames)
    assert model.steadiness == 0
    assert np.allclose(model.predict(frames[-1], np.zeros(2)), frames[-1])


@pytest.mark.parametrize("shift", [(0, 0), (6, -9), (-3, 14)])
def test_the_common_shift_of_all_nuclei_is_measured(rng, shift) -> None:
    big = np.kron(rng.integers(0, 4, (20, 20)) == 0, np.ones((10, 10), int))
    before = big[40:160, 40:160]
    dy, dx = shift
    after = big[40 - dy : 160 - dy, 40 - dx : 160 - dx]
    assert common_shift(before, after) == shift
    first, second = overlapping_parts(before, after, shift)
    assert first.shape == (120 - abs(dy), 120 - abs(dx))
    assert np.array_equal(first, second)


def test_frames_that_differ_have_no_common_shift(rng) -> None:
    before, after = rng.integers(0, 4, (2, 80, 80)) == 0
    assert common_shift(before.astype(int), after.astype(int)) == (0, 0)
    assert common_shift(np.zeros((9, 9), int), before[:9, :9].astype(int)) == (0, 0)
