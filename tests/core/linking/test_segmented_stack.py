from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.linking.segmented_stack import (
    config_of_slices,
    make_joiner,
)
from napari_nuclei.core.matching import count_objects
from napari_nuclei.core.segmenter import Segmenter

CARD = ModelCard("bright", diameter=20, min_size=4)
JOIN = SegmentConfig(diameter="native", join="z", correct=False)
BALLS = [(7, 30, 30), (6, 80, 34), (8, 60, 95)]


@pytest.fixture
def stack() -> tuple[NDArray[np.uint16], NDArray[np.int32]]:
    z, y, x = np.ogrid[:16, :110, :130]
    truth = np.zeros((16, 110, 130), np.int32)
    for number, (cz, cy, cx) in enumerate(BALLS, 1):
        square = ((z - cz) * 2.0) ** 2 + (y - cy) ** 2 + (x - cx) ** 2
        truth[square <= 100] = number
    return np.where(truth > 0, 3000, 100).astype(np.uint16), truth


def test_a_stack_has_one_number_per_nucleus(segmenter: Segmenter, stack) -> None:
    image, truth = stack
    result = segmenter.run(
        image, axes="ZYX", config=JOIN, pixel_size=1.0, z_spacing=2.0
    )
    found = count_objects(truth, result.labels, [0.95])[0]
    assert (found.tp, found.fp, found.fn) == (3, 0, 0)
    assert result.joined
    assert result.count == 3
    assert "3 nuclei in 16 slices, median diameter 20" in repr(result)
    assert result.notes == ()
    apart = segmenter.run(image, axes="ZYX", config=SegmentConfig(correct=False))
    assert "outlines in 16 slices (not joined)" in repr(apart)
    assert not apart.joined


def test_lazy_images_and_other_orders_of_axes_give_the_same_nuclei(
    segmenter: Segmenter, stack
) -> None:
    dask = pytest.importorskip("dask.array")
    image, _ = stack
    labels = segmenter.run(image, axes="ZYX", config=JOIN).labels
    lazy = dask.from_array(image, chunks=(5, 50, 130))
    found = segmenter.run(lazy, axes="ZYX", config=JOIN)
    np.testing.assert_array_equal(found.labels, labels)
    found = segmenter.run(image.transpose(1, 2, 0), axes="YXZ", config=JOIN)
    np.testing.assert_array_equal(found.labels, labels.transpose(1, 2, 0))


def test_limits_do_not_take_slices_out_of_nuclei(segmenter: Segmenter, stack) -> None:
    image, truth = stack
    sizes: Any
    for sizes in ({"min_size": 200}, {"max_size": 400}):
        config = SegmentConfig(diameter="native", join="z", correct=False, **sizes)
        labels = segmenter.run(image, axes="ZYX", config=config).labels
        # The tips of a ball have one pixel, which is below the card's smallest area.
        assert np.sum((labels > 0) != (truth > 0)) == 6
    config = SegmentConfig(diameter="native", join="z", correct=False, max_size=300)
    result = segmenter.run(image, axes="ZYX", config=config)
    assert (result.count, result.dropped.large) == (0, 3)


def test_slices_are_segmented_without_the_limits_of_nuclei() -> None:
    config = SegmentConfig(min_size=50, max_size=90, drop_border=True, join="z")
    slices = config_of_slices(config, CARD)
    assert (slices.min_size, slices.max_size, slices.drop_border) == (None, None, False)
    assert config_of_slices(SegmentConfig(min_size=2, join="z"), CARD).min_size == 2
    independent = SegmentConfig(min_size=50)
    assert config_of_slices(independent, CARD) is independent


@pytest.mark.parametrize(
    ("sizes", "notes"),
    [
        ((0.5, 2.0), ()),
        ((0.5, None), ("The distance between slices is not stated: slices are",)),
        ((None, 2.0), ("The pixel size is not stated: slices are taken to be as",)),
        ((None, None), ("The voxel size is not stated: slices are taken to be as",)),
    ],
)
def test_an_unknown_voxel_size_is_noted(sizes, notes) -> None:
    joiner, found = make_joiner(make_layout((4, 9, 9), "ZYX"), JOIN, *sizes)
    assert joiner is not None
    assert len(found) == len(notes)
    for note, start in zip(found, notes, strict=True):
        assert note.startswith(start)
    assert make_joiner(make_layout((9, 9)), SegmentConfig()) == (None, ())
