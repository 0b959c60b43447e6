from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_nuclei.core.uncertainty import find_uncertain_regions, prediction_spread

UNCERTAINTY = arrays(np.float32, (20, 30), elements=st.floats(0, 0.5, width=32))


@given(uncertainty=UNCERTAINTY, side=st.integers(2, 12), count=st.integers(1, 6))
def test_regions_do_not_overlap_and_the_most_uncertain_is_first(
    uncertainty, side, count
) -> None:
    boxes = find_uncertain_regions(uncertainty, side, count)
    assert len(boxes) <= count
    seen = np.zeros(uncertainty.shape, int)
    for box in boxes:
        window = slice(box.row, box.row + side), slice(box.column, box.column + side)
        assert uncertainty[window].shape == (side, side)
        assert np.isclose(uncertainty[window].mean(), box.uncertainty, atol=1e-5)
        seen[window] += 1
    assert seen.max(initial=0) <= 1
    ordered = [box.uncertainty for box in boxes]
    assert ordered == sorted(ordered, reverse=True)


def test_annotated_pixels_count_as_certain() -> None:
    uncertainty = np.zeros((40, 40), np.float32)
    uncertainty[2:10, 2:10], uncertainty[25:33, 25:33] = 0.5, 0.3
    assert find_uncertain_regions(uncertainty, 8, 1)[0].row == 2
    assert (
        find_uncertain_regions(uncertainty, 8, 1, annotated=uncertainty > 0.4)[0].row
        == 25
    )
    assert find_uncertain_regions(uncertainty, 8, 5, annotated=uncertainty > 0) == []


@given(image=arrays(np.float32, (6, 9, 3), elements=st.floats(0, 1, width=32)))
def test_a_pointwise_network_gives_the_same_for_all_views(image) -> None:
    assert prediction_spread(image, lambda view: view.mean(axis=-1)).max() < 1e-6


def test_a_network_that_depends_on_direction_gives_a_spread() -> None:
    image = np.zeros((8, 8, 3), np.float32)
    image[4, 2] = 1
    found = prediction_spread(image, lambda view: np.roll(view[..., 0], 1, axis=1))
    assert found.max() > 0.1
