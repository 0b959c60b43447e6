from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.blocks import BlockNuclei
from napari_nuclei.scale.block import (
    Block,
    BlockFailure,
    BlockResult,
    encode_block,
    plan_stack,
)
from napari_nuclei.scale.block_runner import BlockRunner


class FakeTask:
    """Write the number of a block's plane as its labels, and let some blocks fail."""

    def __init__(self, folder: Path, failing: tuple[Block, ...] = ()) -> None:
        self.folder, self.failing = folder, failing
        self.measures = False
        self.layout = make_layout((2, 100, 100), "ZYX")
        self.calls: list[Block] = []

    def result_path(self, block: Block) -> Path:
        return self.folder / block.file_name

    def __call__(self, block: Block, progress: Any = None) -> BlockFailure | None:
        self.calls.append(block)
        if block in self.failing:
            return BlockFailure(block, "unreadable")
        labels = np.full(block.window.shape, block.plane + 1, np.int32)
        nuclei = BlockNuclei(*(np.zeros(0, t) for t in (np.int64, bool, bool)))
        self.result_path(block).write_bytes(
            encode_block(BlockResult(labels, nuclei, {}))
        )
        return None


BLOCKS = plan_stack((100, 100), 2, 64)


def run(task: Any, finish_only: bool = False) -> SimpleNamespace:
    progress: list[tuple[int, int]] = []
    shown: list[Any] = []
    runner = BlockRunner(
        task,
        BLOCKS,
        lambda done, total: progress.append((done, total)),
        lambda *block: shown.append(block),
    )
    runner.run(workers=1, scheduler=None, finish_only=finish_only)
    return SimpleNamespace(runner=runner, progress=progress, shown=shown)


def test_all_blocks_are_run_and_shown(tmp_path: Path) -> None:
    found = run(FakeTask(tmp_path))
    assert (found.runner.done, found.runner.resumed) == (8, 0)
    assert found.runner.missing_blocks == 0
    assert found.progress[0] == (0, 8)
    assert found.progress[-1] == (8, 8)
    assert [index for index, _, _ in found.shown] == [(0,)] * 4 + [(1,)] * 4
    for (plane,), window, labels in found.shown:
        assert (labels == plane + 1).all()
        assert labels.shape == np.zeros((100, 100))[window].shape


def test_blocks_of_an_earlier_run_are_not_run_again(tmp_path: Path) -> None:
    earlier = FakeTask(tmp_path)
    for block in BLOCKS[2:5]:
        earlier(block)
    task = FakeTask(tmp_path)
    found = run(task)
    assert task.calls == [*BLOCKS[:2], *BLOCKS[5:]]
    assert found.runner.resumed == 3
    assert [window for _, window, _ in found.shown[:3]] == [
        block.window.index for block in BLOCKS[2:5]
    ]


def test_failed_blocks_are_listed_and_missing(tmp_path: Path) -> None:
    found = run(FakeTask(tmp_path, failing=(BLOCKS[1],)))
    assert found.runner.failed == [BlockFailure(BLOCKS[1], "unreadable")]
    assert (found.runner.done, found.runner.missing_blocks) == (8, 1)


def test_a_run_can_be_finished_with_the_blocks_that_are_done(tmp_path: Path) -> None:
    FakeTask(tmp_path)(BLOCKS[0])
    task = FakeTask(tmp_path)
    found = run(task, finish_only=True)
    assert not task.calls
    assert found.runner.missing_blocks == 7


def test_a_run_without_any_block_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="No block was segmented: unreadable"):
        run(FakeTask(tmp_path, failing=tuple(BLOCKS)))
    with pytest.raises(
        RuntimeError, match="No block was segmented: run all blocks first"
    ):
        run(FakeTask(tmp_path), finish_only=True)
