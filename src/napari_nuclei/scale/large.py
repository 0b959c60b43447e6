"""Images larger than memory: block by block, resumable, here or on a cluster."""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei import __version__
from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.atomic import write_atomic
from napari_nuclei.core.blocks import numbers_of, plan_blocks
from napari_nuclei.core.features import with_lengths
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import Progress
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.store import DEFAULT_MODEL
from napari_nuclei.scale.blockwork import Block, BlockResult, BlockWork, Failure, decode
from napari_nuclei.scale.labelstore import NAME, LabelStore, check_axes, table_writer
from napari_nuclei.scale.runners import run_all
from napari_nuclei.scale.sources import open_image
from napari_nuclei.scale.survey import Survey, survey

BLOCK = 4096
"""Side of a block, in pixels: the memory of a block grows with its square, the share
of margins falls."""

MARGIN = 4
"""Margin around a block, in diameters that the model was trained for."""

TABLE_SUFFIXES = (".csv", ".parquet")

OnBlock = Callable[[tuple[int, ...], tuple[slice, slice], NDArray[np.int32]], None]
"""Is given the place of a plane, where a block lies in it, and its labels, which are
numbered in the block's own way."""


@dataclass(frozen=True, slots=True)
class LargeResult:
    """What became of a large image.

    Attributes
    ----------
    labels : Path
        The OME-Zarr labels.
    table : Path, optional
        A row for every nucleus.
    nuclei : int
    blocks, resumed : int
        Blocks in all, and those that an earlier run had finished.
    failed : tuple of Failure
        Blocks that are empty in the labels; another run tries them again.
    cut : int
        Parts of objects longer than a block's margin, which seams may have cut.
    seconds : float
    """

    labels: Path
    table: Path | None
    nuclei: int
    blocks: int
    resumed: int
    failed: tuple[Failure, ...]
    cut: int
    seconds: float


def segment_large(
    source: Any,
    destination: str | Path,
    *,
    model: str | Path | Segmenter = DEFAULT_MODEL,
    axes: str | None = None,
    channel: int | None = None,
    pixel_size: float | None = None,
    table: str | Path | None = None,
    block: int = BLOCK,
    margin: int | None = None,
    workers: int | None = None,
    scheduler: Any = None,
    config: SegmentConfig | None = None,
    progress: Progress | None = None,
    on_block: OnBlock | None = None,
) -> LargeResult:
    """Segment an image that need not fit into memory.

    The labels are those of `Segmenter.run`, whatever the size of the blocks: values
    are normalised over the whole plane, tiles lie where they do in the whole plane,
    and each nucleus is owned by the one block that holds its centre. A nucleus is
    numbered by the place of its first pixel.

    Until the end, all results lie in ``<destination>.partial``. A run that was killed
    goes on from there when it is called again with the same settings.

    Parameters
    ----------
    source : path-like or array-like
        OME-Zarr, zarr, TIFF, a slide, or a numpy, dask or zarr array.
    destination : path-like
        The OME-Zarr that is made; the labels are in its ``labels/nuclei``.
    model : str, path-like or Segmenter
    axes : str, optional
        A letter an axis, such as TYX, where the source does not say or is wrong.
    channel : int, optional
        Which channel to take where there is an axis C.
    pixel_size : float, optional
        In micrometres, where the source does not say or is wrong.
    table : path-like, optional
        A ``.csv`` or ``.parquet`` file for a table of the nuclei.
    block : int
        Side of a block, in pixels. The labels do not depend on it; memory does.
    margin : int, optional
        Pixels around a block that are looked at too; nuclei must not be longer. By
        default four times the diameter the model was trained for.
    workers : int, optional
        Blocks that are worked on at once.
    scheduler : str or dask.distributed.Client, optional
        Runs the blocks on dask's workers; they must see the files at the same paths.
    config : SegmentConfig, optional
    progress : callable, optional
        Is told (done, total) in blocks; cancels by raising.
    on_block : callable, optional
        Is shown each block as it is done.

    Returns
    -------
    LargeResult

    Raises
    ------
    OSError, TypeError, ValueError
        If the source cannot be read, the destination exists, an argument is not
        allowed, or the partial results are those of another run.
    """
    began = time.perf_counter()
    config = config or SegmentConfig()
    destination = Path(destination).absolute()
    table = check_outputs(destination, table)
    if block < 64:
        raise ValueError(f"block must be at least 64 pixels; got {block}")
    image = open_image(source)
    pixel_size = image.pixel_size if pixel_size is None else pixel_size
    layout = image.layout(axes, channel)
    check_axes(layout.label_axes)
    segmenter = model if isinstance(model, Segmenter) else load_segmenter(model)
    folder = destination.with_name(destination.name + ".partial")
    settings = {
        "version": __version__,
        "image": image.identity,
        "axes": layout.axes,
        "channel": layout.channel,
        "pixel_size": pixel_size,
        "model": segmenter.card.as_dict(),
        "config": asdict(config),
        "block": block,
        "margin": margin,
    }
    known = read_settings(folder, settings)
    if known is None:
        known = survey(segmenter, image.pixels, layout, config, pixel_size)
        write_settings(folder, settings, known)
    if margin is None:
        shrunk = min(float(known.scale), 1.0)
        margin = round(MARGIN * segmenter.card.diameter / shrunk)
    work = BlockWork(segmenter, image, layout, known, config, margin, folder)
    blocks = [
        Block(plane, window)
        for plane in range(len(known.limits))
        for window in plan_blocks(layout.plane_shape, block)
    ]
    left = [item for item in blocks if not (folder / item.file_name).exists()]
    resumed, failed = len(blocks) - len(left), []
    if progress:
        progress(resumed, len(blocks))
    for number, (item, failure) in enumerate(
        run_all(work, left, Failure, workers=workers, scheduler=scheduler), resumed + 1
    ):
        if failure:
            failed.append(failure)
        elif on_block:
            on_block(work.place(item.plane), item.window.index, shown(work, item))
        if progress:
            progress(number, len(blocks))
    nuclei, cut = assemble(work, blocks, destination, table, pixel_size)
    if not failed:
        shutil.rmtree(folder)
    return LargeResult(
        destination / "labels" / NAME,
        table,
        nuclei,
        len(blocks),
        resumed,
        tuple(failed),
        cut,
        time.perf_counter() - began,
    )


def check_outputs(destination: Path, table: str | Path | None) -> Path | None:
    """Raise an error if the results cannot be written; return the table's path."""
    folder = destination.with_name(destination.name + ".partial")
    if destination.exists() and not folder.exists():
        raise FileExistsError(
            f"{destination} exists; remove it or name another destination"
        )
    if table is None:
        return None
    table = Path(table).absolute()
    if table.suffix not in TABLE_SUFFIXES:
        raise ValueError(f"table must end in .csv or .parquet; got {table.name}")
    return table


def read_settings(folder: Path, settings: dict[str, Any]) -> Survey | None:
    """Return what an earlier run has found out, if it was the same as this one."""
    path = folder / "run.json"
    if not path.exists():
        return None
    earlier = json.loads(path.read_text(encoding="utf-8"))
    now = json.loads(json.dumps(settings))
    changed = [key for key in now if earlier["settings"].get(key) != now[key]]
    if changed:
        raise ValueError(
            f"{folder} is from a run with another {', '.join(changed)}; remove it, or "
            "call as before to go on"
        )
    limits = tuple((low, high) for low, high in earlier["limits"])
    return Survey(limits, Fraction(earlier["scale"]))


def write_settings(folder: Path, settings: dict[str, Any], known: Survey) -> None:
    """Write down what a run does and has found out, so that another can go on."""
    content = {
        "settings": settings,
        "limits": known.limits,
        "scale": str(known.scale),
    }
    write_atomic(folder / "run.json", json.dumps(content, indent=1).encode())


def shown(work: BlockWork, block: Block) -> NDArray[np.int32]:
    """Return the labels of a finished block, in its own numbers."""
    return decode(work.folder / block.file_name).labels


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
    store = LabelStore(part, layout.label_shape, layout.label_axes, pixel_size)
    unfinished = None if table is None else work.folder / f"table{table.suffix}"
    nuclei = cut = 0
    with table_writer(unfinished) as add_rows:
        for plane in range(len(work.survey.limits)):
            mine = [b for b in blocks if b.plane == plane]
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
        path = work.folder / block.file_name
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
