"""Merge the files of blocks into the labels of the whole image and its table."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Collection, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.axes import PlaneIndex
from napari_nuclei.core.blocks import keys_to_labels
from napari_nuclei.core.measure.columns import (
    Columns,
    add_physical_sizes,
    add_plane_index,
    to_dataframe,
)
from napari_nuclei.io.atomic import (
    atomic_replace,
    remove_old_partial_files,
    sync_folder,
    sync_tree,
)
from napari_nuclei.io.tables import open_table_writer
from napari_nuclei.scale.block import Block, BlockResult, read_block
from napari_nuclei.scale.block_task import BlockTask
from napari_nuclei.scale.label_store import LabelStore

ASSEMBLED = "assembled-"
"""Beginning of the names of folders in which results are put together."""


class LostBlockError(RuntimeError):
    """Raised if the file of a finished block has vanished or cannot be read.

    Attributes
    ----------
    block : Block
    """

    def __init__(self, block: Block, path: Path) -> None:
        super().__init__(
            f"{path}, the result of {block.window}, has vanished or is damaged. Run "
            "the same command again"
        )
        self.block = block


@dataclass(frozen=True, slots=True)
class MergeResult:
    """Counts of merged blocks.

    Attributes
    ----------
    nuclei : int
        Number of nuclei in all planes.
    truncated : int
        Number of parts of objects that are longer than the margin around blocks.
    notes : tuple of str
        Sentences on how slices were joined.
    """

    nuclei: int
    truncated: int
    notes: tuple[str, ...] = ()


def merge_blocks(
    task: BlockTask,
    blocks: Sequence[Block],
    store: LabelStore,
    table: Path | None,
    pixel_size: float | None,
    finished: Collection[Block] = (),
) -> MergeResult:
    """Write the final labels and the table from the files of the blocks.

    Both are written under other names first, so that a run that is killed leaves the
    results of an earlier one as they are.

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
    finished : collection of Block
        Blocks that must have a file.

    Returns
    -------
    MergeResult

    Raises
    ------
    LostBlockError
        If a finished block has no file, or a file cannot be read.
    ValueError
        If there are more nuclei than a label of 32 bits can number.
    """
    layout = task.layout
    unfinished = new_unfinished_labels(task.folder)
    nuclei = truncated = 0
    finished = frozenset(finished)
    with ExitStack() as stack:
        labels_written = stack.enter_context(ExitStack())
        writer = labels_written.enter_context(
            store.open_writer(unfinished, task.image, layout, pixel_size)
        )
        partial_table = None
        if table is not None:
            partial_table = stack.enter_context(replace_table(table))
        add_rows = stack.enter_context(open_table_writer(partial_table))
        for index, plane_blocks in group_planes(task, blocks):
            keys = collect_keys(task, plane_blocks, finished)
            offset = nuclei if task.config.numbering == "stack" else 0
            nuclei += len(keys.all)
            truncated += keys.truncated
            check_label_range(offset + len(keys.all))
            for block, result in iter_completed_blocks(task, plane_blocks, finished):
                numbers = keys_to_labels(result.nuclei.keys, keys.all)
                numbers[numbers > 0] += offset
                numbers[0] = 0
                labels = numbers.astype(np.uint32).take(result.labels)
                writer.write(index, block.window, labels)
                if partial_table is not None:
                    rows = rows_of_block(result, numbers, keys)
                    rows = add_plane_index(rows, layout.stack_axes, index)
                    add_rows(to_dataframe(add_physical_sizes(rows, pixel_size)))
        labels_written.close()
        install_folder(unfinished, store.path, task.folder)
        store.register()
    return MergeResult(nuclei, truncated)


def rows_of_block(
    result: BlockResult, numbers: NDArray[np.int64], keys: PlaneKeys
) -> Columns:
    """Return the measurements of the nuclei that are listed with a block.

    These are the nuclei that the block owns, and shown nuclei that no block owns.

    Parameters
    ----------
    result : BlockResult
    numbers : ndarray of int64
        Number in the whole image of each nucleus of the block.
    keys : PlaneKeys
    """
    nuclei = result.nuclei
    is_listed = nuclei.owned | np.isin(nuclei.keys, keys.unowned)
    listed = is_listed[result.table["label"]]
    rows = {name: values[listed] for name, values in result.table.items()}
    rows["label"] = numbers[rows["label"]].astype(np.int64)
    return rows


def new_unfinished_labels(folder: Path) -> Path:
    """Return a path for labels that are being written; remove those of killed runs."""
    for leftover in folder.glob(f"{ASSEMBLED}*"):
        shutil.rmtree(leftover)
    return folder / f"{ASSEMBLED}{uuid.uuid4().hex[:12]}.zarr"


@contextmanager
def replace_table(table: Path) -> Iterator[Path]:
    """Yield the path of a table to write; it replaces `table` at the end."""
    table.parent.mkdir(parents=True, exist_ok=True)
    remove_old_partial_files(table.parent)
    with atomic_replace(table, table.suffix) as partial:
        yield partial


def group_planes(
    task: BlockTask, blocks: Sequence[Block]
) -> Iterator[tuple[PlaneIndex, list[Block]]]:
    """Yield the index and the blocks of each plane."""
    for plane, group in groupby(blocks, key=lambda block: block.plane):
        yield task.layout.plane_index(plane), list(group)


def install_folder(new: Path, destination: Path, spare: Path) -> None:
    """Move a folder to its destination; move an earlier one aside and delete it last.

    Parameters
    ----------
    new : Path
    destination : Path
    spare : Path
        A folder in which the earlier one is put; all are on one disk.
    """
    sync_tree(new)
    earlier = spare / f"{ASSEMBLED}{uuid.uuid4().hex[:12]}.old"
    replaced = destination.exists()
    if replaced:
        destination.replace(earlier)
    try:
        new.replace(destination)
    except OSError:
        if replaced:
            earlier.replace(destination)
        raise
    sync_folder(destination.parent)
    if replaced:
        shutil.rmtree(earlier)


def check_label_range(largest: int) -> None:
    """Raise ValueError if a label does not fit into 32 bits."""
    if largest > np.iinfo(np.uint32).max:
        raise ValueError(
            f"The stack has {largest} nuclei, more than labels of 32 bits can number; "
            'set numbering to "plane"'
        )


def iter_completed_blocks(
    task: BlockTask,
    blocks: Sequence[Block],
    finished: Collection[Block],
    *,
    labels: bool = True,
) -> Iterator[tuple[Block, BlockResult]]:
    """Yield each block that has a file, with the content.

    Parameters
    ----------
    task : BlockTask
    blocks : sequence of Block
    finished : collection of Block
        Blocks that must have a file.
    labels : bool
        As for `read_block`.

    Raises
    ------
    LostBlockError
        If a finished block has no file, or a file cannot be read.
    """
    for block in blocks:
        path = task.result_path(block)
        if block not in finished and not path.exists():
            continue
        try:
            result = read_block(path, labels=labels)
        except Exception as error:  # damaged bytes make decoders raise almost anything
            raise LostBlockError(block, path) from error
        yield block, result


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


def collect_keys(
    task: BlockTask, blocks: Sequence[Block], finished: Collection[Block]
) -> PlaneKeys:
    """Collect the keys of all nuclei of a plane from the files of its blocks.

    Blocks see different parts of an object that is longer than the margin. The block
    that owns it may then compute another key than a block that shows a part of it. Such
    a part gets a label of its own.
    """
    owned, shown = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    truncated = 0
    for _, result in iter_completed_blocks(task, blocks, finished, labels=False):
        keys, listed = result.nuclei.keys, result.table["label"]
        owned.append(keys[result.nuclei.owned])
        shown.append(keys[listed])
        truncated += int(result.nuclei.cut[listed].sum())
    all_owned = np.unique(np.concatenate(owned))
    unowned = np.setdiff1d(np.unique(np.concatenate(shown)), all_owned)
    return PlaneKeys(np.union1d(all_owned, unowned), unowned, truncated)
