from __future__ import annotations

import threading

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from napari_nuclei.core.tiling import (
    TilePlan,
    choose_tile_size,
    crop_tiles,
    map_ahead,
    plan_tiles,
    predict_tiled,
    ramp,
)

Floats = NDArray[np.float32]


def identity(tiles: Floats) -> Floats:
    return tiles


def pointwise(tiles: Floats) -> Floats:
    return np.concatenate([np.sin(5 * tiles), tiles.sum(-1, keepdims=True)], axis=-1)


def noise(shape: tuple[int, int], channels: int = 3) -> Floats:
    return np.random.default_rng(0).random((*shape, channels), np.float32)


@st.composite
def plans(draw: st.DrawFn) -> TilePlan:
    tile = draw(st.sampled_from([2, 7, 32, 64]))
    overlap = draw(st.integers(0, tile // 2))
    shape = draw(st.tuples(st.integers(1, 150), st.integers(1, 150)))
    return plan_tiles(shape, tile=tile, overlap=overlap)


@given(plan=plans(), batch=st.integers(1, 5))
def test_the_identity_network_gives_the_image_back(plan: TilePlan, batch: int) -> None:
    image = noise(plan.shape)
    stitched = predict_tiled(image, identity, plan, batch=batch)
    np.testing.assert_allclose(stitched, image, atol=1e-6)


@given(plan=plans())
def test_a_pointwise_network_gives_the_same_tiled_and_untiled(plan: TilePlan) -> None:
    image = noise(plan.shape)
    untiled = pointwise(image[np.newaxis])[0]
    np.testing.assert_allclose(
        predict_tiled(image, pointwise, plan), untiled, atol=1e-5
    )


@given(plan=plans())
def test_every_pixel_lies_in_a_tile(plan: TilePlan) -> None:
    covered = np.zeros(plan.shape, bool)
    for row, column in plan.corners:
        rows = slice(max(row, 0), row + plan.tile)
        covered[rows, max(column, 0) : column + plan.tile] = True
    assert covered.all()


@given(plan=plans())
def test_tiles_start_in_order_and_end_at_the_border(plan: TilePlan) -> None:
    for length, firsts in zip(plan.shape, (plan.rows, plan.columns), strict=True):
        assert list(firsts) == sorted(set(firsts))
        if length < plan.tile:
            assert len(firsts) == 1
            assert firsts[0] <= 0 and firsts[0] + plan.tile >= length
        else:
            assert firsts[0] == 0
            assert firsts[-1] + plan.tile == length


@given(plan=plans())
def test_neighbouring_tiles_share_at_least_the_overlap(plan: TilePlan) -> None:
    for firsts in (plan.rows, plan.columns):
        shared = plan.tile - np.diff(firsts)
        assert (shared >= plan.overlap).all()


@given(tile=st.integers(1, 300), data=st.data())
def test_weights_are_positive_symmetric_and_at_most_one(
    tile: int, data: st.DataObject
) -> None:
    weights = ramp(tile, data.draw(st.integers(0, tile // 2)))
    assert weights.min() > 0
    assert weights.max() <= 1
    np.testing.assert_array_equal(weights, weights[::-1])


@given(
    shape=st.tuples(st.integers(1, 3000), st.integers(1, 3000)),
    largest=st.sampled_from([32, 128, 288, 416]),
    overlap=st.integers(0, 64),
)
def test_no_other_allowed_side_covers_an_image_with_fewer_pixels(
    shape: tuple[int, int], largest: int, overlap: int
) -> None:
    overlap = min(overlap, largest // 2)

    def pixels(side: int) -> int:
        return len(plan_tiles(shape, tile=side, overlap=overlap).corners) * side**2

    smallest = min(128, largest)
    side = choose_tile_size(shape, largest=largest, smallest=smallest, overlap=overlap)
    allowed = range(largest, smallest - 1, -32)
    assert side in allowed
    assert pixels(side) == min(pixels(s) for s in allowed if overlap <= s // 2)


def test_the_network_runs_while_an_output_is_used() -> None:
    tiles = np.zeros((1, 1, 1, 1), np.float32)
    next_began = threading.Event()

    def network(tiles: Floats) -> Floats:
        if tiles.any():
            next_began.set()
        return tiles

    outputs = map_ahead(network, [("first", tiles), ("second", tiles + 1)])
    assert next(outputs)[0] == "first"
    assert next_began.wait(timeout=60)
    assert [key for key, _ in outputs] == ["second"]


def test_batches_that_run_ahead_come_in_order() -> None:
    batches = [(n, np.full((1, 2, 2, 1), n, np.float32)) for n in range(9)]
    found = list(map_ahead(identity, batches))
    assert [(key, tiles.max()) for key, tiles in found] == [(n, n) for n in range(9)]


def test_a_small_receptive_field_leaves_almost_no_seam() -> None:
    def blur(tiles: Floats) -> Floats:
        return np.stack([cv2.blur(x, (3, 3)) for x in tiles])

    image = noise((300, 411))
    tiled = predict_tiled(image, blur, plan_tiles((300, 411), tile=128, overlap=32))
    inner = (slice(2, -2), slice(2, -2))
    assert np.abs(tiled - cv2.blur(image, (3, 3)))[inner].max() < 0.02


def test_the_size_of_a_batch_changes_nothing() -> None:
    image, plan = noise((70, 90)), plan_tiles((70, 90), tile=32, overlap=8)
    alone = predict_tiled(image, pointwise, plan, batch=1)
    for batch in (2, 3, 100):
        np.testing.assert_array_equal(
            predict_tiled(image, pointwise, plan, batch=batch), alone
        )


def test_an_image_smaller_than_a_tile_is_reflected_around_its_middle() -> None:
    image = np.arange(3, dtype=np.float32).reshape(1, 3, 1)
    ((_, tiles),) = crop_tiles(image, plan_tiles((1, 3), tile=6, overlap=0), batch=4)
    np.testing.assert_array_equal(tiles[0, ..., 0], [[0, 0, 1, 2, 2, 1]] * 6)


def test_batches_have_at_most_the_requested_size() -> None:
    plan = plan_tiles((100, 100), tile=32, overlap=0)
    batches = list(crop_tiles(noise((100, 100)), plan, batch=5))
    assert [len(tiles) for _, tiles in batches] == [5, 5, 5, 1]
    assert sum((corners for corners, _ in batches), ()) == plan.corners


@pytest.mark.parametrize("shape", [(70, 90), (20, 90)], ids=str)
def test_views_of_one_grey_channel_are_cropped_like_copies(
    shape: tuple[int, int],
) -> None:
    plan = plan_tiles(shape, tile=32, overlap=8)
    grey = np.broadcast_to(noise(shape, channels=1), (*shape, 3))
    for (_, tiles), (_, expected) in zip(
        crop_tiles(grey, plan, batch=4), crop_tiles(grey.copy(), plan, 4), strict=True
    ):
        np.testing.assert_array_equal(tiles, expected)


def test_the_image_is_not_modified() -> None:
    image = noise((50, 60))
    before = image.copy()
    image.flags.writeable = False
    predict_tiled(image, pointwise, plan_tiles((50, 60), tile=32, overlap=8))
    np.testing.assert_array_equal(image, before)


def test_progress_counts_tiles_to_the_end() -> None:
    steps: list[tuple[int, int]] = []
    plan = plan_tiles((70, 90), tile=32, overlap=8)
    predict_tiled(noise((70, 90)), identity, plan, progress=lambda *x: steps.append(x))
    assert steps[-1] == (len(plan.corners), len(plan.corners))
    assert steps == sorted(steps)


def test_raising_from_progress_cancels() -> None:
    class CancelledError(Exception):
        pass

    def cancel(done: int, total: int) -> None:
        raise CancelledError

    plan = plan_tiles((70, 90), tile=32, overlap=8)
    with pytest.raises(CancelledError):
        predict_tiled(noise((70, 90)), identity, plan, progress=cancel)


@pytest.mark.parametrize("overlap", [-1, 65, 128])
def test_an_overlap_beyond_half_a_tile_is_refused(overlap: int) -> None:
    message = rf"overlap must be from 0 to half of tile \(64\); got {overlap}"
    with pytest.raises(ValueError, match=message):
        plan_tiles((200, 200), tile=128, overlap=overlap)
