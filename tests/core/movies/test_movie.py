from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.movies.cells import MovieSettings
from napari_nuclei.core.movies.movie import synthetic_movie


def test_a_seed_gives_one_movie() -> None:
    first, second = (synthetic_movie((96, 96), 4, seed=3) for _ in range(2))
    assert np.array_equal(first[0], second[0])
    assert np.array_equal(first[1], second[1])
    assert first[2] == second[2]
    assert first[0].dtype == np.uint16
    assert first[1].dtype == np.int32


def test_a_nucleus_is_there_without_interruption() -> None:
    _, labels, _ = synthetic_movie(
        (96, 96), 12, seed=1, settings=MovieSettings(speed=0.4)
    )
    assert np.unique(labels).tolist() == [*range(labels.max() + 1)]
    for label in range(1, labels.max() + 1):
        frames = np.flatnonzero((labels == label).any(axis=(1, 2)))
        assert np.array_equal(frames, np.arange(frames[0], frames[-1] + 1))


def test_daughters_follow_their_mother_in_pairs() -> None:
    settings = MovieSettings(division_rate=0.1)
    _, labels, parents = synthetic_movie((128, 128), 14, seed=4, settings=settings)
    assert parents
    for mother in set(parents.values()):
        daughters = [one for one in parents if parents[one] == mother]
        last = np.flatnonzero((labels == mother).any(axis=(1, 2)))[-1]
        area = (labels[last] == mother).sum()
        assert len(daughters) == 2
        for one in daughters:
            first = np.flatnonzero((labels == one).any(axis=(1, 2)))[0]
            assert first == last + 1
            assert (labels[first] == one).sum() < 1.6 * area


def test_light_fades_and_nuclei_drift() -> None:
    settings = MovieSettings(bleaching=0.2, drift=(0, 0.5), division_rate=0, speed=0)
    image, labels, _ = synthetic_movie((128, 128), 6, seed=2, settings=settings)
    bright = [image[t][labels[t] > 0].mean() for t in range(6)]
    assert bright[5] - 100 < 0.5 * (bright[0] - 100)
    both = np.intersect1d(labels[0], labels[3])[1:]
    x = [np.median(np.nonzero(labels[t] == both[0])[1]) for t in (0, 3)]
    assert x[1] - x[0] == pytest.approx(27, abs=9)
