from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.data.image_kind import image_kind
from napari_nuclei.data.sample import Sample


@pytest.mark.parametrize(
    ("colours", "inside", "radius", "kind"),
    [
        ((1, 1, 1), 200, 6, "grey, dark background, small nuclei"),
        ((1, 1, 1), 20, 6, "grey, bright background, small nuclei"),
        ((1, 0.5, 1), 20, 6, "colour, bright background, small nuclei"),
        ((0, 0, 1), 200, 30, "colour, dark background, large nuclei"),
    ],
)
def test_colour_background_and_size_make_the_kind(
    discs, colours: tuple[float, ...], inside: int, radius: int, kind: str
) -> None:
    labels = discs((90, 90), [(45, 45, radius)])
    plane = np.where(labels > 0, inside, 100)
    image = (plane[..., np.newaxis] * np.array(colours)).astype(np.uint8)
    assert image_kind(Sample("a", image, labels)) == kind


def test_an_image_without_nuclei_has_a_kind_too() -> None:
    image = np.zeros((20, 20), np.uint8)
    image[5, 5] = 90
    assert image_kind(Sample("a", image, image * np.int32(0))).startswith("grey, dark")
