from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.blocks import Window
from napari_nuclei.core.intensity.preparation import Preparation
from napari_nuclei.core.plane_regions import ImageStatistics
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.io.lazy_images import LazyImage
from napari_nuclei.scale.block import Block, BlockFailure, BlockResult, read_block
from napari_nuclei.scale.block_task import MAX_ATTEMPTS, BlockTask

SIZE = 64
BLOCKS = [
    Block(0, Window(0, 60, 0, 64)),
    Block(0, Window(0, 60, 64, 90)),
]


@pytest.fixture
def task(tmp_path: Path, segmenter: Segmenter, image: NDArray[np.uint8]) -> BlockTask:
    config = SegmentConfig(diameter="native", tile=32, overlap=8)
    return BlockTask(
        segmenter,
        LazyImage(image, None, None, "image"),
        make_layout(image.shape),
        ImageStatistics((Preparation((10, 200)),), Fraction(1)),
        config,
        margin=20,
        folder=tmp_path,
        block_size=SIZE,
    )


def test_every_nucleus_belongs_to_one_block(
    task: BlockTask, truth: NDArray[np.int32]
) -> None:
    results = [task.segment(block) for block in BLOCKS]
    owned = [result.nuclei.keys[result.nuclei.owned] for result in results]
    keys = np.concatenate(owned).tolist()
    first_pixels = [int(np.flatnonzero(truth == n)[0]) for n in (1, 2, 3)]
    assert sorted(keys) == sorted(first_pixels)
    shown = np.concatenate([result.labels > 0 for result in results], axis=1)
    np.testing.assert_array_equal(shown, truth > 0)


def test_nuclei_are_measured_in_pixels_of_the_plane(
    task: BlockTask, truth: NDArray[np.int32]
) -> None:
    result = task.segment(BLOCKS[1])
    areas = dict(zip(result.table["label"], result.table["area"], strict=True))
    for number, area in areas.items():
        key = result.nuclei.keys[number]
        label = truth.ravel()[key]
        assert area == (truth == label).sum()
        row = result.table["label"].tolist().index(number)
        assert result.table["centroid_x"][row] == pytest.approx(
            np.nonzero(truth == label)[1].mean()
        )


def test_without_a_table_only_labels_are_listed(task: BlockTask) -> None:
    for block in BLOCKS:
        measured = task.segment(block)
        plain = replace(task, measures=False).segment(block)
        assert list(plain.table) == ["label"]
        assert plain.table["label"].tolist() == measured.table["label"].tolist()
        np.testing.assert_array_equal(plain.labels, measured.labels)


def test_tiles_of_two_blocks_are_computed_once(task: BlockTask) -> None:
    for block in BLOCKS:
        task.segment(block)
    plan = task.segmenter.plan((60, 90), task.config)
    assert task.tile_cache.computed == len(plan.corners)


@pytest.mark.parametrize(
    ("corner", "uses"), [((0, 0), 1), ((0, 40), 2), ((28, 58), 2)], ids=str
)
def test_the_uses_of_a_tile_are_counted(
    task: BlockTask, corner: tuple[int, int], uses: int
) -> None:
    assert task.count_uses(corner, 32) == uses


def test_a_block_is_tried_again_before_it_fails(
    task: BlockTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    attempts: list[Block] = []
    segment = BlockTask.segment

    def fail(self: BlockTask, block: Block, progress: object = None) -> BlockResult:
        attempts.append(block)
        if len(attempts) < MAX_ATTEMPTS or block is BLOCKS[1]:
            raise OSError("the disk is busy")
        return segment(self, block)

    monkeypatch.setattr(BlockTask, "segment", fail)
    assert task(BLOCKS[0]) is None
    assert len(attempts) == MAX_ATTEMPTS
    assert read_block(task.result_path(BLOCKS[0])).labels.shape == (60, 64)
    assert task(BLOCKS[1]) == BlockFailure(BLOCKS[1], "the disk is busy")
    assert not task.result_path(BLOCKS[1]).exists()


def test_a_bug_is_not_a_failed_block(
    task: BlockTask, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise KeyError("a bug")

    monkeypatch.setattr(BlockTask, "segment", broken)
    with pytest.raises(KeyError):
        task(BLOCKS[0])
