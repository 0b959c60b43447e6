from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from napari_nuclei.core.classify.h_score import h_score
from napari_nuclei.core.classify.thresholds import Thresholds


def test_the_h_score_weighs_the_grades() -> None:
    assert h_score([3] * 5) == 300
    assert h_score([0, 0, 1, 2]) == 75
    assert h_score(np.array([1.0, 3.0])) == 200
    assert np.isnan(h_score([]))


@pytest.mark.parametrize("limits", [[10, 20], [10, 20, 30]])
def test_names_and_numbers_of_grades_score_alike(limits: list[float]) -> None:
    table = pd.DataFrame({"dab_mean": [5.0, 15, 25, 35, np.nan]})
    thresholds = Thresholds("dab_mean", limits)
    assert h_score(thresholds.classify(table)) == h_score(thresholds.grades(table))


@pytest.mark.parametrize("grades", [[0, 4], [-1], [0.5], ["positive"], [None]], ids=str)
def test_other_grades_are_refused(grades: list[Any]) -> None:
    with pytest.raises(ValueError, match=r"from 0 to 3, or negative, 1\+, 2\+, 3\+"):
        h_score(grades)
