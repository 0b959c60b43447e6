from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.core.intensity.skipped_tiles import (
    RememberingNetwork,
    all_flat,
    is_flat,
    skip_tiles,
)
from napari_nuclei.core.normalize import normalize
from napari_nuclei.core.synthetic import synthetic_nuclei
from napari_nuclei.core.tiling import plan_tiles


def count_tiles(counts: list[int]):
    def network(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        counts.append(len(tiles))
        return np.ones((*tiles.shape[:3], 2), np.float32)

    return network


@pytest.mark.parametrize("flat", [True, False])
def test_the_network_is_not_run_on_tiles_of_zeros(flat: bool) -> None:
    counts: list[int] = []
    tiles = np.zeros((3, 32, 32, 3), np.float32)
    tiles[1, 4:12, 4:12] = 0.5
    outputs = skip_tiles(count_tiles(counts), 2, flat=flat)(tiles)
    assert counts == [1]
    assert outputs[1].all()
    assert not outputs[[0, 2]].any()


def test_an_even_background_is_skipped_only_with_flat() -> None:
    tiles = np.full((2, 32, 32, 3), 0.92, np.float32)
    for flat, expected in ((True, []), (False, [2])):
        counts: list[int] = []
        outputs = skip_tiles(count_tiles(counts), 2, flat=flat)(tiles)
        assert counts == expected
        assert outputs.any() == (not flat)


def test_noise_of_glass_is_flat(rng: np.random.Generator) -> None:
    noise = rng.normal(0.92, 0.03, (288, 288, 3)).astype(np.float32)
    assert is_flat(noise)


@pytest.mark.parametrize("contrast", [0.1, -0.1])
@pytest.mark.parametrize("corner", [(0, 0), (100, 3), (270, 270)])
def test_a_faint_nucleus_anywhere_in_a_tile_is_not_flat(
    contrast: float, corner: tuple[int, int]
) -> None:
    tile = np.full((288, 288, 3), 0.5, np.float32)
    y, x = corner
    tile[y : y + 18, x : x + 18, 1] += contrast
    assert not is_flat(tile)


@pytest.mark.parametrize("shape", [(2, 2), (3, 128), (7, 5)])
def test_small_tiles_are_judged_by_all_their_pixels(shape: tuple[int, int]) -> None:
    tile = np.zeros((*shape, 1), np.float32)
    assert is_flat(tile)
    tile[:, -1] = 1
    assert not is_flat(tile)


def test_structure_finer_than_a_cell_is_not_flat() -> None:
    board = (np.indices((128, 128)).sum(axis=0) % 2).astype(np.float32)
    assert not is_flat(np.repeat(board[..., np.newaxis], 3, axis=-1))


def test_every_window_with_a_nucleus_has_structure() -> None:
    image, truth = synthetic_nuclei((384, 384), seed=3)
    values = np.ascontiguousarray(normalize(image))
    for y in range(0, 384, 64):
        for x in range(0, 384, 64):
            window = np.s_[y : y + 64, x : x + 64]
            if np.bincount(truth[window].ravel())[1:].max(initial=0) >= 30:
                assert not is_flat(values[window])


def test_a_plan_is_flat_if_each_tile_is() -> None:
    # A slow gradient is flat in each tile, though not in the whole image.
    ramp = np.linspace(0, 0.2, 1024, dtype=np.float32)
    image = np.broadcast_to(ramp[:, np.newaxis, np.newaxis], (1024, 128, 3)).copy()
    plan = plan_tiles((1024, 128), tile=128, overlap=32)
    assert all_flat(image, plan)
    image[700:716, 50:66] += 0.3
    assert not all_flat(image, plan)


def test_a_tile_of_a_call_of_its_own_is_remembered(rng: np.random.Generator) -> None:
    counts: list[int] = []
    network = RememberingNetwork(count_tiles(counts))
    tiles = rng.random((2, 32, 32, 3), np.float32)
    for some in (tiles, tiles, tiles[:1], tiles[1:], tiles[:1].copy(), tiles[1:]):
        assert network(some).shape == (*some.shape[:3], 2)
    assert counts == [2, 2, 1, 1]


def test_a_remembering_network_has_the_attributes_of_its_network() -> None:
    network = count_tiles([])
    assert not hasattr(RememberingNetwork(network), "at_once")
    network.at_once = lambda side: 3 * side
    assert RememberingNetwork(network).at_once(32) == 96
