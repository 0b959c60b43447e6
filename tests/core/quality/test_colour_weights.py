from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.quality.colour_weights import (
    EVEN_WEIGHTS,
    find_colour_weights,
    mix_colours,
)
from napari_nuclei.core.quality.flags import Flag

BLUE, BROWN, WHITE = (110, 120, 175), (125, 85, 55), (225, 222, 215)


@pytest.fixture
def stained(scene):
    """Return blue nuclei, half of them on brown tissue and half on white glass."""
    _, labels = scene
    noise = np.random.default_rng(0).normal(0, 4, (*labels.shape, 3))
    image = np.where(np.arange(320)[:, np.newaxis] < 160, BROWN, WHITE)
    image = np.broadcast_to(image[:, np.newaxis], noise.shape).copy()
    image[labels > 0] = BLUE
    return (image + noise).clip(0, 255).astype(np.uint8), labels


def test_blue_nuclei_on_brown_and_on_white_are_nuclei(stained, measure) -> None:
    image, labels = stained
    mean = image.mean(axis=-1)
    assert mean[labels > 0].mean() > mean[:160][labels[:160] == 0].mean() + 20
    assert mean[labels > 0].mean() < mean[160:][labels[160:] == 0].mean() - 20
    quality = measure(image, labels)
    assert quality.other_object_signs <= 1
    assert not {Flag.NOT_NUCLEI, Flag.LOW_CONTRAST} & {*quality.flags}


def test_the_mixture_does_not_depend_on_the_range(stained) -> None:
    image, labels = stained
    usual = find_colour_weights(image, labels)
    assert np.abs(usual).sum() == pytest.approx(1)
    for factor in (1 / 255, 256.0, 1e300):
        found = find_colour_weights(image * factor, labels)
        np.testing.assert_allclose(found, usual, atol=1e-6)
    mixed = mix_colours(image, usual)
    assert mixed.shape == labels.shape
    assert np.median(mixed[labels > 0]) > np.median(mixed[labels == 0])


def test_without_a_difference_all_colours_count_alike() -> None:
    image = np.full((4, 4, 4), 7, np.uint16)
    some = np.eye(4, dtype=np.int32)
    for pixels, labels in ((image, some), (image, some * 0), (image * 0, some)):
        found = find_colour_weights(pixels, labels)
        np.testing.assert_array_equal(found, EVEN_WEIGHTS)
