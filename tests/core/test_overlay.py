from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.overlay import LARGE_SIDE, draw_overlay
from napari_nuclei.core.targets import label_edges


@pytest.mark.parametrize(
    ("shape", "zoom"),
    [
        ((700, 900), 1),
        ((300, 400), 2),
        ((60, 60), 10),
        ((2, 3), 300),
        ((2, 2000), 1),
        ((10, 600), 4),
        ((3000, 4), 1),
    ],
    ids=str,
)
def test_small_images_are_enlarged_but_never_beyond_a_limit(
    shape: tuple[int, int], zoom: int
) -> None:
    picture = draw_overlay(np.zeros(shape, np.uint8), np.zeros(shape, np.int32))
    assert picture.shape == (shape[0] * zoom, shape[1] * zoom, 3)
    assert picture.dtype == np.uint8
    assert max(picture.shape) <= max(LARGE_SIDE, *shape)


@pytest.mark.parametrize("colours", [None, 1, 3, 4])
def test_only_outlines_are_painted(
    rng: np.random.Generator, discs, colours: int | None
) -> None:
    shape = (700, 650) if colours is None else (700, 650, colours)
    image = rng.integers(0, 255, shape, np.uint8)
    labels = discs((700, 650), [(100, 100, 40), (300, 300, 90), (300, 450, 60)])
    plain = draw_overlay(image, np.zeros_like(labels))
    picture = draw_overlay(image, labels)
    edges = label_edges(labels)
    np.testing.assert_array_equal(picture[~edges], plain[~edges])
    spread = picture[edges].max(axis=-1) - picture[edges].min(axis=-1)
    assert (spread > 20).mean() > 0.5  # outlines are coloured


def test_neighbours_have_outlines_of_different_colours(discs) -> None:
    labels = discs((700, 700), [(300, 250, 90), (300, 420, 90)])
    picture = draw_overlay(np.zeros_like(labels), labels)
    edges = label_edges(labels)
    one, two = (np.unique(picture[edges & (labels == n)], axis=0) for n in (1, 2))
    assert len(one) == len(two) == 1
    assert one.tolist() != two.tolist()


def test_the_image_and_the_labels_are_not_changed(discs) -> None:
    labels = discs((50, 50), [(20, 20, 8)])
    image = labels * 200
    labels.flags.writeable = image.flags.writeable = False
    draw_overlay(image, labels)
