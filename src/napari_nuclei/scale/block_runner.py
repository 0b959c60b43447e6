"""Run the blocks of a large image, several at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.tiling import Progress
from napari_nuclei.scale.block import Block, BlockFailure, read_block
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
        self._finished: list[Block] = []
        self._pending: list[Block] = []
        for block in blocks:
            done = task.result_path(block).exists()
            (self._finished if done else self._pending).append(block)
        self.done = self.resumed = len(self._finished)
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
        for block in self._finished:
            self._report_progress()
            self._emit_block(block)
        self._report_progress()
        results = run_tasks(
            self._task,
            [] if finish_only else self._pending,
            BlockFailure,
            workers=workers,
            scheduler=scheduler,
            poll=self._report_progress,
        )
        for block, failure in results:
            if failure:
                self.failed.append(failure)
            else:
                self._emit_block(block)
            self.done += 1
            self._report_progress()
        if self.missing_blocks == len(self._blocks):
            reason = self.failed[0].reason if self.failed else "run all blocks first"
            raise RuntimeError(f"No block was segmented: {reason}")

    def _report_progress(self) -> None:
        if self._progress:
            self._progress(self.done, len(self._blocks))

    def _emit_block(self, block: Block) -> None:
        if self._on_block:
            labels = read_block(self._task.result_path(block)).labels
            self._on_block(
                self._task.layout.plane_index(block.plane), block.window.index, labels
            )
