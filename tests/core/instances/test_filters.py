from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.instances.filters import DroppedCounts, drop_nuclei
from napari_nuclei.core.instances.sparse_labels import SparseLabels


@pytest.fixture
def labels(discs):
    """Return a large nucleus, a small one, and one at the border."""
    return discs((40, 60), [(20, 15, 8), (20, 40, 3), (0, 30, 5)])


@pytest.fixture
def nuclei(labels):
    return SparseLabels.from_labels(labels)


def test_without_a_filter_nothing_changes(nuclei) -> None:
    found, dropped, _ = drop_nuclei(nuclei)
    assert found is nuclei
    assert dropped == DroppedCounts()
    assert not str(dropped)


@pytest.mark.parametrize(
    ("settings", "remaining_numbers", "dropped"),
    [
        ({"max_size": 100}, {2, 3}, DroppedCounts(large=1)),
        ({"drop_border": True}, {1, 2}, DroppedCounts(border=1)),
        ({"min_foreground": 0.5}, {1, 3}, DroppedCounts(low_confidence=1)),
        (
            {"min_foreground": 0.5, "drop_border": True, "max_size": 100},
            set(),
            DroppedCounts(large=1, low_confidence=1, border=1),
        ),
    ],
    ids=["large", "border", "low confidence", "all"],
)
def test_unwanted_nuclei_are_left_out_and_counted(
    labels, nuclei, settings, remaining_numbers, dropped
) -> None:
    foreground = np.where(labels == 2, 0.2, 0.9).astype(np.float32)
    found, counted, means = drop_nuclei(nuclei, foreground, **settings)
    assert len(means) == len(remaining_numbers)
    assert counted == dropped
    remaining = found.to_labels()
    assert {*np.unique(labels[remaining > 0])} == remaining_numbers
    assert {*np.unique(remaining)} - {0} == {*range(1, len(remaining_numbers) + 1)}
    np.testing.assert_array_equal(nuclei.to_labels(), labels)


def test_a_nucleus_is_counted_once_under_the_first_reason(nuclei) -> None:
    _, dropped, _ = drop_nuclei(nuclei, max_size=1, drop_border=True)
    assert dropped == DroppedCounts(large=3)


def test_a_score_needs_a_foreground(nuclei) -> None:
    with pytest.raises(ValueError, match="min_foreground needs foreground"):
        drop_nuclei(nuclei, min_foreground=0.5)


def test_counts_add_up_and_are_printed() -> None:
    both = DroppedCounts(1, 2, 3, 4) + DroppedCounts(small=1, debris=5, faint=6)
    assert both == DroppedCounts(2, 2, 3, 4, 5, 6)
    counts = "2 small, 2 large, 3 low-confidence, 4 at the border, 5 tiny, 6 faint"
    assert str(both) == counts
    assert str(DroppedCounts(debris=1)) == "1 tiny"
