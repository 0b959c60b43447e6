from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.synthetic_scene import (
    CAMERA_OFFSET,
    draw_nucleus,
    gaussian_blur,
    place_nuclei,
    proposed_centres,
    simulate_camera,
)


def test_a_nucleus_is_bright_inside_its_outline_only(rng: np.random.Generator) -> None:
    for _ in range(20):
        nucleus = draw_nucleus(20, rng)
        assert not nucleus.brightness[nucleus.radial_distance > 1].any()
        inside = nucleus.radial_distance < 1
        assert (nucleus.brightness[inside] > 0).all()
        assert 10 < np.sqrt(4 * inside.sum() / np.pi) < 40


def test_placed_nuclei_are_numbered_without_gaps(rng: np.random.Generator) -> None:
    labels, brightness = place_nuclei((200, 150), 12, 18, 0.3, rng)
    assert labels.shape == brightness.shape == (200, 150)
    assert np.unique(labels).tolist() == list(range(13))
    assert (brightness[labels > 0] > 0).mean() > 0.99


@pytest.mark.parametrize("touching", [0.0, 1.0])
def test_centres_lie_in_the_image(touching: float, rng: np.random.Generator) -> None:
    other = np.array([50.0, 60.0])
    centres = list(proposed_centres((100, 120), 9, [other], [9], touching, rng))
    assert all((0 <= c).all() and (c < (100, 120)).all() for c in centres)
    near = np.mean([np.linalg.norm(c - other) < 20 for c in centres])
    assert (near > 0.4) == bool(touching)


def test_a_camera_without_noise_sees_brightness_over_an_even_offset(
    rng: np.random.Generator,
) -> None:
    brightness = np.zeros((80, 80), np.float32)
    brightness[30:50, 30:50] = 1
    image = simulate_camera(brightness, 20, 0.0, rng)
    assert image.dtype == np.uint16
    assert image.min() >= CAMERA_OFFSET
    assert image[40, 40] > 3 * image[5, 5]


def test_a_blur_keeps_the_sum(rng: np.random.Generator) -> None:
    image = np.zeros((61, 61), np.float32)
    image[30, 30] = 5
    assert gaussian_blur(image, 4).sum() == pytest.approx(5, rel=1e-3)
