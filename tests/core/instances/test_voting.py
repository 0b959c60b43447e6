from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.core.instances.label import find_instances
from napari_nuclei.core.instances.sparse_labels import connected_components
from napari_nuclei.core.instances.voting import cluster_votes, voted_indices
from napari_nuclei.core.targets import (
    MAX_OFFSET,
    encode_offsets,
    inner_distance,
    label_centroids,
)

Floats = NDArray[np.float32]


def offsets_of(labels: NDArray[np.int32]) -> Floats:
    return np.moveaxis(encode_offsets(labels, label_centroids(labels)), -1, 0)


def equal_up_to_numbering(found: NDArray[np.int32], truth: NDArray[np.int32]) -> bool:
    pairs = {*zip(found.ravel().tolist(), truth.ravel().tolist(), strict=True)}
    agree = len(pairs) == len(np.unique(found)) == len(np.unique(truth))
    return agree and bool(((found > 0) == (truth > 0)).all())


@pytest.fixture
def touching(discs) -> NDArray[np.int32]:
    """Two nuclei of one component, and a third in a component of its own."""
    return discs((60, 100), [(30, 25, 14), (30, 48, 14), (30, 80, 10)])


def test_pixels_vote_for_the_position_of_their_offset() -> None:
    offsets = np.full((2, 50, 60), 0.5, np.float32)
    offsets[0, 20, 30] += 5 / (2 * MAX_OFFSET)
    offsets[1, 20, 30] -= 7 / (2 * MAX_OFFSET)
    indices = np.array([20 * 60 + 30, 21 * 60 + 30])
    assert voted_indices(offsets, indices).tolist() == [25 * 60 + 23, 21 * 60 + 30]


def test_votes_outside_the_plane_are_clipped_to_it() -> None:
    offsets = np.zeros((2, 10, 12), np.float32)
    assert set(voted_indices(offsets, np.arange(120)).tolist()) == {0}
    assert set(voted_indices(offsets + 1, np.arange(120)).tolist()) == {119}


def test_votes_separate_nuclei_that_the_distance_does_not(touching) -> None:
    everywhere = np.ones(touching.shape, np.float32)
    foreground = (touching > 0).astype(np.float32)
    assert find_instances(foreground, everywhere).max() == 2
    found = find_instances(foreground, everywhere, offsets_of(touching))
    assert equal_up_to_numbering(found, touching)


def test_pixels_near_an_edge_do_not_vote(touching) -> None:
    components = connected_components(touching > 0, connectivity=4)
    offsets = offsets_of(touching)
    edge = (inner_distance(touching) < 0.3) & (touching == 1)
    offsets[:, edge] = 0.5  # they vote for themselves
    found = find_instances(
        (touching > 0).astype(np.float32), inner_distance(touching), offsets
    )
    assert found.max() == 3
    voters = (inner_distance(touching) >= 0.5) & (touching > 0)
    voted = cluster_votes(voters, offsets, components).to_labels()
    assert not voted[edge].any()


def test_a_vote_for_another_component_is_ignored(touching) -> None:
    offsets = offsets_of(touching)
    offsets[:, touching == 3] = 0.5
    offsets[1, touching == 3] = 0.5 - 32 / (
        2 * MAX_OFFSET
    )  # all votes go to the second
    found = find_instances(
        (touching > 0).astype(np.float32), inner_distance(touching), offsets
    )
    assert found.max() == 3
    (number,) = np.unique(found[touching == 3])
    np.testing.assert_array_equal(found == number, touching == 3)


def test_an_empty_plane_gives_no_nucleus_and_inputs_are_not_modified(touching) -> None:
    offsets = offsets_of(touching)
    before = offsets.copy()
    empty = np.zeros(touching.shape, np.float32)
    assert find_instances(empty, empty, offsets).max() == 0
    find_instances((touching > 0).astype(np.float32), empty + 1, offsets)
    np.testing.assert_array_equal(offsets, before)


def test_the_result_does_not_depend_on_row_bands(
    touching, rng: np.random.Generator
) -> None:
    components = connected_components(touching > 0, connectivity=4)
    voters = (inner_distance(touching) >= 0.4) & (touching > 0)
    noise = rng.normal(0, 2 / (2 * MAX_OFFSET), (2, *touching.shape)).astype(np.float32)
    offsets = offsets_of(touching) + noise
    whole = cluster_votes(voters, offsets, components).to_labels()
    assert whole.max() >= 3
    for band_height in (7, 25, 59):
        found = cluster_votes(
            voters, offsets, components, band_height=band_height
        ).to_labels()
        np.testing.assert_array_equal(found, whole)
