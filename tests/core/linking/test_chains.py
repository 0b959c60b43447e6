from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.linking.chains import (
    exceeds_limits,
    is_debris,
    largest_by_chain,
    measure_chains,
    remove_dim_outlines,
)
from napari_nuclei.core.linking.linking_settings import NucleusLimits
from napari_nuclei.core.linking.slice_outlines import SliceOutlines


def outlines(areas, light, cut) -> SliceOutlines:
    return SliceOutlines(
        np.arange(1, len(areas) + 1),
        np.array(areas),
        np.array(light, float),
        np.array(cut, bool),
    )


@pytest.fixture
def table():
    chains = [np.array([1, 0]), np.array([1, 2]), np.array([2])]
    slices = [
        outlines([4, 9], [8, 9], [False, True]),
        outlines([6, 2], [6, 2], [False, True]),
        outlines([3], [9], [False]),
    ]
    return measure_chains(chains, slices, 3)


def test_chains_are_measured_over_all_slices(table) -> None:
    assert table.slices[1:].tolist() == [2, 2]
    assert table.largest_area[1:].tolist() == [6, 3]
    assert table.volume[1:].tolist() == [10, 5]
    assert table.light[1:].tolist() == [14, 11]
    assert table.depth[1:].tolist() == [0.5, 1.5]
    assert table.at_border[1:].tolist() == [False, True]
    assert table.at_end[1:].tolist() == [True, True]


def test_a_volume_without_outlines_has_no_chain() -> None:
    table = measure_chains([np.zeros(0, np.int64)], [outlines([], [], [])], 1)
    assert table.slices.tolist() == [0]
    assert largest_by_chain([], []).tolist() == [0]


def test_outlines_below_the_floor_of_their_chain_are_removed() -> None:
    chains = [np.array([1, 2]), np.array([1])]
    kept = remove_dim_outlines(
        chains, [np.array([5.0, 5]), np.array([4.0])], np.array([0, 5.0, 6])
    )
    assert [chain.tolist() for chain in kept] == [[1, 0], [0]]


def test_limits_apply_to_the_largest_outline_and_to_any_border(table) -> None:
    left_out = exceeds_limits(table, NucleusLimits(4, 5, drop_border=True))
    assert left_out["small"][1:].tolist() == [False, True]
    assert left_out["large"][1:].tolist() == [True, False]
    assert left_out["border"][1:].tolist() == [False, True]


def test_only_nuclei_are_compared_to_find_debris(table) -> None:
    nuclei = np.array([False, True, False])
    debris = is_debris(table, nuclei, min_volume=0.9, min_light=0.9)
    assert {name: found.any() for name, found in debris.items()} == {
        "debris": False,
        "faint": False,
    }
