from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.core.intensity.composite import choose_channel, composite_channels
from napari_nuclei.core.intensity.preparation import choose_preparation
from napari_nuclei.core.normalize import percentile_limits

Floats = NDArray[np.float32]


@pytest.fixture
def nuclei(discs) -> Floats:
    """Return 16 nuclei, 0 to 1, on black."""
    spots = [(y, x, 9) for y in range(25, 200, 50) for x in range(25, 200, 50)]
    bright = (discs((200, 200), spots) > 0).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(bright, (0, 0), 2), np.float32)


@pytest.fixture
def cells(discs) -> Floats:
    """Return a cell round each nucleus."""
    spots = [(y, x, 19) for y in range(25, 200, 50) for x in range(25, 200, 50)]
    bright = (discs((200, 200), spots) > 0).astype(np.float32)
    return np.asarray(cv2.GaussianBlur(bright, (0, 0), 2), np.float32) * 0.8


def rgb(*channels: Floats) -> NDArray[np.uint8]:
    return (np.stack(channels, axis=-1) * 250 + 2).clip(0, 255).astype(np.uint8)


def stained(nuclei: Floats, cells: Floats) -> NDArray[np.uint8]:
    """Return purple nuclei and pink cells on white."""
    green = (1 - 0.7 * nuclei - 0.3 * cells).clip(0, 1)
    return rgb(1 - 0.6 * nuclei, green, 1 - 0.3 * nuclei)


def test_channels_of_a_composite(nuclei: Floats, cells: Floats) -> None:
    none = np.zeros_like(nuclei)
    assert composite_channels(rgb(none, cells, nuclei)) == (1, 2)
    assert composite_channels(rgb(none, none, nuclei)) == (2,)
    assert composite_channels(rgb(nuclei, cells, cells[::-1])) == (0, 1, 2)


def test_depth_alpha_and_a_dim_background_change_nothing(
    nuclei: Floats, cells: Floats
) -> None:
    none = np.zeros_like(nuclei)
    deep = rgb(none, cells, nuclei).astype(np.uint16) * 257 + 3000
    assert composite_channels(deep) == (1, 2)
    alpha = np.full((*nuclei.shape, 1), 65535, np.uint16)
    assert composite_channels(np.concatenate([deep, alpha], axis=-1)) == (1, 2)
    assert composite_channels(deep.astype(np.float32) / 65535) == (1, 2)


def test_images_that_are_no_composites(nuclei: Floats, cells: Floats) -> None:
    tissue = stained(nuclei, cells)
    assert composite_channels(tissue) == ()
    padded = tissue.copy()
    padded[:, :120] = 0
    assert composite_channels(padded) == ()
    assert composite_channels(rgb(nuclei, nuclei, nuclei)) == ()
    tinted = rgb(nuclei * 0.3, nuclei * 0.6, nuclei)
    assert composite_channels(tinted) == ()
    assert composite_channels(np.zeros((50, 50, 3), np.uint8)) == ()


def count_discs(prepared: Floats) -> int:
    """Count compact bright parts; a stand-in for a network."""
    bright = (prepared[..., 2] > 0.5).astype(np.uint8)
    areas = cv2.connectedComponentsWithStats(bright)[2][1:, cv2.CC_STAT_AREA]
    return int(((areas > 50) & (areas < 500)).sum())


@pytest.mark.parametrize("channel", [0, 1, 2])
def test_the_channel_of_the_nuclei_is_chosen(
    nuclei: Floats, cells: Floats, channel: int
) -> None:
    channels = [np.zeros_like(nuclei)] * 3
    channels[channel], channels[channel - 1] = nuclei, cells
    image = rgb(*channels)

    def count(prepared: Floats) -> int:
        # All channels together show cells.
        alone = (prepared[..., 0] == prepared[..., 1]).all()
        return count_discs(prepared) if alone else 0

    assert choose_channel(image, percentile_limits(image), count) == channel
    chosen = choose_preparation(image, count, 20)
    assert chosen.channel == channel
    window = image[40:90, 30:110]
    assert chosen.select(window).shape == (50, 80)
    name = ("red", "green", "blue")[channel]
    assert f"Its {name} channel was segmented" in chosen.describe()[0]


def test_blue_is_preferred_to_a_channel_of_about_as_many_nuclei(
    nuclei: Floats, cells: Floats
) -> None:
    image = rgb(nuclei, cells, nuclei[::-1] * 0.9)
    counts = iter([0, 20, 5, 15])
    limits = percentile_limits(image)
    assert choose_channel(image, limits, lambda _: next(counts)) == 2
    counts = iter([0, 20, 5, 10])
    assert choose_channel(image, limits, lambda _: next(counts)) == 0


def test_all_channels_are_read_if_they_show_as_many_nuclei(
    nuclei: Floats, cells: Floats
) -> None:
    image = rgb(nuclei, cells, nuclei[::-1])
    assert choose_channel(image, percentile_limits(image), lambda _: 20) is None


def test_an_ordinary_colour_image_is_not_tried(nuclei: Floats, cells: Floats) -> None:
    def never(prepared: Floats) -> int:
        raise AssertionError("tissue was tried")

    tissue = stained(nuclei, cells)
    assert choose_channel(tissue, percentile_limits(tissue), never) is None
