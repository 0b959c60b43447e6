from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

Labels = NDArray[np.int32]


def disc(
    shape: tuple[int, int], y: float, x: float, radius: float
) -> NDArray[np.bool_]:
    rows, columns = np.ogrid[: shape[0], : shape[1]]
    return np.asarray(np.hypot(rows - y, columns - x) < radius, bool)


@pytest.fixture
def pair() -> Labels:
    """Return two overlapping discs as nucleus 4, and a separate nucleus 7."""
    labels = np.zeros((60, 80), np.int32)
    labels[disc(labels.shape, 25, 20, 11) | disc(labels.shape, 25, 38, 9)] = 4
    labels[disc(labels.shape, 45, 62, 8)] = 7
    return labels
