from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.core.movies.cells import MovieSettings
from napari_nuclei.core.movies.movie import synthetic_movie


def _number_anew(labels: NDArray[np.int32], seed: int = 0) -> NDArray[np.int32]:
    """Give the nuclei of each frame numbers of their own, in random order."""
    rng, result = np.random.default_rng(seed), np.zeros_like(labels)
    for frame, new in zip(labels, result, strict=True):
        numbers = np.append(0, rng.permutation(int(labels.max())) + 1)
        new[...] = numbers[frame]
    return result


def _draw_discs(centres, radius: float = 5, shape=(64, 64)) -> NDArray[np.int32]:
    """Draw a disc for each centre or (y, x, radius), numbered from 1."""
    y, x = np.ogrid[: shape[0], : shape[1]]
    frame = np.zeros(shape, np.int32)
    for number, (cy, cx, *own) in enumerate(centres, 1):
        r = own[0] if own else radius
        frame[(y - cy) ** 2 + (x - cx) ** 2 <= r**2] = number
    return frame


@pytest.fixture(scope="session")
def number_anew():
    """Return a function that gives the nuclei of each frame numbers of their own."""
    return _number_anew


@pytest.fixture(scope="session")
def draw_discs():
    """Return a function that draws the discs of a frame."""
    return _draw_discs


@pytest.fixture(scope="session")
def movie():
    """Return the labels and the parents of a movie with divisions."""
    settings = MovieSettings(division_rate=0.05)
    _, labels, parents = synthetic_movie((160, 160), 14, seed=2, settings=settings)
    return labels, parents
