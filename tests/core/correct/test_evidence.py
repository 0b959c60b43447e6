from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.correct.crop import make_crop
from napari_nuclei.core.correct.evidence import Maps, contrast

CENTRE = (slice(19, 22), slice(19, 22))


@pytest.mark.parametrize("dark", [False, True])
def test_bright_and_dark_nuclei_have_contrast(dark: bool) -> None:
    y, x = np.ogrid[:40, :40]
    nucleus = np.hypot(y - 20, x - 20) < 8
    image = np.where(nucleus != dark, 200, 20).astype(np.float32)
    found = contrast(image, CENTRE, 16, np.ones((40, 40), bool))
    assert found[20, 20] == pytest.approx(1, abs=0.05)
    assert found[2, 2] < 0.05


def test_a_flat_image_has_no_contrast() -> None:
    flat = np.full((40, 40), 7, np.float32)
    assert not contrast(flat, CENTRE, 16, np.ones((40, 40), bool)).any()


def test_the_image_is_used_where_the_network_sees_nothing() -> None:
    crop = make_crop(np.zeros((40, 40), np.int32), (slice(0, 40), slice(0, 40)))
    image = np.zeros((40, 40, 3), np.uint8)
    image[15:26, 15:26] = 255
    free = np.ones((40, 40), bool)
    blind = np.full((40, 40), 0.001, np.float32)
    assert Maps(blind, image).evidence(crop, CENTRE, 16, free)[20, 20] > 0.9
    assert Maps(blind).evidence(crop, CENTRE, 16, free).max() < 0.01
    with pytest.raises(ValueError, match="probability or the image"):
        Maps()
