from __future__ import annotations

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from napari_nuclei.core.blocks import (
    Window,
    crop_plan,
    find_owned_nuclei,
    keys_to_labels,
    plan_blocks,
)
from napari_nuclei.core.tiling import plan_tiles, predict_tiled

SHAPES = st.tuples(st.integers(1, 200), st.integers(1, 200))


@given(shape=SHAPES, block=st.integers(8, 90))
def test_every_pixel_lies_in_one_block(shape: tuple[int, int], block: int) -> None:
    covered = np.zeros(shape, int)
    for window in plan_blocks(shape, block):
        covered[window.index] += 1
    assert (covered == 1).all()


def uneven(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return an output that depends on the whole tile and on a pixel's position."""
    rows = np.arange(tiles.shape[1], dtype=np.float32)[:, np.newaxis, np.newaxis]
    return tiles * rows + tiles.mean(axis=(1, 2), keepdims=True)


@given(shape=SHAPES, tile=st.sampled_from([16, 32]), data=st.data())
def test_a_window_has_the_same_output_from_its_tiles_as_from_all(
    shape: tuple[int, int], tile: int, data: st.DataObject
) -> None:
    image = np.random.default_rng(0).random((*shape, 3), np.float32)
    plan = plan_tiles(shape, tile=tile, overlap=tile // 4)
    top = data.draw(st.integers(0, shape[0] - 1))
    left = data.draw(st.integers(0, shape[1] - 1))
    bottom = data.draw(st.integers(top + 1, shape[0]))
    right = data.draw(st.integers(left + 1, shape[1]))
    window = Window(top, bottom, left, right)
    part, region = crop_plan(plan, window)
    whole = predict_tiled(image, uneven, plan)
    found = predict_tiled(image[region.index], uneven, part)
    inside = window.translated(-region.top, -region.left).index
    np.testing.assert_array_equal(found[inside], whole[window.index])


@pytest.mark.parametrize("block", [30, 64, 101])
def test_every_nucleus_has_one_owner_and_one_key(block: int) -> None:
    labels = np.zeros((200, 260), np.int32)
    rng = np.random.default_rng(1)
    for number in range(1, 150):
        centre = int(rng.integers(0, 260)), int(rng.integers(0, 200))
        cv2.circle(labels, centre, 6, number, cv2.FILLED)
    plane = Window(0, 200, 0, 260)
    keys = []
    for window in plan_blocks(labels.shape, block):
        seen = window.expanded(30).intersection(plane)
        nuclei = find_owned_nuclei(labels[seen.index], seen, window, labels.shape)
        keys.extend(nuclei.keys[nuclei.owned])
    present = np.setdiff1d(labels, [0])
    first = [np.flatnonzero(labels.ravel() == number)[0] for number in present]
    assert sorted(keys) == sorted(first)


def test_only_nuclei_that_a_window_cuts_are_marked_as_cut() -> None:
    labels = np.zeros((20, 20), np.int32)
    labels[0:4, 3:6] = 1
    labels[8:12, 16:20] = 2
    window = Window(0, 20, 0, 20)
    nuclei = find_owned_nuclei(labels, window, window, (20, 90))
    assert nuclei.cut.tolist() == [False, False, True]
    assert nuclei.owned.tolist() == [False, True, True]


def test_labels_are_ranks_among_all_keys() -> None:
    all_keys = np.array([3, 8, 20])
    keys = np.array([-1, 20, 3, 9, 99])
    assert keys_to_labels(keys, all_keys).tolist() == [0, 3, 1, 0, 0]
    assert keys_to_labels(keys, all_keys[:0]).tolist() == [0] * 5
