from __future__ import annotations

import cv2
import numpy as np
import pytest

from napari_nuclei.core.quality.assess_plane import share_unclear
from napari_nuclei.core.quality.flags import Flag


def contrast(image, labels) -> float:
    return float(np.median(image[labels > 0]) - np.median(image[labels == 0]))


def blurred(image, labels):
    return cv2.GaussianBlur(image, (0, 0), 4)


def saturated(image, labels):
    return np.minimum(image, np.quantile(image[labels > 0], 0.9))


def noisy(image, labels):
    noise = np.random.default_rng(0).normal(0, contrast(image, labels) / 2, image.shape)
    return (image + noise).astype(np.float32)


def few_levels(image, labels):
    return (image / contrast(image, labels) * 2).round().astype(np.uint8)


def gradient(image, labels):
    ramp = np.linspace(0, 1.5 * contrast(image, labels), image.shape[1])
    return (image + ramp).astype(np.float32)


CHANGES = {
    blurred: Flag.OUT_OF_FOCUS,
    saturated: Flag.SATURATED,
    noisy: Flag.LOW_CONTRAST,
    few_levels: Flag.LOW_CONTRAST,
    gradient: Flag.UNEVEN_BACKGROUND,
}


@pytest.mark.parametrize(
    ("change", "flag"), CHANGES.items(), ids=[c.__name__ for c in CHANGES]
)
def test_a_fault_of_an_image_has_its_flag_alone(scene, measure, change, flag) -> None:
    image, labels = scene
    assert measure(image, labels).flags == ()
    assert measure(change(image, labels), labels).flags == (flag,)


@pytest.mark.parametrize(
    "convert",
    [
        lambda image: image,
        lambda image: image.astype(np.uint16),
        lambda image: image.astype(np.float64) * 1e300,
        lambda image: image.astype(np.int64) + 2**40,
        lambda image: image.max() - image,
        lambda image: np.stack([image.astype(np.uint16)] * 3, axis=-1),
        lambda image: image[..., np.newaxis],
    ],
    ids=["float", "uint16", "huge", "int64", "dark nuclei", "grey RGB", "one channel"],
)
def test_the_type_and_the_sign_of_an_image_change_nothing(
    scene, measure, convert
) -> None:
    image, labels = scene
    usual, found = measure(image, labels), measure(convert(image), labels)
    assert found.flags == ()
    assert found.focus == pytest.approx(usual.focus, rel=0.05)
    assert found.background_unevenness == pytest.approx(
        usual.background_unevenness, rel=0.05
    )


@pytest.mark.parametrize("side", [700, 1500])
def test_large_planes_and_large_nuclei_are_measured_alike(scene, measure, side) -> None:
    image, labels = scene
    size = (side, side)
    large = cv2.resize(image, size, interpolation=cv2.INTER_CUBIC)
    enlarged = cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST)
    quality = measure(large, enlarged, scale=320 / side)
    assert quality.flags == ()
    assert quality.network_diameter == pytest.approx(
        measure(image, labels).network_diameter, rel=0.02
    )
    assert measure(blurred(large, enlarged), enlarged, scale=320 / side).focus < (
        quality.focus
    )


def test_an_image_without_nuclei_is_empty(measure) -> None:
    nothing = np.zeros((64, 64), np.int32)
    quality = measure(np.zeros((64, 64), np.uint8), nothing)
    assert quality.flags == (Flag.EMPTY,)
    assert np.isnan(quality.focus)


@pytest.mark.parametrize("shape", [(1, 1), (3, 5), (1, 200), (300, 20)])
@pytest.mark.parametrize("value", [0, 1], ids=["flat", "varied"])
def test_tiny_and_flat_planes_are_measured(measure, shape, value) -> None:
    rng = np.random.default_rng(0)
    pixels = value * rng.integers(0, 200, shape).astype(np.uint8)
    measure(pixels, np.ones(shape, np.int32))
    one = np.zeros(shape, np.int32)
    one[0, 0] = 3
    measure(pixels, one)


def test_sizes_borders_and_confidence_are_flagged(scene, measure) -> None:
    image, labels = scene
    assert measure(image, labels, scale=0.3).flags == (Flag.UNUSUAL_SIZE,)
    assert measure(image, labels, scale=8.0).flags == (Flag.UNUSUAL_SIZE,)
    assert Flag.LOW_CONFIDENCE in measure(image, labels, confidence=0.6).flags
    strip = measure(image[:22], labels[:22])
    assert Flag.CUT_BY_BORDER in strip.flags


def test_objects_without_contrast_are_not_nuclei(scene, measure) -> None:
    image, labels = scene
    rng = np.random.default_rng(1)
    texture = cv2.GaussianBlur(rng.normal(size=image.shape).astype("f4"), (0, 0), 3)
    quality = measure(texture, labels, confidence=0.72, low_confidence=80)
    assert Flag.NOT_NUCLEI in quality.flags


def test_certain_foreground_is_clear() -> None:
    assert share_unclear(np.array([[0, 1, 1]], np.float32)) == 0
    assert share_unclear(np.full((2, 2), 0.5, np.float32)) == 1
    assert share_unclear(np.zeros((2, 2), np.float32)) == 0
