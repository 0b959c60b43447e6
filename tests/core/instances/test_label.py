from __future__ import annotations

import time

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from numpy.typing import NDArray

from napari_nuclei.core.instances.label import (
    MIN_MARKER_AREA,
    drop_small,
    expand_markers,
    expand_sparse_markers,
    find_instances,
    find_markers,
)
from napari_nuclei.core.instances.sparse_labels import (
    SparseLabels,
    connected_components,
)
from napari_nuclei.core.targets import inner_distance

Floats = NDArray[np.float32]

SHAPES = array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=14)
STEPS = st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0])
PROBABILITY, SPLITTING = 0.5, 0.75


@st.composite
def outputs(draw: st.DrawFn) -> tuple[Floats, Floats]:
    """Draw a foreground and an independent inner distance."""
    shape = draw(SHAPES)
    planes = arrays(np.float32, shape, elements=STEPS)
    return draw(planes), draw(planes)


def found(output: tuple[Floats, Floats], min_size: float = 0) -> NDArray[np.int32]:
    return find_instances(
        *output, probability=PROBABILITY, splitting=SPLITTING, min_size=min_size
    )


@given(output=outputs())
def test_every_foreground_pixel_is_labelled_and_no_other(
    output: tuple[Floats, Floats],
) -> None:
    np.testing.assert_array_equal(found(output) > 0, output[0] >= PROBABILITY)


@given(output=outputs(), min_size=st.integers(0, 9))
def test_labels_are_consecutive(output: tuple[Floats, Floats], min_size: int) -> None:
    labels = found(output, min_size)
    assert labels.dtype == np.int32
    assert set(np.unique(labels)) | {0} == set(range(labels.max() + 1))


@given(output=outputs())
def test_every_marker_and_every_component_without_one_is_an_object(
    output: tuple[Floats, Floats],
) -> None:
    inside = output[0] >= PROBABILITY
    components = connected_components(inside, connectivity=4)
    markers = find_markers(inside, output[1], SPLITTING).to_labels()
    without = set(range(1, components.max() + 1)) - set(
        components[markers > 0].tolist()
    )
    assert found(output).max() == markers.max() + len(without)


@given(output=outputs())
def test_a_few_pixels_of_high_distance_are_not_a_marker(
    output: tuple[Floats, Floats],
) -> None:
    inside = output[0] >= PROBABILITY
    sizes = find_markers(inside, output[1], SPLITTING).areas[1:]
    assert (sizes >= MIN_MARKER_AREA).all()


@given(output=outputs())
def test_no_object_reaches_into_another_component(
    output: tuple[Floats, Floats],
) -> None:
    labels = found(output)
    components = connected_components(output[0] >= PROBABILITY, connectivity=4)
    for number in range(1, labels.max() + 1):
        assert len(set(components[labels == number].tolist())) == 1


@given(output=outputs())
def test_a_pixel_goes_to_the_nearest_marker_of_its_component(
    output: tuple[Floats, Floats],
) -> None:
    inside = output[0] >= PROBABILITY
    components = connected_components(inside, connectivity=4)
    markers = connected_components(inside & (output[1] >= SPLITTING), connectivity=4)
    labels = expand_markers(markers, components)
    for row, column in zip(*np.nonzero(inside), strict=True):
        own = np.argwhere((markers > 0) & (components == components[row, column]))
        if not len(own):
            continue
        distances = np.hypot(*(own - (row, column)).T)
        chosen = distances[markers[tuple(own.T)] == labels[row, column]]
        assert (
            chosen.min() <= distances.min() * 1.03
        )  # OpenCV's distance is close, not exact


def test_markers_are_the_same_in_row_bands_of_any_height(
    rng: np.random.Generator,
) -> None:
    inside = rng.random((70, 33)) < 0.9
    distance = cv2.blur(rng.random((70, 33), np.float32), (3, 3))
    whole = find_markers(inside, distance, 0.5, band_height=70).to_labels()
    assert whole.any()
    for band_height in (1, 2, 9, 64):
        found = find_markers(inside, distance, 0.5, band_height=band_height).to_labels()
        np.testing.assert_array_equal(found, whole)


@given(
    seed=st.integers(0, 1 << 30),
    band_height=st.integers(1, 60),
    search_radius=st.integers(1, 20),
)
def test_labels_are_the_same_in_row_bands_of_any_height(
    seed: int, band_height: int, search_radius: int
) -> None:
    rng = np.random.default_rng(seed)
    noise = cv2.blur(rng.random((60, 25), np.float32), (5, 5))
    components = connected_components(noise > 0.45, connectivity=4)
    markers = connected_components((noise > 0.5) & (components > 0), connectivity=4)
    whole = expand_markers(markers, components)
    assert (whole > 0).sum() == (components > 0).sum()
    found = expand_sparse_markers(
        SparseLabels.from_labels(markers),
        components,
        band_height=band_height,
        search_radius=search_radius,
    )
    np.testing.assert_array_equal(found.to_labels(), whole)


@given(output=outputs(), min_size=st.integers(0, 9))
def test_exactly_the_objects_under_the_smallest_size_are_removed(
    output: tuple[Floats, Floats], min_size: int
) -> None:
    everything, filtered = found(output), found(output, min_size)
    sizes = np.bincount(everything.ravel())
    sizes[0] = 0
    stays = (sizes >= min_size)[everything] & (everything > 0)
    np.testing.assert_array_equal(filtered > 0, stays)


def test_touching_discs_get_different_labels(discs) -> None:
    truth = discs((60, 90), [(30, 25, 15), (30, 54, 15)])
    assert connected_components(truth > 0).max() == 1
    labels = find_instances((truth > 0).astype(np.float32), inner_distance(truth))
    assert labels.max() == 2
    assert labels[30, 25] != labels[30, 54]
    for number in (1, 2):
        agreed = labels[truth == number]
        assert np.bincount(agreed).max() / agreed.size > 0.97


def test_a_component_without_a_marker_is_one_object(discs) -> None:
    truth = discs((60, 90), [(30, 25, 12), (30, 64, 12)])
    distance = inner_distance(truth)
    distance[:, 45:] = 0
    labels = find_instances((truth > 0).astype(np.float32), distance)
    assert labels.max() == 2
    assert (labels[truth == 2] == labels[30, 64]).all()


def test_a_marker_of_another_component_gets_no_pixel() -> None:
    """Pixels in the middle of component 1 are nearer to the markers of component 2."""
    components = np.zeros((7, 31), np.int32)
    components[1, :] = 1
    components[3:6, 13:18] = 2
    markers = np.zeros_like(components)
    markers[1, [0, 30]] = 1, 2
    markers[3, [13, 17]] = 3, 4
    labels = expand_markers(markers, components)
    assert labels.max() == 4
    assert set(labels[1, :15]) == {labels[1, 0]}
    assert set(labels[1, 16:]) == {labels[1, 30]}
    assert labels[1, 0] != labels[1, 30]


@pytest.mark.parametrize("value", [0.0, 1.0])
def test_an_empty_and_a_full_foreground(value: float) -> None:
    plane = np.full((9, 11), value, np.float32)
    np.testing.assert_array_equal(find_instances(plane, plane), int(value))


def test_components_that_meet_at_a_corner_are_two() -> None:
    foreground = np.kron(np.eye(2), np.ones((5, 5))).astype(np.float32)
    assert find_instances(foreground, np.zeros_like(foreground)).max() == 2


def test_nothing_is_modified(discs) -> None:
    truth = discs((60, 90), [(30, 25, 15), (30, 54, 15)])
    distance = inner_distance(truth)
    foreground = (truth > 0).astype(np.float32)
    before = foreground.copy(), distance.copy(), truth.copy()
    for plane in (foreground, distance, truth):
        plane.flags.writeable = False
    find_instances(foreground, distance)
    drop_small(truth, 5)
    for plane, copy in zip((foreground, distance, truth), before, strict=True):
        np.testing.assert_array_equal(plane, copy)


def test_strided_views_of_one_array_are_accepted(discs) -> None:
    truth = discs((60, 90), [(30, 25, 15), (30, 54, 15)])
    output = np.dstack([truth > 0, inner_distance(truth)]).astype(np.float32)
    assert find_instances(output[..., 0], output[..., 1]).max() == 2


def test_planes_of_different_shapes_are_refused() -> None:
    planes = np.zeros((4, 5), np.float32), np.zeros((5, 4), np.float32)
    with pytest.raises(ValueError, match=r"same shape; got \(4, 5\) and \(5, 4\)"):
        find_instances(*planes)


@pytest.mark.benchmark
def test_speed_of_finding_5000_nuclei(discs, rng: np.random.Generator) -> None:
    side, count = 2048, 5000
    centres = np.column_stack(
        [rng.uniform(8, side - 8, (count, 2)), rng.uniform(5, 12, count)]
    )
    truth = discs((side, side), centres)
    foreground, distance = (truth > 0).astype(np.float32), inner_distance(truth)
    threads = cv2.getNumThreads()
    cv2.setNumThreads(1)
    try:
        seconds = []
        for _ in range(5):
            start = time.process_time()
            labels = find_instances(foreground, distance)
            seconds.append(time.process_time() - start)
    finally:
        cv2.setNumThreads(threads)
    speed = side * side / 1e6 / min(seconds)
    print(
        f"\nfind_instances, {labels.max()} nuclei in {side} x {side}, one core: "
        f"{speed:.1f} Mpx/s (wanted: at least 10)"
    )
