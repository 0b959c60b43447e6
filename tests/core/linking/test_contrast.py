from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.linking.contrast import measure_background, quick_median


def draw_slice(background: np.ndarray, contrast: float, rng: np.random.Generator):
    labels = np.zeros(background.shape, np.int32)
    labels[20:32, 20:32], labels[60:72, 90:102] = 1, 2
    noise = rng.normal(0, 2, background.shape)
    return background + contrast * (labels > 0) + noise, labels


@pytest.mark.parametrize("contrast", [100, -100], ids=["bright", "dark"])
def test_nuclei_stand_out_from_an_uneven_background(
    rng: np.random.Generator, contrast: float
) -> None:
    slope = np.linspace(200, 400, 120) + np.zeros((96, 120))
    pixels, labels = draw_slice(slope, contrast, rng)
    found = measure_background(pixels, labels, 12).contrast(pixels)
    assert found.dtype == np.float32
    for number in (1, 2):
        inner = found[labels == number].reshape(12, 12)[3:-3, 3:-3]
        assert inner.mean() == pytest.approx(100, abs=15)
    assert np.abs(found[40:56]).max() < 60


def test_colours_are_averaged_and_a_slice_full_of_nuclei_has_a_background() -> None:
    pixels = np.zeros((16, 16, 4), np.uint8)
    pixels[4:, :, :3] = 30, 60, 90
    pixels[..., 3] = 255
    full = np.ones((16, 16), np.int32)
    assert measure_background(pixels, full, 8).contrast(pixels)[
        8:
    ].min() == pytest.approx(60)


def test_the_quick_median_is_the_median(rng) -> None:
    for count in (1, 2, 3, 10, 255, 256):
        values = rng.normal(300, 40, count).astype(np.float32)
        assert quick_median(values) == np.median(values)
