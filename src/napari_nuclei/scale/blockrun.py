"""The blocks of a large image, one after the other or many at once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.tiling import Progress
from napari_nuclei.scale.block import Block, Failure, decode
from napari_nuclei.scale.blockwork import BlockWork
from napari_nuclei.scale.runners import run_all

OnBlock = Callable[[tuple[int, ...], tuple[slice, slice], NDArray[np.int32]], None]
"""Is given the place of a plane, where a block lies in it, and its labels, which are
numbered in the block's own way."""


class BlockRun:
    """Does the blocks that are left, and tells of all.

    Parameters
    ----------
    work : BlockWork
    blocks : sequence of Block
        All of them; those of which the work's folder holds the file are done.
    progress, on_block : callable, optional
        As of `segment_large`.

    Attributes
    ----------
    resumed, done : int
        Blocks that an earlier run had finished, and those that are finished now or
        have failed.
    failed : list of Failure
    """

    def __init__(
        self,
        work: BlockWork,
        blocks: Sequence[Block],
        progress: Progress | None,
        on_block: OnBlock | None,
    ) -> None:
        self._work, self._blocks = work, blocks
        self._progress, self._on_block = progress, on_block
        self._finished: list[Block] = []
        self._left: list[Block] = []
        for block in blocks:
            done = work.path_of(block).exists()
            (self._finished if done else self._left).append(block)
        self.done = self.resumed = len(self._finished)
        self.failed: list[Failure] = []

    @property
    def missing(self) -> int:
        """How many blocks are empty in the labels: failed, or not begun."""
        return len(self._blocks) - self.done + len(self.failed)

    def run(self, *, workers: int | None, scheduler: Any, finish_only: bool) -> None:
        """Do the blocks that are left, or none of them; as of `segment_large`."""
        for block in self._finished:
            self._tell()
            self._show(block)
        self._tell()
        results = run_all(
            self._work,
            [] if finish_only else self._left,
            Failure,
            workers=workers,
            scheduler=scheduler,
            listen=self._tell,
        )
        for block, failure in results:
            if failure:
                self.failed.append(failure)
            else:
                self._show(block)
            self.done += 1
            self._tell()
        if self.missing == len(self._blocks):
            reason = self.failed[0].reason if self.failed else "none was done"
            raise RuntimeError(f"there is no block of labels: {reason}")

    def _tell(self) -> None:
        if self._progress:
            self._progress(self.done, len(self._blocks))

    def _show(self, block: Block) -> None:
        if self._on_block:
            labels = decode(self._work.path_of(block)).labels
            self._on_block(self._work.place(block.plane), block.window.index, labels)
