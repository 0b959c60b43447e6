from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.movies.cells import MovieSettings
from napari_nuclei.core.movies.movie import synthetic_movie
from napari_nuclei.core.tracking.tracking import Tracking


@pytest.fixture(scope="session")
def tracking() -> Tracking:
    """Return tracks with divisions, and with a gap before a division."""
    settings = MovieSettings(division_rate=0.06)
    _, labels, parents = synthetic_movie((128, 128), 12, seed=2, settings=settings)
    assert parents
    mother = next(iter(parents.values()))
    frames = np.flatnonzero((labels == mother).any(axis=(1, 2)))
    assert len(frames) > 2
    labels[frames[-2]][labels[frames[-2]] == mother] = 0
    return Tracking.from_numbers(labels, parents, pixel_size=0.5)
