from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.core.diameter import (
    TRIAL_SCALES,
    TRIAL_SIDE,
    area_weighted_diameter,
    estimate_plane_diameter,
    median_diameter,
    object_areas,
    select_window,
    try_scale,
)
from napari_nuclei.core.instances.object_pixels import connected_components
from napari_nuclei.core.maps import resize

PRIOR = 20.0
Floats = NDArray[np.float32]


class PickyLook:
    """Sees nuclei whole only near the size it was trained for, like a network."""

    def __init__(self, model_diameter: float = PRIOR) -> None:
        self.model_diameter = model_diameter
        self.seen: list[tuple[float, tuple[int, ...]]] = []

    def __call__(self, plane: Floats, scale: float) -> tuple[NDArray, Floats, Floats]:
        self.seen.append((scale, plane.shape))
        height, width = plane.shape[:2]
        seen = resize(plane, (round(height * scale), round(width * scale)))[..., 0]
        labels = connected_components(seen > 0.5)
        mean = object_areas(labels).mean() if labels.any() else 1.0
        away = np.abs(np.log(np.sqrt(mean * 4 / np.pi) / self.model_diameter))
        foreground = ((labels > 0) * np.exp(-away)).astype(np.float32)
        return labels, foreground, foreground


def plane_of(labels: NDArray[np.int32]) -> Floats:
    return np.repeat((labels > 0).astype(np.float32)[..., np.newaxis], 3, axis=-1)


@pytest.mark.parametrize("diameter", [6, 10, 20, 35, 80, 160])
def test_the_diameter_of_discs_is_measured_at_any_size(discs, diameter: int) -> None:
    step = 2 * diameter
    side = max(200, 4 * diameter)
    places = [
        (row, column, diameter / 2)
        for row in range(step // 2, side, step)
        for column in range(step // 2, side, step)
    ]
    plane = plane_of(discs((side, side), places))
    found = estimate_plane_diameter(plane, PickyLook(), PRIOR)
    assert found == pytest.approx(diameter, rel=0.2)


def test_a_plane_without_nuclei_has_no_diameter() -> None:
    plane = np.zeros((300, 300, 3), np.float32)
    assert np.isnan(estimate_plane_diameter(plane, PickyLook(), PRIOR))


@pytest.mark.parametrize("shape", [(2, 2), (2, 900), (15, 15), (700, 500)], ids=str)
def test_a_look_is_never_larger_than_its_window(shape: tuple[int, int], discs) -> None:
    look = PickyLook()
    estimate_plane_diameter(plane_of(discs(shape, [(1, 1, 4)])), look, PRIOR)
    assert 1 <= len(look.seen) <= len(TRIAL_SCALES)
    for scale, seen in look.seen:
        assert max(seen[:2]) <= np.ceil(TRIAL_SIDE / scale)


def test_scales_at_which_no_nucleus_fits_are_not_tried(discs) -> None:
    look = PickyLook()
    estimate_plane_diameter(plane_of(discs((60, 60), [(30, 30, 10)])), look, PRIOR)
    assert min(scale for scale, _ in look.seen) * 60 >= PRIOR


def grid(discs, diameter: int) -> Floats:
    step, side = 2 * diameter, 12 * diameter
    rows = range(diameter, side, step)
    places = [(row, column, diameter / 2) for row in rows for column in rows]
    return plane_of(discs((side, side), places))


@pytest.mark.parametrize(("diameter", "enough"), [(20, True), (40, False), (10, False)])
def test_one_look_is_enough_where_it_leaves_no_doubt(
    discs, diameter: int, enough: bool
) -> None:
    look = PickyLook()
    found = estimate_plane_diameter(grid(discs, diameter), look, PRIOR)
    assert found == pytest.approx(diameter, rel=0.2)
    scales = [scale for scale, _ in look.seen]
    assert scales[0] == 1.0
    assert (len(scales) == 1) == enough
    assert len(set(scales)) == len(scales)


def test_a_doubtful_look_of_the_right_size_is_not_enough(discs) -> None:
    look = PickyLook()

    def doubtful(plane: Floats, scale: float) -> tuple[NDArray, Floats, Floats]:
        labels, foreground, distance = look(plane, scale)
        return labels, 0.7 * foreground, 0.7 * distance

    estimate_plane_diameter(grid(discs, 20), doubtful, PRIOR)
    assert len(look.seen) > 1


@pytest.mark.parametrize(
    ("expected_diameter", "found"), [(None, 20), (20.0, 20), (80.0, 80)]
)
def test_the_usual_size_decides_between_looks_that_are_as_good(
    discs, expected_diameter: float | None, found: float
) -> None:
    disc = discs((40, 40), [(20, 20, 10)])
    nothing = np.zeros_like(disc)

    def look(plane: Floats, scale: float) -> tuple[NDArray, Floats, Floats]:
        labels = disc if scale in (1.0, 0.25) else nothing
        sure = (labels > 0).astype(np.float32)
        return labels, 0.7 * sure, 0.7 * sure  # not sure enough for one look

    plane = np.zeros((400, 400, 3), np.float32)
    measured = estimate_plane_diameter(plane, look, PRIOR, expected_diameter)
    assert measured == pytest.approx(found, rel=0.1)


def test_a_usual_size_is_weighed_against_all_looks_even_if_the_first_is_sure(
    discs,
) -> None:
    look = PickyLook()
    estimate_plane_diameter(grid(discs, 20), look, PRIOR, 20.0)
    assert len(look.seen) > 1


def test_a_glimpse_of_nothing_is_none() -> None:
    assert try_scale(np.zeros((50, 50, 3), np.float32), PickyLook(), 1.0, PRIOR) is None


def test_a_surer_look_is_of_better_quality(discs) -> None:
    plane = plane_of(discs((120, 120), [(60, 60, 20)]))
    right, wrong = (try_scale(plane, PickyLook(), scale, PRIOR) for scale in (0.5, 2.0))
    assert right is not None
    assert wrong is not None
    assert 0 < wrong.quality < right.quality <= 1


def test_a_few_large_things_do_not_outweigh_many_nuclei() -> None:
    """As one gland does, of which a picture that is shrunk leaves something round."""
    looks = {1.0: (30, 18, 0.35), 0.125: (3, 20, 0.5)}

    def look(plane: Floats, scale: float) -> tuple[NDArray, Floats, Floats]:
        labels = np.zeros((TRIAL_SIDE, TRIAL_SIDE), np.int32)
        count, side, sure = looks.get(scale, (0, 0, 0.0))
        for number in range(count):
            row, column = (24 * place for place in divmod(number, 10))
            labels[row : row + side, column : column + side] = number + 1
        seen = ((labels > 0) * np.sqrt(sure)).astype(np.float32)
        return labels, seen, seen

    plane = np.zeros((1000, 1000, 3), np.float32)
    found = [try_scale(plane, look, scale, PRIOR) for scale in looks]
    many, few = (one for one in found if one is not None)
    assert many.quality < few.quality
    assert estimate_plane_diameter(plane, look, PRIOR) == pytest.approx(many.diameter)


def test_the_liveliest_window_is_taken(rng: np.random.Generator) -> None:
    plane = np.zeros((300, 400, 3), np.float32)
    plane[200:, 300:] = rng.random((100, 100, 3))
    np.testing.assert_array_equal(select_window(plane, 100), plane[200:, 300:])


@pytest.mark.parametrize("shape", [(40, 500), (500, 40), (40, 30)], ids=str)
def test_a_window_is_no_larger_than_the_plane(shape: tuple[int, int]) -> None:
    found = select_window(np.zeros((*shape, 3), np.float32), 99.5)
    assert found.shape == (min(shape[0], 100), min(shape[1], 100), 3)


@pytest.mark.parametrize(
    ("sizes", "diameter"),
    [
        ([100], np.sqrt(400 / np.pi)),
        ([100, 100, 100], np.sqrt(400 / np.pi)),
        ([100, 100, *[1] * 50], np.sqrt(400 / np.pi)),
        ([4, 1000], np.sqrt(4000 / np.pi)),
        ([], np.nan),
    ],
    ids=["one", "three", "debris", "a speck", "none"],
)
def test_debris_counts_for_little_in_the_typical_diameter(
    sizes: list[int], diameter: float
) -> None:
    found = area_weighted_diameter(np.array(sizes, np.int64))
    assert found == pytest.approx(diameter, nan_ok=True)


def test_sizes_leave_out_the_background_and_numbers_that_are_not_used() -> None:
    assert object_areas(np.array([[0, 0, 5], [2, 5, 5]], np.int32)).tolist() == [1, 3]


def test_the_median_diameter_is_that_of_all_planes(discs) -> None:
    planes = [discs((60, 60), [(30, 30, radius)]) for radius in (5, 10, 20)]
    assert median_diameter(planes) == pytest.approx(20, rel=0.1)
    assert np.isnan(median_diameter([np.zeros((5, 5), np.int32)]))
    assert np.isnan(median_diameter([]))
