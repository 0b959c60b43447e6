from __future__ import annotations

from pathlib import Path

import pytest

from napari_nuclei.core.blocks import Window
from napari_nuclei.scale.block import Block
from napari_nuclei.scale.large_run import MAX_MERGES, merge_all
from napari_nuclei.scale.merge_blocks import LostBlockError, MergeResult

BLOCK = Block(0, Window(0, 64, 0, 64))


@pytest.mark.parametrize("lost", range(MAX_MERGES + 1))
def test_lost_blocks_are_segmented_again_a_few_times(lost: int) -> None:
    repeated: list[Block] = []

    def merge() -> MergeResult:
        if len(repeated) < lost:
            raise LostBlockError(BLOCK, Path("block.npz"))
        return MergeResult(3, 0)

    if lost < MAX_MERGES:
        assert merge_all(merge, repeated.append).nuclei == 3
    else:
        with pytest.raises(LostBlockError):
            merge_all(merge, repeated.append)
    assert len(repeated) == min(lost, MAX_MERGES - 1)
