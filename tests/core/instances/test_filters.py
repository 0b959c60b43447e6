from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.instances.filters import Dropped, drop_nuclei
from napari_nuclei.core.instances.object_pixels import Objects


@pytest.fixture
def labels(discs):
    """Return a large nucleus, a small one, and one at the border."""
    return discs((40, 60), [(20, 15, 8), (20, 40, 3), (0, 30, 5)])


@pytest.fixture
def nuclei(labels):
    return Objects.of(labels)


def test_without_a_filter_nothing_changes(nuclei) -> None:
    kept, dropped = drop_nuclei(nuclei)
    assert kept is nuclei
    assert dropped == Dropped()
    assert not str(dropped)


@pytest.mark.parametrize(
    ("settings", "left", "dropped"),
    [
        ({"max_size": 100}, {2, 3}, Dropped(large=1)),
        ({"drop_border": True}, {1, 2}, Dropped(border=1)),
        ({"min_score": 0.5}, {1, 3}, Dropped(unsure=1)),
        (
            {"min_score": 0.5, "drop_border": True, "max_size": 100},
            set(),
            Dropped(large=1, unsure=1, border=1),
        ),
    ],
    ids=["large", "border", "unsure", "all"],
)
def test_unwanted_nuclei_are_dropped_and_counted(
    labels, nuclei, settings, left, dropped
) -> None:
    foreground = np.where(labels == 2, 0.2, 0.9).astype(np.float32)
    found, counted = drop_nuclei(nuclei, foreground, **settings)
    assert counted == dropped
    kept = found.on_plane()
    assert {*np.unique(labels[kept > 0])} == left
    assert {*np.unique(kept)} - {0} == {*range(1, len(left) + 1)}
    np.testing.assert_array_equal(nuclei.on_plane(), labels)


def test_a_nucleus_is_counted_once_under_the_first_reason(nuclei) -> None:
    _, dropped = drop_nuclei(nuclei, max_size=1, drop_border=True)
    assert dropped == Dropped(large=3)


def test_a_score_needs_a_foreground(nuclei) -> None:
    with pytest.raises(ValueError, match="min_score needs the foreground"):
        drop_nuclei(nuclei, min_score=0.5)


def test_counts_add_up_and_are_told() -> None:
    both = Dropped(1, 2, 3, 4) + Dropped(small=1, specks=5)
    assert both == Dropped(2, 2, 3, 4, 5)
    assert str(both) == "2 small, 2 large, 3 unsure, 4 at the border, 5 specks"
    assert str(Dropped(specks=1)) == "1 speck"
