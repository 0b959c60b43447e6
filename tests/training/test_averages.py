from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.training.averages import averaged


def test_averaged_weights_lie_between_the_average_and_the_latest() -> None:
    old, new = [np.zeros(3)], [np.ones(3)]
    assert averaged(old, new, 0.0, step=5)[0].tolist() == [1, 1, 1]
    assert averaged(old, new, 0.9, step=10**6)[0] == pytest.approx(0.1)
    assert averaged(old, new, 0.9, step=1)[0] == pytest.approx(10 / 11)
