from __future__ import annotations

import sys

import numpy as np
import pytest

from napari_nuclei.core.tracking.frame_nuclei import measure_frame
from napari_nuclei.core.tracking.link_frames import (
    certain_overlaps,
    count_values,
    import_laptrack,
    link_frames,
)

NONE = (np.zeros(0, np.int64), np.zeros(0, np.int64))


def link(before, after, overlaps=NONE, reach: float = 12.0):
    first, second = measure_frame(before), measure_frame(after)
    return link_frames(
        first, second, first.centroids, second.centroids, overlaps, reach
    ).tolist()


def test_the_sum_of_the_distances_decides(draw_discs) -> None:
    # The nearest nucleus of the second one is the first one's only choice.
    before = draw_discs([(20, 20), (20, 31)])
    after = draw_discs([(20, 28), (20, 40)])
    assert link(before, after) == [0, 1]


def test_nuclei_farther_than_the_largest_distance_are_not_linked(draw_discs) -> None:
    before, after = draw_discs([(20, 20)]), draw_discs([(20, 31)])
    assert link(before, after, reach=12) == [0]
    assert link(before, after, reach=10) == [-1]


def test_a_nucleus_of_the_same_size_is_preferred(draw_discs) -> None:
    before = draw_discs([(30, 30, 6)])
    after = draw_discs([(30, 25, 3), (30, 36, 6)])
    assert link(before, after) == [-1, 0]


def test_nuclei_that_overlap_are_linked_first(draw_discs) -> None:
    before = draw_discs([(20, 20), (40, 40)])
    after = draw_discs([(40, 41), (21, 20)])
    first, second = certain_overlaps(
        (before, after), measure_frame(before), measure_frame(after)
    )
    assert {*zip(first.tolist(), second.tolist(), strict=True)} == {(0, 1), (1, 0)}
    assert link(before, after, (first, second)) == [1, 0]


def test_overlaps_are_those_of_the_matching_that_scores_objects(rng) -> None:
    from napari_nuclei.core.matching import find_overlaps

    before, after = np.kron(rng.integers(0, 30, (2, 9, 9)), np.ones((4, 4), int))
    after = np.where(rng.random(before.shape) < 0.7, before, after)
    first, second = measure_frame(before), measure_frame(after)
    row, column = certain_overlaps((before, after), first, second)
    expected = find_overlaps(before, after)
    certain = expected.iou > 0.5
    assert len(row) > 5
    assert first.labels[row].tolist() == expected.true[certain].tolist()
    assert second.labels[column].tolist() == expected.predicted[certain].tolist()


@pytest.mark.parametrize("factor", [1, 10**9])
def test_values_are_counted_as_by_numpy(rng, factor: int) -> None:
    values = rng.integers(0, 20, 50) * factor
    found, counts = count_values(values)
    expected = np.unique(values, return_counts=True)
    assert found.tolist() == expected[0].tolist()
    assert counts.tolist() == expected[1].tolist()


def test_a_frame_without_nuclei_has_no_links(draw_discs) -> None:
    frame, empty = draw_discs([(20, 20)]), np.zeros((64, 64), int)
    assert link(frame, empty) == []
    assert link(empty, frame) == [-1]


def test_a_missing_laptrack_is_named_with_its_command(monkeypatch) -> None:
    monkeypatch.setitem(sys.modules, "laptrack", None)
    with pytest.raises(ModuleNotFoundError, match=r"napari-nuclei\[tracks\]"):
        import_laptrack()
