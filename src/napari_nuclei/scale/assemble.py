"""From the blocks' files to the labels of the whole image and its table."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.blocks import numbers_of
from napari_nuclei.core.measure.nuclei import with_lengths
from napari_nuclei.io.ome_zarr_labels import LabelStore, table_writer
from napari_nuclei.scale.block import Block, BlockResult, decode
from napari_nuclei.scale.blockwork import BlockWork


def assemble(
    work: BlockWork,
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
    grid = dict(work.image.grid)
    if pixel_size != work.image.pixel_size:  # the user knows better
        grid = {axis: one for axis, one in grid.items() if axis not in "YX"}
    store = LabelStore(part, layout.label_shape, layout.label_axes, pixel_size, grid)
    unfinished = None if table is None else work.folder / f"table{table.suffix}"
    nuclei = cut = 0
    with table_writer(unfinished) as add_rows:
        for plane, some in groupby(blocks, key=lambda block: block.plane):
            mine = list(some)
            everywhere, orphans, damaged = all_keys(work, mine)
            nuclei, cut = nuclei + len(everywhere), cut + damaged
            for block, result in results(work, mine):
                numbers = numbers_of(result.nuclei.keys, everywhere)
                numbers[0] = 0
                labels = numbers.astype(np.uint32)[result.labels]
                store.write(work.place(plane), block.window, labels)
                local = result.table["label"]
                adopted = np.isin(result.nuclei.keys, orphans)
                kept = (result.nuclei.owned | adopted)[local]
                rows = {key: values[kept] for key, values in result.table.items()}
                rows["label"] = numbers[rows["label"]]
                if layout.stack_axes:
                    rows = {"frame": np.full(kept.sum(), plane), **rows}
                add_rows(with_lengths(rows, pixel_size))
    if destination.exists():  # of a run that had lost blocks
        shutil.rmtree(destination)
    part.replace(destination)
    if table is not None and unfinished is not None:
        table.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(unfinished, table)
    return nuclei, cut


def results(
    work: BlockWork, blocks: list[Block], *, labels: bool = True
) -> Iterator[tuple[Block, BlockResult]]:
    """Yield the blocks that are done, and what they gave."""
    for block in blocks:
        path = work.path_of(block)
        if path.exists():
            yield block, decode(path, labels=labels)


def all_keys(
    work: BlockWork, blocks: list[Block]
) -> tuple[NDArray[np.int64], NDArray[np.int64], int]:
    """Return a plane's sorted keys, those that none owns, and how many parts are cut.

    An object longer than the margin looks different to different blocks; what a block
    shows of it is kept, though its owner may know it by another key.
    """
    owned, seen = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
    cut = 0
    for _, result in results(work, blocks, labels=False):
        keys, shown = result.nuclei.keys, result.table["label"]
        owned.append(keys[result.nuclei.owned])
        seen.append(keys[shown])
        cut += int(result.nuclei.cut[shown].sum())
    everywhere = np.unique(np.concatenate(owned))
    orphans = np.setdiff1d(np.unique(np.concatenate(seen)), everywhere)
    return np.union1d(everywhere, orphans), orphans, cut
