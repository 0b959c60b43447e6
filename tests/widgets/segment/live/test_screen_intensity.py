"""The live view reads the colour channel that Run reads."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
import pytest
from napari.layers import Image
from numpy.typing import NDArray

from napari_nuclei import SegmentConfig, Segmenter, load_segmenter, synthetic_nuclei
from napari_nuclei.widgets.layers.image_source import RegionChoice
from napari_nuclei.widgets.segment.live import screen_intensity
from napari_nuclei.widgets.segment.live.live_inference import (
    LiveResult,
    make_screen_region,
    segment_screen,
)
from napari_nuclei.widgets.segment.live.screen_intensity import (
    ScreenIntensity,
    measure_intensity,
)

Array = NDArray[Any]


@pytest.fixture(scope="module")
def real() -> Segmenter:
    return load_segmenter()


@pytest.fixture(scope="module")
def composite() -> Array:
    """Return nuclei in green, and brighter cytoplasm in red and blue."""
    nuclei, _ = synthetic_nuclei((320, 360), seed=11)
    low, high = np.percentile(nuclei, (0.5, 99.8))
    green = ((nuclei - low) / (high - low)).clip(0, 1).astype(np.float32)
    wide = cv2.dilate((green > 0.3).astype(np.float32), np.ones((17, 17)))
    grain = np.random.default_rng(3).uniform(0.4, 1, green.shape).astype(np.float32)
    red = cv2.GaussianBlur(wide * grain, (0, 0), 2)
    planes = [red, 0.3 * green, red[::-1]]
    return (np.stack(planes, -1) * 240).clip(0, 255).astype(np.uint8)


def live(
    segmenter: Segmenter, layer: Image, screen_pixels: float = 1.0, **how: Any
) -> LiveResult:
    choice = how.pop("choice", RegionChoice())
    shape = (layer.data[0] if layer.multiscale else layer.data).shape
    view = tuple((0, size) for size in shape[:2])
    screen = make_screen_region(layer, (0, 0), choice, view, screen_pixels)
    config = how.pop("config", SegmentConfig())
    return segment_screen(segmenter, screen, config, lambda step: None, **how)


def test_the_live_view_finds_the_nuclei_of_a_run(
    real: Segmenter, composite: Array
) -> None:
    run = real.run(composite)
    assert "Its green channel was segmented" in run.notes[0]
    result = live(real, Image(composite))
    assert result.intensity.channel == 1
    assert result.nuclei == pytest.approx(run.count, rel=0.05)
    together = live(real, Image(composite), config=SegmentConfig(correct=False))
    assert together.intensity.channel is None
    assert together.nuclei < 0.8 * result.nuclei


def test_a_channel_that_was_chosen_before_is_not_chosen_again(
    real: Segmenter, composite: Array, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = live(real, Image(composite))
    monkeypatch.setattr(screen_intensity, "choose_channel", None)
    again = live(real, Image(composite), intensity=first.intensity)
    np.testing.assert_array_equal(again.labels, first.labels)


def test_the_channel_that_a_user_names_is_read(
    real: Segmenter, composite: Array
) -> None:
    result = live(real, Image(composite), choice=RegionChoice(channel=1))
    assert result.intensity.channel is None
    assert result.nuclei == live(real, Image(composite)).nuclei


def test_a_pyramid_of_a_composite_is_read_by_its_channel(
    real: Segmenter, composite: Array
) -> None:
    levels = [composite, composite[::2, ::2], composite[::16, ::16]]
    result = live(real, Image(levels, multiscale=True, rgb=True))
    assert result.intensity.channel == 1


@pytest.mark.parametrize("kind", ["grey", "one colour", "tissue", "blank"])
def test_other_images_are_read_whole(
    kind: str, real: Segmenter, composite: Array
) -> None:
    green = 3 * composite[..., 1]
    image = {
        "grey": green,
        "one colour": np.stack([green, green, green // 2], -1),
        "tissue": np.stack([240 - green // 2, 230 - green // 2, 245 - green // 4], -1),
        "blank": np.full_like(composite, 7),
    }[kind]
    found = measure_intensity(real, [image], SegmentConfig())
    assert found.channel is None
    np.testing.assert_array_equal(found.select(image), image)


def test_a_channel_is_selected_with_or_without_alpha() -> None:
    pixels = np.arange(24).reshape(2, 3, 4)
    chosen = ScreenIntensity((0.0, 1.0), 2).select(pixels)
    np.testing.assert_array_equal(chosen, pixels[..., 2])
