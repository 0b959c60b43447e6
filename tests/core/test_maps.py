from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.config import ModelConfig, SegmentConfig
from napari_nuclei.config.outputs import FIRST_CHANNELS, ZERO_OFFSET, network_channels
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.confidence import ConfidenceCurve
from napari_nuclei.core.maps import (
    OutputMaps,
    find_unfiltered,
    full_foreground,
    label_maps,
    resize,
)
from napari_nuclei.core.targets import (
    decode_offsets,
    encode_offsets,
    inner_distance,
    label_centroids,
)

NAMES = network_channels(ModelConfig())
CARD = ModelCard("any", channels=NAMES, min_size=4)


@pytest.fixture
def truth(discs) -> NDArray[np.int32]:
    """Return two touching nuclei, a third one, and a fourth of a few pixels."""
    return discs((60, 100), [(30, 25, 14), (30, 52, 14), (30, 85, 10), (5, 95, 1)])


@pytest.fixture
def maps(truth: NDArray[np.int32]) -> OutputMaps:
    """Return the output of a perfect network."""
    offsets = np.moveaxis(encode_offsets(truth, label_centroids(truth)), -1, 0)
    planes = np.stack([truth > 0, inner_distance(truth), *offsets]).astype(np.float32)
    return OutputMaps(planes, (60, 100), 1.0, NAMES)


def test_channels_are_views_found_by_name(maps: OutputMaps) -> None:
    for number, name in enumerate(NAMES):
        np.testing.assert_array_equal(maps.channel(name), maps.channels[number])
        assert np.shares_memory(maps.channel(name), maps.channels)
    assert maps.offsets is not None
    assert np.shares_memory(maps.offsets, maps.channels)
    with pytest.raises(KeyError, match="no channel boundary"):
        maps.channel("boundary")


def test_a_network_may_have_the_foreground_alone(
    maps: OutputMaps, truth: NDArray[np.int32]
) -> None:
    alone = OutputMaps(maps.channels[:1], maps.shape, 1.0, FIRST_CHANNELS)
    assert alone.distance is None
    assert alone.offsets is None
    found = find_unfiltered(alone, CARD, SegmentConfig()).to_labels()
    np.testing.assert_array_equal(found > 0, truth > 0)


def test_the_order_of_channels_is_that_of_the_card(maps: OutputMaps) -> None:
    order = [0, 3, 2, 1]  # with offset_x before offset_y
    names = ("foreground", "offset_y", "offset_x", "distance")
    moved = OutputMaps(maps.channels[[0, 2, 3, 1]], maps.shape, 1.0, names)
    expected = label_maps(maps, CARD, SegmentConfig()).labels
    np.testing.assert_array_equal(
        label_maps(moved, CARD, SegmentConfig()).labels, expected
    )
    swapped = tuple(NAMES[number] for number in order)
    with pytest.raises(KeyError, match="are not adjacent"):
        _ = OutputMaps(maps.channels[order], maps.shape, 1.0, swapped).offsets


def test_offsets_are_scaled_with_the_plane(maps: OutputMaps) -> None:
    half = np.stack([resize(plane, (30, 50)) for plane in maps.channels])
    small = OutputMaps(half, maps.shape, 0.5, NAMES)
    assert small.offsets is not None
    before = decode_offsets(small.offsets)[:, 15, 7]
    full = small.at_full_size()
    assert full.offsets is not None
    assert full.channels.shape == (4, *maps.shape)
    assert (full.scale, full.names) == (1.0, NAMES)
    after = decode_offsets(full.offsets)[:, 30:32, 14:16].mean(axis=(1, 2))
    np.testing.assert_allclose(after, 2 * before, atol=0.6)
    np.testing.assert_allclose(full.offsets[:, 50:, :5], ZERO_OFFSET, atol=1e-6)


def test_a_small_and_an_unlikely_nucleus_are_left_out_and_counted(
    maps: OutputMaps, truth: NDArray[np.int32]
) -> None:
    maps.channels[0][truth == 3] = 0.6
    found = label_maps(maps, CARD, SegmentConfig(min_size=20, min_confidence=0.7))
    assert found.labels.max() == 2
    assert (found.dropped.small, found.dropped.low_confidence) == (1, 1)
    assert found.areas.tolist() == np.bincount(found.labels.ravel())[1:].tolist()


def test_the_foreground_has_the_size_of_the_plane(maps: OutputMaps) -> None:
    half = np.stack([resize(plane, (30, 50)) for plane in maps.channels])
    small = OutputMaps(half, maps.shape, 0.5, NAMES)
    assert full_foreground(small).shape == maps.shape
    np.testing.assert_array_equal(full_foreground(maps), maps.channels[0])


@pytest.mark.parametrize(("confidence", "count"), [(0.0, 4), (0.4, 3), (0.99, 0)])
def test_the_minimum_confidence_is_a_calibrated_probability(
    maps: OutputMaps, truth: NDArray[np.int32], confidence: float, count: int
) -> None:
    """A mean foreground probability of .6 is a confidence of .2, and .9 one of .77."""
    faint = maps.channels.copy()
    faint[0] *= np.where(truth == 3, 0.6, 0.9)
    curve = ConfidenceCurve(-2.0, 1.46)
    calibrated = replace(maps, channels=faint, curve=curve)
    config = SegmentConfig(min_confidence=confidence)
    found = label_maps(calibrated, CARD, config)
    assert len(found.areas) == len(found.confidence) == count
    np.testing.assert_allclose(found.confidence[:2], [0.77, 0.77][:count], atol=0.01)
    assert found.dropped.low_confidence == 4 - count


def test_the_confidence_of_a_model_without_curve_is_the_mean_probability(
    maps: OutputMaps,
) -> None:
    maps.channels[0] *= np.float32(0.8)
    found = label_maps(maps, CARD, SegmentConfig(min_confidence=0.79))
    np.testing.assert_allclose(found.confidence, 0.8, atol=1e-6)


@pytest.mark.parametrize("scale", [0.5, 1.0, 1.7])
def test_a_crop_is_the_window_of_the_resized_map(maps, scale) -> None:
    shape = maps.shape
    size = tuple(round(side * scale) for side in shape)
    channels = np.stack([resize(one, size) for one in maps.channels])
    maps = replace(maps, channels=channels, scale=scale)
    window = slice(11, 40), slice(17, 71)
    found = maps.crop("foreground", *window)
    resized = full_foreground(maps)
    if scale > 1:  # sampled, where resizing averages
        np.testing.assert_allclose(found, resized[window], atol=0.35)
        assert np.abs(found - resized[window]).mean() < 0.02
    else:
        np.testing.assert_allclose(found, resized[window], atol=0.03)


def blurred_discs(peaks: list[float]) -> OutputMaps:
    """Return maps of discs whose foreground probability falls to their rims."""
    rows, columns = np.mgrid[:40, : 40 * len(peaks)]
    distance = np.hypot(rows - 20, columns % 40 - 20)
    peak = np.repeat(peaks, 40)[np.newaxis]
    foreground = 1 / (1 + np.exp(0.4 * (distance - 6) - np.log(peak / (1 - peak))))
    channels = np.stack([foreground, np.clip(1 - distance / 14, 0, 1)])
    return OutputMaps(
        channels.astype(np.float32),
        foreground.shape,
        1.0,
        FIRST_CHANNELS,
        curve=ConfidenceCurve(-2.0, 2.5),
    )


@pytest.mark.parametrize("holds_noise", [False, True])
def test_a_lower_threshold_of_the_probability_never_finds_fewer(
    holds_noise: bool,
) -> None:
    maps = replace(
        blurred_discs([0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9]), holds_noise=holds_noise
    )
    card = ModelCard("any", min_confidence=0.45, min_size=1, noise_confidence=0.72)
    counts = [
        len(label_maps(maps, card, SegmentConfig(probability=probability)).areas)
        for probability in (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    ]
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > counts[4] > counts[-1]


def test_a_minimum_confidence_that_is_given_holds_at_any_threshold() -> None:
    maps, card = blurred_discs([0.6, 0.9]), ModelCard("any", min_size=1)
    for probability in (0.2, 0.5):
        config = SegmentConfig(probability=probability, min_confidence=0.6)
        assert (label_maps(maps, card, config).confidence >= 0.6).all()
