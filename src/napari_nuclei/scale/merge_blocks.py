"""Merge the files of blocks into the labels of the whole image and its table."""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.blocks import keys_to_labels
from napari_nuclei.core.measure.nuclei import (
    add_physical_sizes,
    add_plane_index,
    to_dataframe,
)
from napari_nuclei.io.tables import open_table_writer
from napari_nuclei.scale.block import Block, BlockResult, read_block
from napari_nuclei.scale.block_task import BlockTask
from napari_nuclei.scale.label_store import LabelStore


@dataclass(frozen=True, slots=True)
class MergeResult:
    """Counts of merged blocks.

    Attributes
    ----------
    nuclei : int
        Number of nuclei in all planes.
    truncated : int
        Number of parts of objects that are longer than the margin around blocks.
    """

    nuclei: int
    truncated: int


def merge_blocks(
    task: BlockTask,
    blocks: Sequence[Block],
    store: LabelStore,
    table: Path | None,
    pixel_size: float | None,
) -> MergeResult:
    """Write the final labels and the table from the files of the blocks.

    Parameters
    ----------
    task : BlockTask
    blocks : sequence of Block
        All blocks, plane after plane; those without a file stay empty.
    store : LabelStore
        The OME-Zarr to write; it replaces the one of an earlier run.
    table : Path, optional
        CSV or parquet file of the table.
    pixel_size : float, optional
        Side of a pixel, in µm.

    Returns
    -------
    MergeResult

    Raises
    ------
    ValueError
        If there are more nuclei than a label of 32 bits can number.
    """
    layout, unfinished = task.layout, task.folder / "labels.zarr"
    writer = store.open_writer(unfinished, task.image, layout, pixel_size)
    unfinished_table = None if table is None else task.folder / f"table{table.suffix}"
    nuclei = truncated = 0
    with open_table_writer(unfinished_table) as add_rows:
        for plane, group in groupby(blocks, key=lambda block: block.plane):
            plane_blocks, index = list(group), layout.plane_index(plane)
            keys = collect_keys(task, plane_blocks)
            offset = nuclei if task.config.numbering == "stack" else 0
            nuclei += len(keys.all)
            truncated += keys.truncated
            check_label_range(offset + len(keys.all))
            for block, result in iter_completed_blocks(task, plane_blocks):
                numbers = keys_to_labels(result.nuclei.keys, keys.all)
                numbers[numbers > 0] += offset
                numbers[0] = 0
                labels = numbers.astype(np.uint32)[result.labels]
                writer.write(index, block.window, labels)
                if unfinished_table is None:
                    continue
                own = result.nuclei.owned | np.isin(result.nuclei.keys, keys.unowned)
                listed = own[result.table["label"]]
                rows = {name: values[listed] for name, values in result.table.items()}
                rows["label"] = numbers[rows["label"]].astype(np.int64)
                rows = add_plane_index(rows, layout.stack_axes, index)
                add_rows(to_dataframe(add_physical_sizes(rows, pixel_size)))
    if store.path.exists():  # of a run with failed blocks
        shutil.rmtree(store.path)
    unfinished.replace(store.path)
    store.register()
    if table is not None and unfinished_table is not None:
        table.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(unfinished_table, table)
    return MergeResult(nuclei, truncated)


def check_label_range(largest: int) -> None:
    """Raise ValueError if a label does not fit into 32 bits."""
    if largest > np.iinfo(np.uint32).max:
        raise ValueError(
            f"The stack has {largest} nuclei, more than labels of 32 bits can number; "
            'set numbering to "plane"'
        )


def iter_completed_blocks(
    task: BlockTask, blocks: Sequence[Block], *, labels: bool = True
) -> Iterator[tuple[Block, BlockResult]]:
    """Yield each block that has a file, with the content; `labels` decodes labels."""
    for block in blocks:
        path = task.result_path(block)
        if path.exists():
            yield block, read_block(path, labels=labels)


@dataclass(frozen=True, slots=True)
class PlaneKeys:
    """Keys of the nuclei of a plane: the positions of their first pixels.

    Attributes
    ----------
    all : ndarray of int64
        Keys of all nuclei, sorted.
    unowned : ndarray of int64
        Keys that some block shows, but no block owns.
    truncated : int
        Number of parts of objects that are longer than the margin around blocks.
    """

    all: NDArray[np.int64]
    unowned: NDArray[np.int64]
    truncated: int


def collect_keys(task: BlockTask, blocks: Sequence[Block]) -> PlaneKeys:
    """Collect the keys of all nuclei of a plane from the files of its blocks.

    Blocks see different parts of an object that is longer than the margin. The block
    that owns it may then compute another key than a block that shows a part of it. Such
    a part gets a label of its own.
    """
    owned, shown = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    truncated = 0
    for _, result in iter_completed_blocks(task, blocks, labels=False):
        keys, listed = result.nuclei.keys, result.table["label"]
        owned.append(keys[result.nuclei.owned])
        shown.append(keys[listed])
        truncated += int(result.nuclei.cut[listed].sum())
    all_owned = np.unique(np.concatenate(owned))
    unowned = np.setdiff1d(np.unique(np.concatenate(shown)), all_owned)
    return PlaneKeys(np.union1d(all_owned, unowned), unowned, truncated)
