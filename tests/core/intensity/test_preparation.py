from __future__ import annotations

import json

import numpy as np
import pytest

from napari_nuclei.core.blocks import Window
from napari_nuclei.core.intensity.background import BackgroundMap
from napari_nuclei.core.intensity.preparation import (
    Preparation,
    add_step,
    choose_preparation,
    steps_to_try,
)
from napari_nuclei.core.normalize import as_grey, normalize, percentile_limits

DIAMETER = 20.0
WHOLE = Window(0, 200, 0, 200)


@pytest.fixture
def plane(discs) -> np.ndarray:
    """Return 16 nuclei of 1000 on a noisy background of 200."""
    spots = [(y, x, 9) for y in range(25, 200, 50) for x in range(25, 200, 50)]
    noise = np.random.default_rng(0).normal(0, 10, (200, 200))
    nuclei = 1000 * (discs((200, 200), spots) > 0)
    return (200 + nuclei + noise).astype(np.float32)


def count_bright(prepared: np.ndarray) -> int:
    """Count bright pixels, in place of the nuclei that a network finds."""
    bright = (prepared[..., 0] > 0.6).sum()
    return int(bright) if bright < prepared[..., 0].size / 3 else 0


def never(prepared: np.ndarray) -> int:
    raise AssertionError("an ordinary plane was tried")


def test_an_ordinary_plane_is_scaled_without_trials(plane) -> None:
    chosen = choose_preparation(plane, never, DIAMETER)
    assert chosen.is_plain
    assert chosen.limits == percentile_limits(plane)
    assert not chosen.describe()
    np.testing.assert_array_equal(chosen.apply(plane, WHOLE), normalize(plane))


def test_colour_images_and_models_without_noise_confidence_are_only_scaled(
    plane,
) -> None:
    plane[:40] = 0
    colours = np.stack([plane, plane / 2, plane], axis=-1).astype(np.uint16)
    assert choose_preparation(colours, never, DIAMETER).is_plain
    assert choose_preparation(plane, None, DIAMETER).is_plain


def test_noise_is_marked_without_trials() -> None:
    noise = np.random.default_rng(0).normal(size=(300, 300)).astype(np.float32)
    chosen = choose_preparation(noise, never, DIAMETER)
    assert chosen.holds_noise and chosen.is_plain
    assert "looks like noise" in chosen.describe()[0]


def test_padding_is_set_to_the_background(plane) -> None:
    padded = plane + 5000
    padded[:60] = 0
    chosen = choose_preparation(padded, count_bright, DIAMETER)
    assert chosen.padding == 0
    assert chosen.fill == pytest.approx(5200, abs=20)
    assert chosen.apply(padded, WHOLE)[:60].max() < 0.2
    assert "the value 0" in chosen.describe()[0]


def test_extreme_pixels_are_set_to_the_background(plane) -> None:
    rng = np.random.default_rng(1)
    rows, columns = rng.integers(0, 200, (2, 300))
    plane[rows, columns] = rng.uniform(30_000, 60_000, 300)
    chosen = choose_preparation(plane, count_bright, DIAMETER)
    assert chosen.cutoff is not None
    assert 1200 < chosen.cutoff < 30_000
    assert chosen.limits[1] < 2000
    assert "far brighter" in chosen.describe()[0]


def test_an_uneven_background_is_subtracted(plane) -> None:
    rows, _ = np.mgrid[:200, :200]
    steep = (plane + 40 * rows).astype(np.float32)

    def count_even(prepared: np.ndarray) -> int:
        means = [band.mean() for band in np.split(prepared, 4)]
        return 100 - int(100 * np.ptp(means))

    chosen = choose_preparation(steep, count_even, DIAMETER)
    assert chosen.background is not None
    assert "subtracted" in chosen.describe()[0]


def test_noise_on_nuclei_is_smoothed(plane) -> None:
    noisy = plane + np.random.default_rng(2).normal(0, 200, plane.shape)
    chosen = choose_preparation(
        noisy.astype(np.float32),
        lambda p: 1000 - int(1000 * np.diff(p[..., 0]).std()),
        DIAMETER,
    )
    assert chosen.smoothing == 1.5
    assert chosen.margin == 5
    assert "noisy" in chosen.describe()[0]


def test_a_step_that_finds_no_more_nuclei_is_not_used(plane) -> None:
    plane[:60] = 0
    assert choose_preparation(plane, lambda p: 16, DIAMETER).is_plain


def test_windows_of_a_prepared_plane_agree_with_the_plane(plane) -> None:
    values = np.linspace(0, 500, 36, dtype=np.float32).reshape(6, 6)
    preparation = Preparation(
        (100, 1200),
        padding=0,
        cutoff=1180,
        fill=200,
        smoothing=1.5,
        background=BackgroundMap(values, 34),
    )
    whole = preparation.apply(plane, WHOLE)
    window = Window(50, 150, 30, 120)
    read = window.expanded(preparation.margin)
    part = preparation.apply(plane[read.index], read)
    inner = window.translated(-read.top, -read.left).index
    np.testing.assert_array_equal(part[inner], whole[window.index])


def test_a_preparation_is_the_same_after_a_json_file() -> None:
    values = np.random.default_rng(0).random((4, 5)).astype(np.float32)
    full = Preparation((1.5, 2.5), 0, 7.5, 3.0, 1.5, BackgroundMap(values, 8), True)
    again = Preparation.from_dict(json.loads(json.dumps(full.as_dict())))
    assert again.background is not None
    np.testing.assert_array_equal(again.background.values, values)
    assert again.as_dict() == full.as_dict()
    plain = Preparation((0, 1))
    assert Preparation.from_dict(json.loads(json.dumps(plain.as_dict()))).is_plain


def test_steps_are_combined() -> None:
    one = Preparation((0, 1), cutoff=5, fill=2)
    both = add_step(one, Preparation((0, 1), smoothing=1.5))
    assert (both.cutoff, both.fill, both.smoothing) == (5, 2, 1.5)


def test_an_ordinary_plane_has_no_candidates(plane) -> None:
    plain = Preparation(percentile_limits(plane))
    assert not list(steps_to_try(as_grey(plane), plain, DIAMETER))


def test_notes_do_not_vary_between_planes_and_can_be_joined_by_semicolons() -> None:
    background = BackgroundMap(np.zeros((2, 2), np.float32), 8)
    one = Preparation((0, 1), 0.0, 7.5, 3.0, 1.5, background, True)
    other = Preparation((5, 9), 0.0, 80.5, 4.0, 1.5, background, True)
    assert one.describe() == other.describe()
    assert len(one.describe()) == 5
    assert not any(";" in note for note in one.describe())


@pytest.mark.parametrize("bright", [1, 9, 255])
def test_a_plane_of_one_value_and_a_few_bright_pixels_is_tried_without_warnings(
    bright: int,
) -> None:
    plane = np.eye(600, dtype=np.uint8) * bright
    chosen = choose_preparation(plane, count_bright, DIAMETER)
    assert chosen.background is None
    assert np.isfinite(chosen.apply(plane, Window(0, 600, 0, 600))).all()
