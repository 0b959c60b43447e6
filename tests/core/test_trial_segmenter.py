from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.diameter import TARGET_RATIO
from napari_nuclei.core.normalize import percentile_limits
from napari_nuclei.core.trial_segmenter import TrialSegmenter

AUTO = SegmentConfig()


def bright(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
    """Return the brightness of bright pixels as foreground and inner distance."""
    found = np.where(tiles[..., :1] > 0.5, tiles[..., :1], 0)
    return np.concatenate([found, found], axis=-1)


@pytest.fixture
def segmenter() -> TrialSegmenter:
    card = ModelCard("bright", diameter=20, min_size=4, noise_confidence=0.9)
    return TrialSegmenter(bright, card)


def grid(discs, radius: int, brightness: float = 1.0) -> NDArray[np.float32]:
    """Return a prepared plane of discs of one radius."""
    step = 3 * radius
    spots = [
        (y, x, radius) for y in range(step, 256, step) for x in range(step, 256, step)
    ]
    values = np.float32(brightness) * (discs((256, 256), spots) > 0)
    return np.repeat(values[..., np.newaxis].astype(np.float32), 3, axis=-1)


def test_a_stated_diameter_needs_no_plane(segmenter: TrialSegmenter) -> None:
    def planes():
        raise AssertionError("a plane was read")
        yield

    config = SegmentConfig(diameter=40)
    expected = pytest.approx(TARGET_RATIO / 2)
    assert segmenter.choose_scale(planes(), config, None) == expected
    native = SegmentConfig(diameter="native")
    assert segmenter.choose_scale(planes(), native, None) == 1


def test_planes_without_confident_nuclei_do_not_vote(segmenter, discs) -> None:
    faint, confident = grid(discs, 5, 0.7), grid(discs, 10)
    alone = segmenter.estimate_diameter([confident], AUTO)
    assert segmenter.estimate_diameter([faint, faint, confident], AUTO) == alone
    assert segmenter.estimate_diameter([faint], AUTO) < alone


def test_three_confident_planes_are_enough(segmenter, discs) -> None:
    plane, read = grid(discs, 10), []

    def planes():
        for number in range(9):
            read.append(number)
            yield plane

    segmenter.estimate_diameter(planes(), AUTO)
    assert read == [0, 1, 2]


def test_empty_planes_have_no_diameter_and_are_not_resized(segmenter) -> None:
    empty = np.zeros((100, 100, 3), np.float32)
    assert np.isnan(segmenter.estimate_diameter([empty], AUTO))
    assert segmenter.choose_scale([empty], AUTO, None) == 1


def test_a_plane_is_read_with_its_preparation(segmenter, discs) -> None:
    pixels = (1000 * grid(discs, 10)[..., 0] + 50).astype(np.uint16)
    stack = np.stack([pixels, pixels + 5])
    layout = make_layout(stack.shape, "ZYX")
    read = segmenter.read_plane(stack, layout, 1, None, AUTO)
    np.testing.assert_array_equal(read.pixels, stack[1])
    assert read.preparation.limits == percentile_limits(stack[1])
    assert read.values.min() == 0
    assert read.values.max() == 1


def test_a_mask_is_refused(segmenter) -> None:
    mask = np.zeros((40, 40), bool)
    with pytest.raises(TypeError, match="boolean"):
        segmenter.read_plane(mask, make_layout(mask.shape), 0, None, AUTO)


def test_models_without_noise_confidence_correct_nothing(segmenter) -> None:
    unknown = TrialSegmenter(bright, replace(segmenter.card, noise_confidence=None))
    noise = np.random.default_rng(0).normal(size=(300, 300)).astype(np.float32)
    assert segmenter.choose_preparation(noise, AUTO).holds_noise
    assert not unknown.choose_preparation(noise, AUTO).holds_noise


@pytest.mark.parametrize(("side", "calls"), [(128, 1), (600, 2)])
def test_the_network_sees_a_small_plane_once(
    segmenter, discs, side: int, calls: int
) -> None:
    """The trial of the diameter at scale 1 has seen the whole plane."""
    spots = [(y, x, 10) for y in range(20, side, 30) for x in range(20, side, 30)]
    image = np.where(discs((side, side), spots) > 0, np.uint8(200), np.uint8(20))
    counts: list[int] = []

    def counting(tiles: NDArray[np.float32]) -> NDArray[np.float32]:
        counts.append(len(tiles))
        return bright(tiles)

    segmenter.network = counting
    (plane,) = segmenter.planes(image, make_layout(image.shape))
    assert len(plane.filtered.areas) == len(spots)
    assert len(counts) == calls
    assert segmenter.network is counting
