from __future__ import annotations

import json

import numpy as np
import pytest

from napari_nuclei.core.blocks import Window
from napari_nuclei.core.intensity import background
from napari_nuclei.core.intensity.background import (
    BackgroundMap,
    background_spread,
    cell_size,
    estimate_background,
    estimate_background_in_bands,
    filter_radius,
    has_bright_objects,
    smooth,
)

ROWS, COLUMNS = np.mgrid[:300, :260].astype(np.float32)


def test_windows_of_a_background_agree_with_the_plane_to_the_bit() -> None:
    values = np.random.default_rng(0).random((13, 11)).astype(np.float32)
    background = BackgroundMap(values, 24)
    whole = background.read(Window(0, 300, 0, 260))
    for window in (Window(0, 50, 0, 50), Window(37, 180, 101, 260)):
        np.testing.assert_array_equal(background.read(window), whole[window.index])


@pytest.mark.parametrize("shape", [(256, 256), (301, 199), (5, 7), (3, 300), (1, 1)])
def test_the_spread_is_that_of_a_dark_percentile_of_each_cell(
    rng: np.random.Generator, shape: tuple[int, int]
) -> None:
    values = rng.gamma(2, 50, shape).astype(np.float32)
    cells = [
        np.percentile(cell, 10)
        for band in np.array_split(values, background.COMPARED_CELLS)
        for cell in np.array_split(band, background.COMPARED_CELLS, axis=1)
        if cell.size
    ]
    low, high = np.percentile(cells, (5, 95))
    assert background_spread(values, (10, 60)) == float((high - low) / 50)


def test_a_gradient_is_found_below_nuclei(discs) -> None:
    gradient = 3 * ROWS + COLUMNS
    spots = [(y, x, 8) for y in range(20, 290, 40) for x in range(20, 250, 40)]
    plane = gradient + 500 * (discs((300, 260), spots) > 0)
    background = estimate_background(plane.astype(np.float32), 60)
    found = background.read(Window(0, 300, 0, 260))
    inner = np.s_[60:-60, 60:-60]
    assert np.abs(found - gradient)[inner].max() < 60


def test_the_spread_of_a_flat_background_is_small(discs) -> None:
    plane = 100 + 500 * (discs((300, 260), [(50, 50, 20), (200, 90, 20)]) > 0)
    flat = background_spread(plane.astype(np.float32), (100, 600))
    uneven = background_spread(plane + 4 * ROWS, (100, 1900))
    assert flat == pytest.approx(0)
    assert uneven > 0.4


def test_a_filter_depends_on_no_pixel_beyond_its_radius() -> None:
    plane = np.random.default_rng(1).random((80, 80)).astype(np.float32)
    radius = filter_radius(1.5)
    part = smooth(np.ascontiguousarray(plane[10:60, 20:70]), 1.5)
    inner = np.s_[radius:-radius, radius:-radius]
    expected = smooth(plane, 1.5)[10:60, 20:70][inner]
    np.testing.assert_array_equal(part[inner], expected)


def test_bright_and_dark_objects_are_distinguished(discs) -> None:
    spots = 300 * (discs((300, 260), [(50, 50, 9), (200, 90, 9)]) > 0)
    assert has_bright_objects((2 * ROWS + spots).astype(np.float32), 20)
    assert not has_bright_objects((2 * ROWS - spots).astype(np.float32), 20)


def test_a_map_is_the_same_after_a_json_file() -> None:
    values = np.random.default_rng(0).random((4, 5)).astype(np.float32)
    written = json.dumps(BackgroundMap(values, 8).as_dict())
    again = BackgroundMap.from_dict(json.loads(written))
    np.testing.assert_array_equal(again.values, values)
    earlier = BackgroundMap.from_dict({"values": values.tolist(), "cell": 8})
    np.testing.assert_array_equal(earlier.values, values)
    assert again.cell == earlier.cell == 8


def test_bands_give_the_background_of_the_whole_plane(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    values = np.random.default_rng(0).random((301, 260)).astype(np.float32)
    whole = estimate_background(values, 60)
    monkeypatch.setattr(background, "BAND_HEIGHT", 31)
    read: list[Window] = []

    def read_band(window: Window) -> np.ndarray:
        read.append(window)
        return values[window.index]

    bands = estimate_background_in_bands(values.shape, 60, read_band)
    assert len(read) > 5
    assert bands.cell == whole.cell
    np.testing.assert_array_equal(bands.values, whole.values)


def test_cells_of_a_very_large_plane_are_coarser_but_finer_than_the_disc() -> None:
    assert cell_size((4096, 4096), 60) == 2
    assert cell_size((100, 8192), 60) == 4
    assert cell_size((10**6, 10**6), 60) == 20
    assert cell_size((9, 9), 5) == 1


def test_a_plane_of_one_value_has_an_even_background() -> None:
    assert background_spread(np.full((40, 50), 7, np.float32), (7, 7)) == 0
