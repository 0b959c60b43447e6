from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.linking.waists import find_waists, split_at_waists


@pytest.mark.parametrize(
    ("areas", "starts"),
    [
        ([5, 9, 9, 5], []),
        ([9, 9, 2, 3, 9], [2]),
        ([9, 3, 9, 2, 8], [2, 3]),
        ([9, 8, 9], []),
        ([3], []),
        ([], []),
    ],
)
def test_a_chain_is_split_where_its_area_rises_again(
    areas: list[float], starts: list[int]
) -> None:
    assert find_waists(np.array(areas, float), 0.6) == starts


def test_the_upper_part_has_a_new_number_and_others_keep_theirs() -> None:
    chains = [np.array([1, 2])] * 5
    areas = [np.array([area, 5]) for area in (9, 8, 2, 8, 9)]
    split = split_at_waists(chains, areas, 0.6)
    assert [chain[0] for chain in split] == [1, 1, 1, 3, 3]
    assert [chain[1] for chain in split] == [2] * 5
    assert split_at_waists(chains, areas, 0)[4].tolist() == [1, 2]


def test_no_outlines_have_no_waists() -> None:
    empty = [np.zeros(0, np.int64)] * 2
    assert [len(chain) for chain in split_at_waists(empty, empty, 0.6)] == [0, 0]
