from __future__ import annotations

from pathlib import Path

import numpy as np

from napari_nuclei.core.blocks import BlockNuclei, Window
from napari_nuclei.scale.block import (
    STRIPE_WIDTH,
    Block,
    BlockFailure,
    BlockResult,
    encode_block,
    is_complete_block,
    plan_stack,
    read_block,
)


def test_blocks_that_share_tiles_are_planned_one_after_the_other() -> None:
    blocks = plan_stack((9000, 40_000), 2, 2048)
    assert len(set(blocks)) == len(blocks) == 2 * 5 * 20
    assert [block.plane for block in blocks] == [0] * 100 + [1] * 100
    lefts = [block.window.left for block in blocks[:15]]
    assert max(lefts) == STRIPE_WIDTH - 2048
    tops = [block.window.top for block in blocks[:15]]
    assert tops == sorted(tops)


def test_a_block_is_read_as_it_was_written(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    nuclei = BlockNuclei(
        np.array([-1, 70, 3_000_000_000]),
        np.array([False, True, False]),
        np.array([False, False, True]),
    )
    table = {"label": np.array([1, 2]), "area": np.array([4.0, 5.5])}
    labels = rng.integers(0, 3, (40, 60), np.int32)
    path = tmp_path / "block.npz"
    path.write_bytes(encode_block(BlockResult(labels, nuclei, table)))
    read = read_block(path)
    np.testing.assert_array_equal(read.labels, labels)
    for name in ("keys", "owned", "cut"):
        np.testing.assert_array_equal(getattr(read.nuclei, name), getattr(nuclei, name))
    assert {name: values.tolist() for name, values in read.table.items()} == {
        "label": [1, 2],
        "area": [4.0, 5.5],
    }
    assert read.foreground is None
    assert read_block(path, labels=False).labels.size == 0
    block = Block(0, Window(0, 40, 0, 60))
    assert is_complete_block(path, block, measured=True)
    result = BlockResult(labels, nuclei, {"label": np.array([1, 2])})
    path.write_bytes(encode_block(result))
    assert is_complete_block(path, block)
    assert not is_complete_block(path, block, measured=True)


def test_a_block_of_joined_slices_has_the_foreground(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    nuclei = BlockNuclei(np.array([-1]), np.array([False]), np.array([False]))
    labels = np.zeros((40, 60), np.int32)
    foreground = rng.integers(0, 256, (40, 60), np.uint8)
    path = tmp_path / "block.npz"
    result = BlockResult(labels, nuclei, {"label": np.zeros(0, int)}, foreground)
    path.write_bytes(encode_block(result))
    np.testing.assert_array_equal(read_block(path).foreground, foreground)


def test_a_failure_names_the_plane_and_the_pixels() -> None:
    window = Window(0, 64, 128, 192)
    assert str(BlockFailure(Block(0, window), "disk full")) == (
        "rows 0 to 64, columns 128 to 192: disk full"
    )
    assert str(BlockFailure(Block(3, window), "disk full")).startswith("plane 3, ")
