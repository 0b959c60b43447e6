"""A segmenter without weights, so that files are tested in moments."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray


@pytest.fixture
def truth(discs) -> NDArray[np.int32]:
    return discs((60, 90), [(20, 20, 8), (40, 60, 8), (15, 70, 8)])


@pytest.fixture
def image(truth: NDArray[np.int32]) -> NDArray[np.uint8]:
    return np.where(truth > 0, 200, 10).astype(np.uint8)
