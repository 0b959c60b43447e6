"""Merge the files of blocks into labels whose slices are joined, and their table."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.axes import PlaneIndex
from napari_nuclei.core.blocks import keys_to_labels
from napari_nuclei.core.linking.segmented_stack import make_joiner
from napari_nuclei.core.measure.volumes import measure_volumes
from napari_nuclei.io.checks.checked_pixels import TolerantPixels
from napari_nuclei.io.tables import open_table_writer
from napari_nuclei.scale.block import Block, BlockResult
from napari_nuclei.scale.block_task import BlockTask
from napari_nuclei.scale.label_store import LabelStore
from napari_nuclei.scale.merge_blocks import (
    MergeResult,
    check_label_range,
    collect_keys,
    group_planes,
    install_folder,
    iter_completed_blocks,
    new_unfinished_labels,
    replace_table,
)

CHUNK = 1024
"""Side of a chunk of the stored foreground probability, in pixels."""


def merge_joined(
    task: BlockTask,
    blocks: Sequence[Block],
    store: LabelStore,
    table: Path | None,
    pixel_size: float | None,
    finished: Collection[Block] = (),
    *,
    z_spacing: float | None = None,
) -> MergeResult:
    """Write labels with one number per nucleus in 3-D, and the table.

    Whole planes are joined, so that the nuclei do not depend on the blocks. Two planes
    are in memory at a time. The blocks are read twice: to join, and to write.

    Parameters
    ----------
    task : BlockTask
        Its settings join slices.
    blocks, store, table, pixel_size, finished
        As for `merge_blocks`.
    z_spacing : float, optional
        Distance between slices, in µm.

    Returns
    -------
    MergeResult

    Raises
    ------
    LostBlockError
        If a finished block has no file, or a file cannot be read.
    """
    layout, done = task.layout, frozenset(finished)
    pixels = TolerantPixels(task.image.pixels)
    joiner, notes = make_joiner(layout, task.config, pixel_size, z_spacing)
    assert joiner is not None
    truncated = 0
    for index, plane_blocks in group_planes(task, blocks):
        labels, cut = assemble_plane(task, plane_blocks, done)
        truncated += cut
        joiner.add(index, labels, layout.read_plane(pixels, index))
    joined = joiner.finish()
    check_label_range(len(joined.areas))
    unfinished = new_unfinished_labels(task.folder)
    foreground = None if table is None else StoredForeground.create(task)
    with store.open_writer(unfinished, task.image, layout, pixel_size) as writer:
        for index, plane_blocks in group_planes(task, blocks):
            labels, _ = assemble_plane(task, plane_blocks, done, foreground, index)
            plane = layout.read_plane(pixels, index)
            numbers = joined.join_plane(index, labels, plane).astype(np.uint32)
            for block in plane_blocks:
                writer.write(index, block.window, numbers[block.window.index])
    if foreground is not None and not foreground.is_complete:
        foreground = None
    with ExitStack() as stack:
        if table is not None:
            path = stack.enter_context(replace_table(table))
            add_rows = stack.enter_context(open_table_writer(path))
            add_rows(
                measure_volumes(
                    open_level(unfinished),
                    layout,
                    pixels,
                    foreground=foreground,
                    curve=task.segmenter.card.curve(
                        task.statistics.preparations[0].colours
                    ),
                    pixel_size=pixel_size,
                    z_spacing=z_spacing,
                )
            )
        install_folder(unfinished, store.path, task.folder)
        store.register()
    return MergeResult(len(joined.areas), truncated, notes)


@dataclass(slots=True)
class StoredForeground:
    """The foreground probability of all blocks on disk, read when it is indexed.

    Attributes
    ----------
    values : zarr array of uint8
        Of the shape of the labels, 0 to 255.
    is_complete : bool
        False if a block of an earlier version has no foreground probability.
    """

    values: Any
    is_complete: bool = True

    @classmethod
    def create(cls, task: BlockTask) -> StoredForeground:
        """Return an empty array in the folder of the blocks' files."""
        import zarr

        shape = task.layout.label_shape
        chunks = tuple(
            min(size, CHUNK) if axis in "YX" else 1
            for axis, size in zip(task.layout.label_axes, shape, strict=True)
        )
        path = task.folder / "foreground.zarr"
        return cls(
            zarr.create_array(
                path, shape=shape, chunks=chunks, dtype=np.uint8, overwrite=True
            )
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the labels."""
        return tuple(self.values.shape)

    def write(self, plane_index: PlaneIndex, block: Block, result: BlockResult) -> None:
        """Write the part of a block."""
        if result.foreground is None:
            self.is_complete = False
        else:
            self.values[(*plane_index, *block.window.index)] = result.foreground

    def __getitem__(self, index: Any) -> NDArray[np.float32]:
        """Read a part, as numbers from 0 to 1."""
        return np.asarray(self.values[index], np.float32) / np.float32(255)


def assemble_plane(
    task: BlockTask,
    blocks: Sequence[Block],
    finished: Collection[Block],
    foreground: StoredForeground | None = None,
    plane_index: PlaneIndex = (),
) -> tuple[NDArray[np.int32], int]:
    """Return the labels of a plane from 1, and how many objects blocks have cut.

    Parameters
    ----------
    task : BlockTask
    blocks : sequence of Block
        The blocks of the plane; those without a file stay empty.
    finished : collection of Block
        Blocks that must have a file.
    foreground : StoredForeground, optional
        The foreground probability of the blocks is written into it.
    plane_index : tuple of int
        Index of the plane in it.
    """
    keys = collect_keys(task, blocks, finished)
    plane = np.zeros(task.layout.plane_shape, np.int32)
    for block, result in iter_completed_blocks(task, blocks, finished):
        numbers = keys_to_labels(result.nuclei.keys, keys.all)
        numbers[0] = 0
        plane[block.window.index] = numbers.astype(np.int32)[result.labels]
        if foreground is not None:
            foreground.write(plane_index, block, result)
    return plane, keys.truncated


def open_level(path: Path) -> Any:
    """Return the labels of the highest resolution of an OME-Zarr."""
    import zarr

    return zarr.open_array(path / "0", mode="r")
