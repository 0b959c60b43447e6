from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.core.diameter import object_areas
from napari_nuclei.core.instances.sparse_labels import connected_components
from napari_nuclei.core.maps import resize
from napari_nuclei.core.scale_trials import (
    TRIAL_SCALES,
    TRIAL_SIDE,
    combine_trials,
    estimate_plane_diameter,
    select_window,
    try_scale,
)

MODEL = 20.0
Floats = NDArray[np.float32]


class SizeSensitiveNetwork:
    """Find whole nuclei only near one diameter, like a trained network."""

    def __init__(self, model_diameter: float = MODEL) -> None:
        self.model_diameter = model_diameter
        self.trials: list[tuple[float, tuple[int, ...]]] = []

    def __call__(self, plane: Floats, scale: float) -> tuple[NDArray, Floats, Floats]:
        self.trials.append((scale, plane.shape))
        height, width = plane.shape[:2]
        resized = resize(plane, (round(height * scale), round(width * scale)))[..., 0]
        labels = connected_components(resized > 0.5)
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
    positions = [
        (row, column, diameter / 2)
        for row in range(step // 2, side, step)
        for column in range(step // 2, side, step)
    ]
    plane = plane_of(discs((side, side), positions))
    found = estimate_plane_diameter(plane, SizeSensitiveNetwork(), MODEL).diameter
    assert found == pytest.approx(diameter, rel=0.2)


def test_a_plane_without_nuclei_has_no_diameter() -> None:
    plane = np.zeros((300, 300, 3), np.float32)
    assert not estimate_plane_diameter(plane, SizeSensitiveNetwork(), MODEL).found


@pytest.mark.parametrize("shape", [(2, 2), (2, 900), (15, 15), (700, 500)], ids=str)
def test_a_trial_is_never_larger_than_its_window(shape: tuple[int, int], discs) -> None:
    network = SizeSensitiveNetwork()
    estimate_plane_diameter(plane_of(discs(shape, [(1, 1, 4)])), network, MODEL)
    assert 1 <= len(network.trials) <= len(TRIAL_SCALES)
    for scale, shape in network.trials:
        assert max(shape[:2]) <= np.ceil(TRIAL_SIDE / scale)


def test_scales_at_which_no_nucleus_fits_are_not_tried(discs) -> None:
    network = SizeSensitiveNetwork()
    estimate_plane_diameter(plane_of(discs((60, 60), [(30, 30, 10)])), network, MODEL)
    assert min(scale for scale, _ in network.trials) * 60 >= MODEL


def grid(discs, diameter: int) -> Floats:
    step, side = 2 * diameter, 12 * diameter
    rows = range(diameter, side, step)
    positions = [(row, column, diameter / 2) for row in rows for column in rows]
    return plane_of(discs((side, side), positions))


@pytest.mark.parametrize(("diameter", "enough"), [(20, True), (40, False), (10, False)])
def test_one_trial_is_enough_if_it_is_certain(
    discs, diameter: int, enough: bool
) -> None:
    network = SizeSensitiveNetwork()
    found = estimate_plane_diameter(grid(discs, diameter), network, MODEL).diameter
    assert found == pytest.approx(diameter, rel=0.2)
    scales = [scale for scale, _ in network.trials]
    assert scales[0] == 1.0
    assert (len(scales) == 1) == enough
    assert len(set(scales)) == len(scales)


def test_an_uncertain_trial_of_the_right_size_is_not_enough(discs) -> None:
    network = SizeSensitiveNetwork()

    def uncertain(plane: Floats, scale: float) -> tuple[NDArray, Floats, Floats]:
        labels, foreground, distance = network(plane, scale)
        return labels, 0.7 * foreground, 0.7 * distance

    estimate_plane_diameter(grid(discs, 20), uncertain, MODEL)
    assert len(network.trials) > 1


@pytest.mark.parametrize(
    ("expected_diameter", "found"), [(None, 20), (20.0, 20), (80.0, 80)]
)
def test_the_expected_diameter_decides_between_equal_trials(
    discs, expected_diameter: float | None, found: float
) -> None:
    disc = discs((40, 40), [(20, 20, 10)])
    nothing = np.zeros_like(disc)

    def segment_at(plane: Floats, scale: float) -> tuple[NDArray, Floats, Floats]:
        labels = disc if scale in (1.0, 0.25) else nothing
        probability = (labels > 0).astype(np.float32)
        return labels, 0.7 * probability, 0.7 * probability  # too low for one trial

    plane = np.zeros((400, 400, 3), np.float32)
    measured = estimate_plane_diameter(
        plane, segment_at, MODEL, expected_diameter
    ).diameter
    assert measured == pytest.approx(found, rel=0.1)


def test_an_expected_diameter_needs_all_trials_even_if_the_first_is_certain(
    discs,
) -> None:
    network = SizeSensitiveNetwork()
    estimate_plane_diameter(grid(discs, 20), network, MODEL, 20.0)
    assert len(network.trials) > 1


def test_a_trial_without_nuclei_is_none() -> None:
    assert (
        try_scale(
            np.zeros((50, 50, 3), np.float32),
            SizeSensitiveNetwork(),
            1.0,
            MODEL,
        )
        is None
    )


def test_a_trial_nearer_the_models_diameter_has_higher_quality(discs) -> None:
    plane = plane_of(discs((120, 120), [(60, 60, 20)]))
    right, wrong = (
        try_scale(plane, SizeSensitiveNetwork(), scale, MODEL) for scale in (0.5, 2.0)
    )
    assert right is not None
    assert wrong is not None
    assert 0 < wrong.quality < right.quality <= 1


def test_a_few_large_objects_do_not_outweigh_many_nuclei() -> None:
    """An example is one gland, which is round in an image shrunk too far."""
    objects = {1.0: (30, 18, 0.35), 0.125: (3, 20, 0.5)}

    def segment_at(plane: Floats, scale: float) -> tuple[NDArray, Floats, Floats]:
        labels = np.zeros((TRIAL_SIDE, TRIAL_SIDE), np.int32)
        count, side, probability = objects.get(scale, (0, 0, 0.0))
        for number in range(count):
            row, column = (24 * index for index in divmod(number, 10))
            labels[row : row + side, column : column + side] = number + 1
        confidence = ((labels > 0) * np.sqrt(probability)).astype(np.float32)
        return labels, confidence, confidence

    plane = np.zeros((1000, 1000, 3), np.float32)
    found = [try_scale(plane, segment_at, scale, MODEL) for scale in objects]
    many, few = (one for one in found if one is not None)
    assert many.quality < few.quality
    assert estimate_plane_diameter(plane, segment_at, MODEL).diameter == pytest.approx(
        many.diameter
    )


def test_the_window_of_highest_contrast_is_selected(rng: np.random.Generator) -> None:
    plane = np.zeros((300, 400, 3), np.float32)
    plane[200:, 300:] = rng.random((100, 100, 3))
    np.testing.assert_array_equal(select_window(plane, 100), plane[200:, 300:])


@pytest.mark.parametrize("shape", [(40, 500), (500, 40), (40, 30)], ids=str)
def test_a_window_is_no_larger_than_the_plane(shape: tuple[int, int]) -> None:
    found = select_window(np.zeros((*shape, 3), np.float32), 99.5)
    assert found.shape == (min(shape[0], 100), min(shape[1], 100), 3)


def test_without_trials_there_is_no_diameter() -> None:
    assert np.isnan(combine_trials([], MODEL, 1.0))
