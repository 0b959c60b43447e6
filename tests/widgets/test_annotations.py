from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image

from napari_nuclei.training.datasets import Sample
from napari_nuclei.widgets.annotations import cut_quarters, hold_out, painted_samples
from napari_nuclei.widgets.source import read_source


def source_of(image):
    return read_source(Image(image, name="cells"), (0,) * image.ndim)


@pytest.fixture
def painted(discs, rng):
    """Return an image of four nuclei, one in each quarter."""
    labels = discs(
        (160, 200), [(40, 50, 8), (40, 150, 9), (120, 50, 10), (120, 150, 11)]
    )
    return Sample("cells", rng.integers(0, 255, (160, 200), np.uint8), labels)


def test_planes_without_paint_are_left_out(painted) -> None:
    stack = np.stack([painted.image] * 3)
    labels = np.stack([np.zeros_like(painted.labels), painted.labels, painted.labels])
    samples = painted_samples(source_of(stack), labels)
    assert [sample.name for sample in samples] == ["cells 1", "cells 2"]


def test_painting_on_changes_no_sample(painted) -> None:
    labels = painted.labels.copy()
    (sample,) = painted_samples(source_of(painted.image), labels)
    labels[:] = 7
    assert np.array_equal(sample.labels, painted.labels)


@pytest.mark.parametrize(
    ("labels", "message"),
    [
        (np.zeros((160, 200), int), "nothing is painted"),
        (np.ones((160, 100), int), r"image's shape \(160, 200\); got \(160, 100\)"),
    ],
    ids=["no paint", "another shape"],
)
def test_labels_that_teach_nothing_are_refused(painted, labels, message) -> None:
    with pytest.raises(ValueError, match=message):
        painted_samples(source_of(painted.image), labels)


def test_quarters_cover_every_pixel_once(painted) -> None:
    quarters = cut_quarters(painted)
    top, bottom = np.hstack([q.image for q in quarters[:2]]), quarters[2:]
    whole = np.vstack([top, np.hstack([q.image for q in bottom])])
    assert np.array_equal(whole, painted.image)
    assert len({quarter.name for quarter in quarters}) == 4


def test_of_a_single_image_one_quarter_is_held_out(painted) -> None:
    kept, held = hold_out([painted], 0.15, 0)
    assert len(kept) == 3
    assert len(held) == 1
    assert held[0].name not in {sample.name for sample in kept}


def test_of_several_images_a_share_is_held_out(painted) -> None:
    kept, held = hold_out([painted] * 10, 0.2, 0)
    assert (len(kept), len(held)) == (8, 2)


def test_paint_in_two_quarters_is_enough(painted) -> None:
    labels = painted.labels.copy()
    labels[labels > 2] = 0
    kept, held = hold_out([Sample("cells", painted.image, labels)], 0.15, 0)
    assert (len(kept), len(held)) == (1, 1)


@pytest.mark.parametrize(
    ("size", "nuclei", "message"),
    [
        ((160, 200), 1, "one quarter of the image only"),
        (
            (100, 200),
            4,
            "at least 128 pixels a side to train on it alone; got 100 x 200",
        ),
    ],
    ids=["one corner", "small"],
)
def test_an_image_without_room_for_a_hold_out_is_refused(
    painted, size, nuclei, message
) -> None:
    labels = np.where(painted.labels <= nuclei, painted.labels, 0)[: size[0], : size[1]]
    sample = Sample("cells", painted.image[: size[0], : size[1]], labels)
    with pytest.raises(ValueError, match=message):
        hold_out([sample], 0.15, 0)
