from __future__ import annotations

import numpy as np

from napari_nuclei.core.measure.joined import are_joined
from napari_nuclei.core.measure.nuclei import measure


def test_numbers_that_begin_anew_in_each_slice_are_not_joined(discs) -> None:
    first = discs((60, 60), [(15, 15, 8), (40, 40, 8)])
    second = discs((60, 60), [(15, 45, 8), (15, 15, 8), (40, 40, 8)])
    assert not are_joined([None, first, second])
    assert are_joined([None, first, first])
    assert not are_joined([None, first, None, first])  # other volumes


def test_joined_nuclei_have_one_row_and_others_one_a_slice(discs) -> None:
    plane = discs((60, 60), [(15, 15, 8), (40, 40, 8)])
    assert len(measure(np.stack([plane] * 3), axes="ZYX")) == 2
    assert len(measure(np.stack([plane] * 3), axes="TYX")) == 6
    assert len(measure(np.stack([plane] * 3), axes="ZYX", joined=False)) == 6
    apart = np.stack([plane, np.where(plane > 0, plane + 2, 0)])
    table = measure(apart, axes="ZYX")
    assert table["z"].tolist() == [0, 0, 1, 1]


def test_time_points_of_volumes_are_measured_apart(discs) -> None:
    plane = discs((60, 60), [(15, 15, 8)])
    table = measure(np.stack([[plane] * 3, [plane] * 3]), axes="TZYX")
    assert table["t"].tolist() == [0, 1]
    assert table["extent_z"].tolist() == [3, 3]
