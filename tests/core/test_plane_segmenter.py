from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.config.outputs import REQUIRED_CHANNELS
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.diameter import TARGET_RATIO
from napari_nuclei.core.instances.filters import DroppedCounts
from napari_nuclei.core.maps import OutputMaps
from napari_nuclei.core.segmenter import Segmenter

CARD = ModelCard("bright", diameter=20, min_size=4)
DISCS = [(30, 30, 10), (30, 90, 10), (95, 40, 10), (100, 120, 10), (60, 160, 10)]


def bright(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the pixels brighter than half as nuclei."""
    inside = (tiles.mean(axis=-1, keepdims=True) > 0.5).astype(np.float32)
    return np.concatenate([inside, inside], axis=-1)


def bright_foreground(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
    return bright(tiles)[..., :1]


@pytest.fixture
def segmenter() -> Segmenter:
    return Segmenter(bright, CARD)


@pytest.fixture
def truth(discs) -> NDArray[np.int32]:
    return discs((130, 190), DISCS)


@pytest.fixture
def image(truth: NDArray[np.int32]) -> NDArray[np.uint16]:
    return np.where(truth > 0, 3000, 100).astype(np.uint16)


@pytest.mark.parametrize(
    ("diameter", "pixel_size", "scale"),
    [
        ("native", None, 1),
        (20, None, 1),
        (35, None, 1),
        (40, None, 0.5 * TARGET_RATIO),
        ("10", None, 2 * TARGET_RATIO),
        ("10um", 0.5, 1),
        ("20um", 0.5, 0.5 * TARGET_RATIO),
        ("10um", 1.0, 2 * TARGET_RATIO),
        (20_000, None, 1 / 32),
        (0.001, None, 8),
    ],
)
def test_the_diameter_sets_the_scale(
    segmenter: Segmenter,
    image: NDArray[Any],
    diameter: float | str,
    pixel_size: float | None,
    scale: float,
) -> None:
    config = SegmentConfig(diameter=diameter)
    plane = np.zeros((20, 20, 3), np.float32)
    assert segmenter.choose_scale([plane], config, pixel_size) == pytest.approx(scale)


def test_thresholds_of_the_card_are_used_unless_others_are_given() -> None:
    foreground = np.zeros((20, 40), np.float32)
    foreground[5:15, 5:15], foreground[5:15, 25:35] = 0.3, 0.7
    maps = OutputMaps(
        np.stack([foreground, foreground]), foreground.shape, 1.0, REQUIRED_CHANNELS
    )

    def count(card: ModelCard, **settings: float) -> int:
        config = SegmentConfig(**settings)
        return int(Segmenter(bright, card).label(maps, config).labels.max())

    assert count(ModelCard("high", probability=0.5)) == 1
    assert count(ModelCard("low", probability=0.2)) == 2
    assert count(ModelCard("low", probability=0.2), probability=0.5) == 1
    assert count(ModelCard("high", probability=0.5), probability=0.2) == 2
    assert count(ModelCard("high", min_size=101)) == 0
    assert count(ModelCard("high", min_size=101), min_size=100) == 1


def test_debris_does_not_count_as_small_nuclei() -> None:
    foreground = np.zeros((20, 60), np.float32)
    for size, left in ((2, 5), (5, 25), (10, 45)):
        foreground[5 : 5 + size, left : left + size] = 1
    maps = OutputMaps(
        np.stack([foreground, foreground]), foreground.shape, 1.0, REQUIRED_CHANNELS
    )
    segmenter = Segmenter(bright, ModelCard("bright", min_size=10))

    def dropped(min_size: float | None) -> DroppedCounts:
        return segmenter.label(maps, SegmentConfig(min_size=min_size)).dropped

    assert dropped(None) == DroppedCounts(debris=1)
    assert dropped(50) == DroppedCounts(small=1, debris=1)
    assert dropped(200) == DroppedCounts(small=2, debris=1)
    assert dropped(2) == DroppedCounts()


def test_maps_are_labelled_as_the_whole_run_does(
    segmenter: Segmenter, image: NDArray[Any]
) -> None:
    from napari_nuclei.core.normalize import normalize

    for diameter in ("native", 10, 45):
        config = SegmentConfig(diameter=diameter)
        plane = normalize(image)
        scale = segmenter.choose_scale([plane], config, None)
        maps = segmenter.predict_plane(plane, scale=scale, config=config)
        np.testing.assert_array_equal(
            segmenter.label(maps, config).labels,
            segmenter.segment(image, config=config),
        )


def test_a_network_of_one_input_gets_grey_tiles(image: NDArray[Any]) -> None:
    shapes: set[tuple[int, ...]] = set()

    def network(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        shapes.add(tiles.shape[1:])
        return bright(tiles)

    Segmenter(network, ModelCard("grey", inputs=1)).segment(image, tile=64)
    assert shapes == {(64, 64, 1)}


def test_a_network_of_one_size_gets_tiles_of_that_size(
    image: NDArray[Any],
) -> None:
    shapes: set[tuple[int, ...]] = set()

    def network(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        shapes.add(tiles.shape[1:])
        return bright(tiles)

    card = ModelCard("fixed", patch_size=48, any_size=False)
    Segmenter(network, card).segment(image, tile=256, overlap=100)
    assert shapes == {(48, 48, 3)}


def test_flat_tiles_are_skipped_unless_switched_off() -> None:
    counts: list[int] = []

    def network(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        counts.append(len(tiles))
        return np.ones((*tiles.shape[:3], 2), np.float32)

    segmenter = Segmenter(network, CARD)
    plane = np.full((128, 512, 3), 0.5, np.float32)
    plane[40:60, 20:40] = 0.9
    skipping = segmenter.predict_plane(plane, config=SegmentConfig(tile=128))
    in_skipping = sum(counts)
    whole = segmenter.predict_plane(
        plane, config=SegmentConfig(tile=128, skip_flat=False)
    )
    assert in_skipping == 1
    assert sum(counts) - in_skipping == 5
    assert whole.foreground.all()
    assert not skipping.foreground[:, 200:].any()
