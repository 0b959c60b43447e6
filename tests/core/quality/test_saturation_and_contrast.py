from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.quality.saturation_and_contrast import (
    contrast_of_nuclei,
    measure_saturation,
)


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
@pytest.mark.parametrize("share", [0.05, 0.3])
def test_the_share_of_clipped_pixels_is_measured(scene, kind, share) -> None:
    image, labels = scene
    scaled = image / np.quantile(image[labels > 0], 1 - share) * 255
    clipped = scaled.clip(0, 255).astype(kind).astype(np.float32)
    assert measure_saturation(clipped, labels) == pytest.approx(share, abs=0.01)


def test_bright_nuclei_below_the_limit_are_not_saturated(scene) -> None:
    image, labels = scene
    assert measure_saturation(image, labels) == 0
    few = (image / image.max() * 12).round()  # many pixels share each value
    assert measure_saturation(few, labels) == 0
    assert measure_saturation(image, np.zeros_like(labels)) == 0


def test_the_contrast_of_each_nucleus_has_its_sign(discs) -> None:
    labels = discs((60, 60), [(15, 15, 6), (45, 45, 6)])
    labels[labels == 2] = 7  # numbers may be missing
    values = np.where(labels == 1, 30, np.where(labels == 7, 5, 10)).astype("f4")
    background = np.full(labels.shape, 10, np.float32)
    assert contrast_of_nuclei(values, labels, background).tolist() == [20, -5]
