"""From the blocks' files to the labels of the whole image and its table."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
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
from napari_nuclei.io.ome_zarr_labels import OmeZarrLabelWriter
from napari_nuclei.io.tables import open_table_writer
from napari_nuclei.scale.block import Block, BlockResult, read_block
from napari_nuclei.scale.block_task import BlockTask


def merge_blocks(
    work: BlockTask,
    blocks: list[Block],
    destination: Path,
    table: Path | None,
    pixel_size: float | None,
) -> tuple[int, int]:
    """Write the final labels and the table from the blocks' files.

    Returns
    -------
    nuclei : int
    cut : int
        How many parts of objects longer than the margin there are.
    """
    layout, part = work.layout, work.folder / "labels.zarr"
    calibrations = dict(work.image.calibrations)
    if pixel_size != work.image.pixel_size:  # the user knows better
        calibrations = {
            axis: one for axis, one in calibrations.items() if axis not in "YX"
        }
    store = OmeZarrLabelWriter(
        part, layout.label_shape, layout.label_axes, pixel_size, calibrations
    )
    unfinished = None if table is None else work.folder / f"table{table.suffix}"
    nuclei = cut = 0
    with open_table_writer(unfinished) as add_rows:
        for plane, some in groupby(blocks, key=lambda block: block.plane):
            mine, index = list(some), layout.plane_index(plane)
            everywhere, orphans, damaged = collect_keys(work, mine)
            offset = nuclei if work.config.numbering == "stack" else 0
            nuclei, cut = nuclei + len(everywhere), cut + damaged
            for block, result in iter_completed_blocks(work, mine):
                numbers = keys_to_labels(result.nuclei.keys, everywhere)
                numbers[numbers > 0] += offset
                numbers[0] = 0
                labels = numbers.astype(np.uint32)[result.labels]
                store.write(index, block.window, labels)
                local = result.table["label"]
                adopted = np.isin(result.nuclei.keys, orphans)
                kept = (result.nuclei.owned | adopted)[local]
                if unfinished is None:
                    continue
                rows = {key: values[kept] for key, values in result.table.items()}
                rows["label"] = numbers[rows["label"]].astype(np.int64)
                rows = add_plane_index(rows, layout.stack_axes, index)
                add_rows(to_dataframe(add_physical_sizes(rows, pixel_size)))
    if destination.exists():  # of a run that had lost blocks
        shutil.rmtree(destination)
    part.replace(destination)
    if table is not None and unfinished is not None:
        table.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(unfinished, table)
    return nuclei, cut


def iter_completed_blocks(
    work: BlockTask, blocks: list[Block], *, labels: bool = True
) -> Iterator[tuple[Block, BlockResult]]:
    """Yield the blocks that are done, and what they gave."""
    for block in blocks:
        path = work.result_path(block)
        if path.exists():
            yield block, read_block(path, labels=labels)


def collect_keys(
    work: BlockTask, blocks: list[Block]
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Return a plane's sorted keys, those that none owns, and how many parts are cut.

    An object longer than the margin looks different to different blocks; what a block
    shows of it is kept, though its owner may know it by another key.
    """
    owned, seen = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    cut = 0
    for _, result in iter_completed_blocks(work, blocks, labels=False):
        keys, shown = result.nuclei.keys, result.table["label"]
        owned.append(keys[result.nuclei.owned])
        seen.append(keys[shown])
        cut += int(result.nuclei.cut[shown].sum())
    everywhere = np.unique(np.concatenate(owned))
    orphans = np.setdiff1d(np.unique(np.concatenate(seen)), everywhere)
    return np.union1d(everywhere, orphans), orphans, cut
