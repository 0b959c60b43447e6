from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image, Labels

from napari_nuclei import SegmentConfig, load_segmenter
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.widgets.layers.image_source import RegionChoice
from napari_nuclei.widgets.segment.live.live_inference import (
    MAX_NETWORK_PIXELS,
    bin_pixels,
    live_scale,
    make_screen_region,
    segment_screen,
)


@pytest.fixture
def segmenter(network):
    return Segmenter(network, ModelCard("discs", probability=0.4, splitting=0.6))


def ignore(step) -> None:
    pass


def segment_view(segmenter, layer, view, screen_pixels, config=None, **measured):
    point = (0,) * layer.ndim
    screen = make_screen_region(layer, point, RegionChoice(), view, screen_pixels)
    return screen, segment_screen(
        segmenter, screen, config or SegmentConfig(), ignore, **measured
    )


def test_a_close_view_is_segmented_at_full_resolution(spots, segmenter) -> None:
    screen, result = segment_view(segmenter, Image(spots[0]), ((0, 60), (60, 192)), 3.0)
    assert result.labels.shape == (60, 132)
    assert result.nuclei == 2
    assert screen.zoom == 1


@pytest.mark.parametrize("times", [4, 9])
def test_a_distant_view_is_segmented_at_the_resolution_of_the_screen(
    spots, segmenter, times
) -> None:
    image = spots[0].repeat(times, axis=0).repeat(times, axis=1)
    layer = Image(image)
    view = tuple((0, size) for size in image.shape)
    screen, result = segment_view(segmenter, layer, view, 1 / times)
    assert result.nuclei == 6
    assert result.labels.shape[0] == pytest.approx(128, rel=0.15)
    assert result.diameter == pytest.approx(20 * times, rel=0.3)
    labels = Labels(result.labels, **screen.source.transform)
    for number in range(1, 7):
        centroid = labels.data_to_world(
            np.argwhere(result.labels == number).mean(axis=0)
        )
        centres = np.argwhere(spots[1] > 0) * times + (times - 1) / 2
        assert np.linalg.norm(centres - centroid, axis=1).min() < times


def test_a_pyramid_is_read_at_the_level_of_the_screen(spots, segmenter) -> None:
    fine = spots[0].repeat(4, axis=0).repeat(4, axis=1)
    layer = Image([fine, fine[::2, ::2], fine[::4, ::4]], multiscale=True)
    view = tuple((0, size) for size in fine.shape)
    screen, result = segment_view(segmenter, layer, view, 0.3)
    assert screen.source.choice.level == 1
    assert result.nuclei == 6


def test_a_part_is_normalised_like_the_whole(spots, segmenter) -> None:
    layer = Image(spots[0])
    _, result = segment_view(
        segmenter, layer, ((60, 70), (0, 192)), 1.0
    )  # only background
    assert result.nuclei == 0
    assert result.diameter is None
    assert result.intensity.limits == (100.0, 4000.0)


def test_a_given_diameter_and_given_limits_are_not_measured_again(
    spots, segmenter, monkeypatch
) -> None:
    monkeypatch.setattr(Segmenter, "estimate_diameter", None)
    view = ((0, 128), (0, 192))
    _, result = segment_view(segmenter, Image(spots[0]), view, 1.0, diameter=20.0)
    assert result.nuclei == 6


def test_the_displayed_plane_of_a_stack_is_segmented(spots, segmenter) -> None:
    layer = Image(np.stack([spots[0], np.full_like(spots[0], 100)]))
    view = ((0, 2), (0, 128), (0, 192))
    screen = make_screen_region(layer, (1, 0, 0), RegionChoice(), view, 1.0)
    result = segment_screen(segmenter, screen, SegmentConfig(), ignore)
    assert result.labels.shape == (1, 128, 192)
    assert not result.labels.any()
    assert screen.source.transform["translate"][0] == 1


def test_sizes_are_in_pixels_of_the_image_at_any_zoom(spots, segmenter) -> None:
    image = spots[0].repeat(4, axis=0).repeat(4, axis=1)
    view = tuple((0, size) for size in image.shape)
    for largest, nuclei in ((6000, 6), (4000, 0)):
        config = SegmentConfig(max_size=largest)
        _, result = segment_view(segmenter, Image(image), view, 0.25, config)
        assert result.nuclei == nuclei


def test_the_number_of_pixels_for_the_network_is_limited() -> None:
    for fitting in (0.2, 1.0, 1.5):
        scale = live_scale(fitting, 1_000_000)
        smallest = (0.6 * fitting) ** 2 * 1_000_000
        assert scale**2 * 1_000_000 <= max(MAX_NETWORK_PIXELS, smallest) + 1
    assert live_scale(1.0, 100_000) == 1.0


def test_binning_preserves_the_mean() -> None:
    image = np.arange(48, dtype=np.uint16).reshape(6, 8)
    assert bin_pixels(image, 2).shape == (3, 4)
    assert bin_pixels(image, 2)[0, 0] == pytest.approx(image[:2, :2].mean(), abs=0.5)
    assert bin_pixels(image, 1) is image


def test_a_view_of_noise_has_no_nuclei_unless_corrections_are_switched_off() -> None:
    noise = np.random.default_rng(0).normal(20, 4, (400, 400)).astype(np.float32)
    view, bundled = ((0, 400), (0, 400)), load_segmenter()
    _, result = segment_view(bundled, Image(noise), view, 1.0)
    assert (result.nuclei, result.diameter, result.holds_noise) == (0, None, True)
    config = SegmentConfig(correct=False)
    _, result = segment_view(bundled, Image(noise), view, 1.0, config)
    assert not result.holds_noise
