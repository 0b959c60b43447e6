from __future__ import annotations

import numpy as np

from napari_nuclei.core.instances.filters import DroppedCounts
from napari_nuclei.core.instances.inside_region import filter_inside
from napari_nuclei.core.maps import FilteredLabels


def three_nuclei() -> FilteredLabels:
    labels = np.zeros((10, 30), np.int32)
    labels[2:5, 1:4] = 1
    labels[2:5, 8:15] = 2
    labels[2:5, 20:22] = 3
    return FilteredLabels(
        labels, DroppedCounts(small=4), np.array([9, 21, 6]), np.array([0.9, 0.8, 0.7])
    )


def test_a_nucleus_is_inside_if_its_centre_is() -> None:
    filtered = three_nuclei()
    region = np.zeros((10, 30), bool)
    region[:, 10:] = True
    found = filter_inside(filtered, region)
    np.testing.assert_array_equal(found.labels > 0, filtered.labels > 1)
    assert np.unique(found.labels).tolist() == [0, 1, 2]
    assert found.areas.tolist() == [21, 6]
    assert found.confidence.tolist() == [0.8, 0.7]
    assert found.dropped == filtered.dropped
    assert filtered.labels.max() == 3


def test_without_a_region_or_nuclei_nothing_changes() -> None:
    filtered = three_nuclei()
    assert filter_inside(filtered, None) is filtered
    nothing = filter_inside(filtered, np.zeros((10, 30), bool))
    assert nothing.labels.max() == len(nothing.areas) == 0
    assert filter_inside(nothing, np.ones((10, 30), bool)) is nothing
