from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.blocks import Window
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.intensity.preparation import Preparation
from napari_nuclei.core.normalize import percentile_limits
from napari_nuclei.core.plane_regions import (
    ImageStatistics,
    PlaneRegion,
    plan_window,
    read_window,
    spread_evenly,
)
from napari_nuclei.core.segmentation import PlaneResult
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import plan_tiles

SHAPE = (180, 230)
WINDOWS = [Window(40, 120, 60, 170), Window(0, 50, 0, 60), Window(150, 180, 200, 230)]
CONFIG = SegmentConfig(tile=64, overlap=16)


def network(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return an output that differs at edges of tiles: positions of tiles matter."""
    inside = (tiles.mean(axis=-1) > 0.5).astype(np.float32)
    inside[:, 0] *= 0.9
    return np.stack([inside, inside], axis=-1)


@pytest.fixture
def segmenter() -> Segmenter:
    return Segmenter(network, ModelCard("bright", diameter=16, min_size=4))


@pytest.fixture
def image(discs) -> NDArray[np.uint16]:
    positions = [(r, c, 8) for r in range(10, 180, 23) for c in range(10, 230, 21)]
    return np.where(discs(SHAPE, positions) > 0, 3000, 100).astype(np.uint16)


def segment(
    segmenter: Segmenter,
    image: NDArray[Any],
    windows: list[Window],
    scale: Fraction,
    config: SegmentConfig = CONFIG,
) -> list[PlaneResult]:
    statistics = ImageStatistics((Preparation(percentile_limits(image)),), scale)
    return list(
        segmenter.planes(
            image,
            make_layout(image.shape),
            regions=[PlaneRegion(0, window) for window in windows],
            statistics=statistics,
            config=config,
        )
    )


@pytest.mark.parametrize("scale", ["1", "1/2", "2/3", "3/2"])
@pytest.mark.parametrize("window", WINDOWS, ids=str)
def test_a_window_has_the_output_of_the_whole_plane(
    segmenter: Segmenter, image: NDArray[Any], window: Window, scale: str
) -> None:
    whole = Window(0, SHAPE[0], 0, SHAPE[1])
    (all_of_it,) = segment(segmenter, image, [whole], Fraction(scale))
    (part,) = segment(segmenter, image, [window], Fraction(scale))
    assert part.pixels.shape == part.filtered.labels.shape == part.window.shape
    np.testing.assert_array_equal(part.pixels, image[part.window.index])
    margin = 4 if scale != "1" else 0  # maps are resized at their own border
    inner = Window(
        window.top + margin * (window.top > 0),
        window.bottom - margin * (window.bottom < SHAPE[0]),
        window.left + margin * (window.left > 0),
        window.right - margin * (window.right < SHAPE[1]),
    )
    inside = inner.translated(-part.window.top, -part.window.left)
    np.testing.assert_array_equal(
        part.foreground[inside.index], all_of_it.foreground[inner.index]
    )


def test_the_window_of_the_whole_plane_gives_the_labels_of_the_plane(
    segmenter: Segmenter, image: NDArray[Any]
) -> None:
    config = SegmentConfig(diameter="native", tile=64, overlap=16)
    whole = Window(0, SHAPE[0], 0, SHAPE[1])
    (result,) = segment(segmenter, image, [whole], Fraction(1), config)
    labels = segmenter.segment(image, config=config)
    assert labels.max() > 50
    np.testing.assert_array_equal(result.labels, labels)


def test_only_nuclei_at_the_border_of_the_plane_are_dropped(
    segmenter: Segmenter, image: NDArray[Any]
) -> None:
    image = image.copy()
    image[:20, :20] = 3000
    config = SegmentConfig(tile=64, overlap=16, drop_border=True)
    window = Window(0, 60, 0, 36)  # its right edge cuts nuclei
    (result,) = segment(segmenter, image, [window], Fraction(1), config)
    labels = result.filtered.labels
    assert not labels[0].any()
    assert not labels[:, 0].any()
    assert labels[:, -1].any()
    assert result.filtered.dropped.border == 1
    areas = np.bincount(labels.ravel(), minlength=len(result.filtered.areas) + 1)[1:]
    np.testing.assert_array_equal(result.filtered.areas, areas)


def test_windows_need_statistics(segmenter: Segmenter, image: NDArray[Any]) -> None:
    regions = [PlaneRegion(0, WINDOWS[0])]
    with pytest.raises(ValueError, match="statistics must be given"):
        list(segmenter.planes(image, make_layout(SHAPE), regions=regions))


def test_some_planes_of_a_stack_can_be_segmented(
    segmenter: Segmenter, image: NDArray[Any]
) -> None:
    stack = np.stack([image, image[::-1], image])
    layout = make_layout(stack.shape, "ZYX")
    results = list(
        segmenter.planes(stack, layout, regions=[PlaneRegion(2), PlaneRegion(1)])
    )
    assert [result.plane_index for result in results] == [(2,), (1,)]
    expected = segmenter.segment(image)
    np.testing.assert_array_equal(results[0].labels, expected)
    first, second = (np.unique(result.labels)[1:] for result in results)
    assert second.min() == first.max() + 1


def test_tiles_are_run_with_their_positions_in_the_plane(
    segmenter: Segmenter, image: NDArray[Any]
) -> None:
    positions: dict[tuple[int, int], NDArray[np.float32]] = {}

    def run_tiles(network: Any, plane: int, corners: Any, tiles: Any) -> Any:
        assert plane == 0
        positions.update(zip(corners, tiles, strict=True))
        return network(tiles)

    list(
        segmenter.planes(
            image,
            make_layout(SHAPE),
            regions=[PlaneRegion(0, WINDOWS[0])],
            statistics=ImageStatistics((Preparation((100, 3000)),), Fraction(1)),
            run_tiles=run_tiles,
            config=CONFIG,
        )
    )
    assert len(positions) > 2
    plan = segmenter.plan(SHAPE, CONFIG)
    assert set(positions) <= set(plan.corners)
    for (row, column), tile in positions.items():
        part = image[row : row + plan.tile, column : column + plan.tile]
        np.testing.assert_array_equal(tile[..., 0] > 0.5, part > 1000)


def test_a_window_at_the_end_of_a_plane_repeats_the_last_pixels() -> None:
    image = np.arange(12, dtype=np.uint8).reshape(3, 4)
    layout = make_layout(image.shape)
    window, preparation = Window(1, 5, 2, 6), Preparation((0, 11))
    pixels, values = read_window(image, layout, (), window, preparation)
    assert pixels.tolist() == [[6, 7, 7, 7], *[[10, 11, 11, 11]] * 3]
    assert (values[..., 0] * 11).round().tolist() == pixels.tolist()


def test_a_smoothed_window_is_that_part_of_the_smoothed_plane() -> None:
    image = np.random.default_rng(0).integers(0, 4000, (90, 80)).astype(np.uint16)
    layout = make_layout(image.shape)
    preparation = Preparation((0, 4000), smoothing=1.5)
    window = Window(30, 60, 0, 50)
    _, values = read_window(image, layout, (), window, preparation)
    whole = preparation.apply(image, Window(0, 90, 0, 80))
    np.testing.assert_array_equal(values, whole[window.index])


def test_tiles_of_a_window_have_their_positions_in_the_plane() -> None:
    plan = plan_window(Window(100, 110, 0, 10), (400, 400), Fraction(1, 2), plan_tiles)
    corners = plan_tiles((200, 200)).corners
    area = plan.tile_area
    for row, column in plan.tiles.corners:
        assert (row + area.top, column + area.left) in corners


@pytest.mark.parametrize(
    ("count", "planes"), [(1, [0]), (2, [0, 1]), (3, [0, 1, 2]), (8, [0, 3, 7])]
)
def test_sampled_planes_begin_with_the_first_middle_and_last(
    count: int, planes: list[int]
) -> None:
    assert spread_evenly(range(count))[:3] == planes


@pytest.mark.parametrize("count", [1, 5, 9, 200])
def test_sampled_planes_are_all_or_nine_different_ones(count: int) -> None:
    planes = spread_evenly(range(count))
    assert len(set(planes)) == len(planes) == min(count, 9)
    assert planes[0] == 0
    assert max(planes) == count - 1
