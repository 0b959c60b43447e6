from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.colours import PALETTE, choose_colours, colour_labels


def test_background_is_black_and_nuclei_are_not() -> None:
    labels = np.zeros((9, 9), np.int32)
    labels[2:4, 2:4], labels[6:8, 6:8] = 3, 1_000_000
    painted = colour_labels(labels)
    assert painted.dtype == np.uint8
    assert np.array_equal(painted.any(axis=-1), labels > 0)


def test_nuclei_that_touch_differ_in_colour(rng: np.random.Generator) -> None:
    rows, columns = np.mgrid[:90, :120]
    seeds = rng.uniform(0, (90, 120), (400, 2))
    away = (rows[..., None] - seeds[:, 0]) ** 2 + (
        columns[..., None] - seeds[:, 1]
    ) ** 2
    labels = away.argmin(axis=-1) + 1
    painted = colour_labels(labels).astype(int)
    for axis in (0, 1):
        edge = np.diff(labels, axis=axis) != 0
        change = np.abs(np.diff(painted, axis=axis)).sum(axis=-1)
        assert change[edge].min() > 60


def test_nuclei_a_few_pixels_apart_differ_in_colour() -> None:
    labels = np.zeros((30, 40), np.int32)
    numbers = np.arange(1, 49).reshape(6, 8)
    for row in range(3):
        for column in range(3):
            labels[row::5, column::5] = numbers
    painted = colour_labels(labels)[1::5, 1::5].astype(int)
    for axis in (0, 1):
        assert np.abs(np.diff(painted, axis=axis)).sum(axis=-1).all()


def test_a_nucleus_with_more_neighbours_than_colours_still_gets_one() -> None:
    everybody = [set(range(30)) - {n} for n in range(30)]
    colours = choose_colours(everybody)
    assert set(colours) == set(range(len(PALETTE)))


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (3, 2)], ids=str)
@pytest.mark.parametrize("label", [0, 5])
def test_small_and_uniform_labels_are_painted(
    shape: tuple[int, int], label: int
) -> None:
    painted = colour_labels(np.full(shape, label))
    assert painted.shape == (*shape, 3)
    assert painted.any() == (label > 0)
