from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.correct.add_box import add_in_box, ellipse, is_ellipse


def soft_disc(y: float, x: float, radius: float, height: float = 0.9) -> np.ndarray:
    rows, columns = np.ogrid[:60, :80]
    distance = np.hypot(rows - y, columns - x) - radius
    return np.asarray(height / (1 + np.exp(distance)), np.float32)


def radius_of(mask: np.ndarray) -> float:
    return float(np.sqrt(np.count_nonzero(mask) / np.pi))


def test_a_box_adds_what_fills_it(pair: np.ndarray) -> None:
    probability = np.maximum(soft_disc(12, 62, 7, 0.2), soft_disc(12, 45, 7))
    edit = add_in_box(pair, [(4, 54), (20, 70)], probability, new=9)
    assert edit is not None
    assert radius_of(edit.after == 9) == pytest.approx(7, abs=1.1)
    assert not is_ellipse(edit, [(4, 54), (20, 70)])


def test_an_empty_box_adds_its_ellipse(pair: np.ndarray) -> None:
    for values in (None, np.zeros((60, 80))):
        edit = add_in_box(pair, [(20, 70), (4, 54)], values, new=9)
        assert edit is not None
        assert np.array_equal(edit.after == 9, ellipse((17, 17)))
        assert is_ellipse(edit, [(20, 70), (4, 54)])
    with pytest.raises(ValueError, match="outside the plane"):
        add_in_box(pair, [(70, 90), (80, 99)], new=9)
    assert add_in_box(pair, [(22, 18), (28, 24)], new=9) is None
