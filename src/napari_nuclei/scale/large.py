"""Images larger than memory: block by block, resumable, here or on a cluster."""

from __future__ import annotations

import json
import shutil
import time
from contextlib import closing
from dataclasses import asdict, dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from napari_nuclei import __version__
from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.plane_regions import ImageStatistics
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import Progress
from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.io.lazy_images import open_image
from napari_nuclei.io.ome_zarr_labels import LABELS_NAME, check_ome_axes
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.store import DEFAULT_MODEL
from napari_nuclei.scale.block import BlockFailure, plan_stack
from napari_nuclei.scale.block_runner import BlockCallback, BlockRunner
from napari_nuclei.scale.block_task import BlockTask
from napari_nuclei.scale.image_statistics import compute_image_statistics
from napari_nuclei.scale.merge_blocks import merge_blocks

BLOCK_SIZE = 1024
"""Side of a block, in pixels: the memory of a block grows with its square, the share
of margins falls."""

MARGIN_DIAMETERS = 4
"""Margin around a block, in diameters that the model was trained for."""

TABLE_SUFFIXES = (".csv", ".parquet")


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
    failed : tuple of BlockFailure
        Blocks that are empty in the labels; another run tries them again.
    truncated : int
        Parts of objects longer than a block's margin, which seams may have cut.
    seconds : float
    scale : float
        The image was resized by this for the network.
    missing_blocks : int
        Blocks that are empty in the labels: those that failed, and those that were
        not begun where a run was finished early.
    """

    labels: Path
    table: Path | None
    nuclei: int
    blocks: int
    resumed: int
    failed: tuple[BlockFailure, ...]
    truncated: int
    seconds: float
    scale: float
    missing_blocks: int


def segment_large(
    source: Any,
    destination: str | Path,
    *,
    model: str | Path | Segmenter = DEFAULT_MODEL,
    axes: str | None = None,
    channel: int | None = None,
    pixel_size: float | None = None,
    table: str | Path | None = None,
    block: int = BLOCK_SIZE,
    margin: int | None = None,
    workers: int | None = None,
    scheduler: Any = None,
    config: SegmentConfig | None = None,
    progress: Progress | None = None,
    on_block: BlockCallback | None = None,
    finish_only: bool = False,
) -> LargeResult:
    """Segment an image that need not fit into memory.

    The labels are those of `Segmenter.run`, whatever the size of the blocks: values
    are normalised over the whole plane, tiles lie where they do in the whole plane,
    and each nucleus is owned by the one block that holds its centre. A nucleus is
    numbered by the place of its first pixel.

    Until every block is done, all results lie in ``<destination>.partial``. A run that
    was killed, or lost blocks, goes on from there when it is called again with the same
    settings; the destination of one that lost blocks is then replaced.

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
        Is told (done, total) in blocks, also while none is done; cancels by raising.
    on_block : callable, optional
        Is shown each block as it is done, and first those of an earlier run.
    finish_only : bool
        Take what an earlier run has finished for all there is: the other blocks stay
        empty until another run goes on.

    Returns
    -------
    LargeResult

    Raises
    ------
    OSError, TypeError, ValueError
        If the source cannot be read, the destination exists, an argument is not
        allowed, or the partial results are those of another run.
    RuntimeError
        If no block could be segmented; nothing is written then.
    """
    began = time.perf_counter()
    config = config or SegmentConfig()
    destination = Path(destination).absolute()
    table = check_destination(destination, table)
    if block < 64:
        raise ValueError(f"block must be at least 64 pixels; got {block}")
    with closing(open_image(source)) as image:
        pixel_size = image.pixel_size if pixel_size is None else pixel_size
        layout = image.layout(axes, channel)
        check_ome_axes(layout.label_axes)
        segmenter = model if isinstance(model, Segmenter) else load_segmenter(model)
        folder = get_partial_folder(destination)
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
        known = load_run_state(folder, settings)
        if known is None:
            known = compute_image_statistics(
                segmenter, image.pixels, layout, config, pixel_size
            )
            save_run_state(folder, settings, known)
        if margin is None:
            shrunk = min(float(known.scale), 1.0)
            margin = round(MARGIN_DIAMETERS * segmenter.card.diameter / shrunk)
        work = BlockTask(segmenter, image, layout, known, config, margin, folder, block)
        blocks = plan_stack(layout.plane_shape, len(known.limits), block)
        run = BlockRunner(work, blocks, progress, on_block)
        run.run(workers=workers, scheduler=scheduler, finish_only=finish_only)
    nuclei, truncated = merge_blocks(work, blocks, destination, table, pixel_size)
    if not run.missing_blocks:
        shutil.rmtree(folder)
    return LargeResult(
        destination / "labels" / LABELS_NAME,
        table,
        nuclei,
        len(blocks),
        run.resumed,
        tuple(run.failed),
        truncated,
        time.perf_counter() - began,
        float(known.scale),
        run.missing_blocks,
    )


def get_partial_folder(destination: Path) -> Path:
    """Return the folder of what is done, until all of a destination is."""
    return destination.with_name(destination.name + ".partial")


def check_destination(destination: Path, table: str | Path | None) -> Path | None:
    """Raise an error if the results cannot be written; return the table's path."""
    if destination.exists() and not get_partial_folder(destination).exists():
        raise FileExistsError(
            f"{destination} exists; remove it or name another destination"
        )
    if table is None:
        return None
    table = Path(table).absolute()
    if table.suffix not in TABLE_SUFFIXES:
        raise ValueError(f"table must end in .csv or .parquet; got {table.name}")
    return table


def load_run_state(folder: Path, settings: dict[str, Any]) -> ImageStatistics | None:
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
    return ImageStatistics(limits, Fraction(earlier["scale"]))


def save_run_state(
    folder: Path, settings: dict[str, Any], known: ImageStatistics
) -> None:
    """Write down what a run does and has found out, so that another can go on."""
    content = {
        "settings": settings,
        "limits": known.limits,
        "scale": str(known.scale),
    }
    write_atomic(folder / "run.json", json.dumps(content, indent=1).encode())
