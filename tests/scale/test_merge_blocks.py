from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import zarr
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.blocks import BlockNuclei
from napari_nuclei.io.lazy_images import LazyImage
from napari_nuclei.io.tables import read_table
from napari_nuclei.scale.block import Block, BlockResult, encode_block, plan_stack
from napari_nuclei.scale.label_store import plan_label_store
from napari_nuclei.scale.merge_blocks import check_label_range, merge_blocks

BLOCKS = plan_stack((64, 128), 2, 64)


def write(
    folder: Path, block: Block, keys: list[int], owned: list[bool], cut: list[bool]
) -> None:
    """Write the file of a block whose nuclei are squares in its first rows."""
    labels = np.zeros(block.window.shape, np.int32)
    numbers = np.arange(1, len(keys) + 1)
    for number in numbers:
        labels[4:8, 10 * number : 10 * number + 4] = number
    nuclei = BlockNuclei(
        np.array([-1, *keys]), np.array([False, *owned]), np.array([False, *cut])
    )
    table = {"label": numbers, "area": np.full(len(keys), 16.0)}
    table["diameter"] = np.full(len(keys), 4.5)
    result = BlockResult(labels, nuclei, table)
    (folder / block.file_name).write_bytes(encode_block(result))


def merge(tmp_path: Path, numbering: str = "stack") -> tuple[Any, NDArray[Any], Any]:
    task: Any = SimpleNamespace(
        layout=make_layout((2, 64, 128), "ZYX"),
        folder=tmp_path,
        image=LazyImage(np.zeros((2, 64, 128)), "ZYX", None, "image"),
        config=SegmentConfig(numbering=numbering),
        result_path=lambda block: tmp_path / block.file_name,
    )
    table = tmp_path / "out" / "nuclei.csv"
    store = plan_label_store(task.image, tmp_path / "out.zarr")
    merged = merge_blocks(task, BLOCKS, store, table, None)
    labels = zarr.open_array(tmp_path / "out.zarr" / "0")
    return merged, np.asarray(labels[:]), read_table(table)


def test_a_nucleus_has_one_label_in_all_blocks_and_one_row(tmp_path: Path) -> None:
    write(tmp_path, BLOCKS[0], [500, 700], [True, True], [False] * 2)
    write(tmp_path, BLOCKS[1], [700, 600], [False, True], [False] * 2)
    merged, labels, table = merge(tmp_path)
    assert (merged.nuclei, merged.truncated) == (3, 0)
    assert np.unique(labels[0, :, :64]).tolist() == [0, 1, 3]  # by key
    assert np.unique(labels[0, :, 64:]).tolist() == [0, 2, 3]
    assert sorted(table.index) == [1, 2, 3]


@pytest.mark.parametrize(("numbering", "second"), [("stack", 3), ("plane", 1)])
def test_planes_are_numbered_as_the_settings_say(
    tmp_path: Path, numbering: str, second: int
) -> None:
    write(tmp_path, BLOCKS[0], [500, 700], [True, True], [False] * 2)
    write(tmp_path, BLOCKS[2], [500], [True], [False])
    merged, labels, table = merge(tmp_path, numbering)
    assert merged.nuclei == 3
    assert np.unique(labels[0]).tolist() == [0, 1, 2]
    assert np.unique(labels[1]).tolist() == [0, second]
    assert table.index.tolist() == [1, 2, second]
    assert table["z"].tolist() == [0, 0, 1]


def test_a_part_that_no_block_owns_gets_a_label_and_is_counted(tmp_path: Path) -> None:
    write(tmp_path, BLOCKS[0], [500], [True], [True])
    write(tmp_path, BLOCKS[1], [620], [False], [True])
    merged, labels, table = merge(tmp_path)
    assert (merged.nuclei, merged.truncated) == (2, 2)
    assert np.unique(labels[0]).tolist() == [0, 1, 2]
    assert sorted(table.index) == [1, 2]


def test_missing_blocks_stay_empty_and_an_earlier_result_is_replaced(
    tmp_path: Path,
) -> None:
    write(tmp_path, BLOCKS[1], [620], [True], [False])
    merge(tmp_path)
    write(tmp_path, BLOCKS[0], [500], [True], [False])
    merged, labels, _ = merge(tmp_path)
    assert merged.nuclei == 2
    assert labels[0].any()
    assert not labels[1].any()


def test_labels_must_fit_into_32_bits() -> None:
    check_label_range(2**32 - 1)
    with pytest.raises(ValueError, match='set numbering to "plane"'):
        check_label_range(2**32)
