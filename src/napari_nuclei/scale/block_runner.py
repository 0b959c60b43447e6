"""Run the blocks of a large image, several at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.tiling import Progress
from napari_nuclei.scale.block import Block, BlockFailure, is_complete_block, read_block
from napari_nuclei.scale.block_task import BlockTask
from napari_nuclei.scale.runners import run_tasks

BlockCallback = Callable[
    [tuple[int, ...], tuple[slice, slice], NDArray[np.int32]], None
]
"""Called with the index of a plane, the slices of a block in it, and the labels,
which are numbered within the block."""


class BlockRunner:
    """Segment the blocks that have no file yet, and report all blocks.

    Parameters
    ----------
    task : BlockTask
    blocks : sequence of Block
        All blocks of the image.
    progress, on_block : callable, optional
        As for `segment_large`.

    Attributes
    ----------
    resumed : int
        Blocks that an earlier run had finished.
    finished : list of Block
        Blocks that have a file.
    done : int
        Blocks that are finished or have failed.
    failed : list of BlockFailure
    """

    def __init__(
        self,
        task: BlockTask,
        blocks: Sequence[Block],
        progress: Progress | None,
        on_block: BlockCallback | None,
    ) -> None:
        self._task, self._blocks = task, blocks
        self._progress, self._on_block = progress, on_block
        self._pending: list[Block] = []
        self.finished: list[Block] = []
        for block in blocks:
            path = task.result_path(block)
            done = is_complete_block(path, block, measured=task.measures)
            (self.finished if done else self._pending).append(block)
        self.done = self.resumed = len(self.finished)
        self.failed: list[BlockFailure] = []

    @property
    def missing_blocks(self) -> int:
        """Number of blocks that are empty in the labels: they failed or did not run."""
        return len(self._blocks) - self.done + len(self.failed)

    def run(self, *, workers: int | None, scheduler: Any, finish_only: bool) -> None:
        """Segment the remaining blocks; with `finish_only`, only report finished ones.

        Parameters
        ----------
        workers, scheduler, finish_only
            As for `segment_large`.

        Raises
        ------
        RuntimeError
            If no block was segmented, in this run or an earlier one.
        """
        for block in self.finished:
            self._report_progress()
            self._emit_block(block)
        self._report_progress()
        self._run_blocks([] if finish_only else self._pending, workers, scheduler)
        if self.missing_blocks == len(self._blocks):
            reason = self.failed[0].reason if self.failed else "run all blocks first"
            raise RuntimeError(f"No block was segmented: {reason}")

    def repeat(self, lost: Block, *, workers: int | None, scheduler: Any) -> None:
        """Segment all blocks again whose file has vanished or was damaged.

        Parameters
        ----------
        lost : Block
            A block whose file could not be read.
        workers, scheduler
            As for `segment_large`.
        """
        self._task.check_folder()
        again = {
            block
            for block in self.finished
            if block == lost or not self._task.result_path(block).is_file()
        }
        self.finished = [block for block in self.finished if block not in again]
        self.done -= len(again)
        pending = [block for block in self._blocks if block in again]
        self._run_blocks(pending, workers, scheduler)

    def _run_blocks(
        self, blocks: Sequence[Block], workers: int | None, scheduler: Any
    ) -> None:
        results = run_tasks(
            self._task,
            blocks,
            BlockFailure,
            workers=workers,
            scheduler=scheduler,
            poll=self._report_progress,
        )
        for block, failure in results:
            if failure:
                self.failed.append(failure)
            else:
                self.finished.append(block)
                self._emit_block(block)
            self.done += 1
            self._report_progress()

    def _report_progress(self) -> None:
        if self._progress:
            self._progress(self.done, len(self._blocks))

    def _emit_block(self, block: Block) -> None:
        if not self._on_block:
            return
        try:
            labels = read_block(self._task.result_path(block)).labels
        except Exception:  # it has vanished since; `repeat` segments it again
            self._task.check_folder()
            return
        self._on_block(
            self._task.layout.plane_index(block.plane), block.window.index, labels
        )
