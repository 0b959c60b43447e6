"""Images larger than memory: block by block, resumable, here or on a cluster."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from napari_nuclei import __version__
from napari_nuclei.config import SegmentConfig
from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.core.linking.segmented_stack import joins_slices, make_joiner
from napari_nuclei.core.measure.counts import stack_phrase
from napari_nuclei.core.notebook.progress_bar import shows_progress
from napari_nuclei.core.plane_regions import ImageStatistics
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import Progress
from napari_nuclei.core.tracking.segmented_movie import check_blockwise
from napari_nuclei.io.atomic import prepare_folder
from napari_nuclei.io.checks.checked_pixels import UNREADABLE_NOTE, TolerantPixels
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.io.locks import lock_path
from napari_nuclei.io.ome_zarr_labels import LABELS_NAME, check_ome_axes
from napari_nuclei.io.readers import open_image
from napari_nuclei.io.zarr_images import spacing_of_slices
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.store import DEFAULT_MODEL
from napari_nuclei.scale.block import plan_stack
from napari_nuclei.scale.block_runner import BlockCallback, BlockRunner
from napari_nuclei.scale.block_task import BlockTask
from napari_nuclei.scale.destination import (
    check_destination,
    get_partial_folder,
    remove_folder,
)
from napari_nuclei.scale.image_statistics import compute_image_statistics
from napari_nuclei.scale.label_store import plan_label_store
from napari_nuclei.scale.large_result import LargeResult
from napari_nuclei.scale.merge_blocks import LostBlockError, merge_blocks
from napari_nuclei.scale.merge_joined import merge_joined
from napari_nuclei.scale.run_state import (
    begin_run,
    explain_source_change,
    load_run_state,
)
from napari_nuclei.scale.size_limits import check_block_count, check_chunk_size

BLOCK_SIZE = 1024
"""Side of a block, in pixels. A larger block needs memory that grows with the square of
its side; a smaller one spends more time on margins."""

MIN_BLOCK_SIZE = 64
"""Smallest side of a block, in pixels."""

MARGIN_DIAMETERS = 4
"""Margin around a block, in diameters that the model was trained for."""

MAX_MERGES = 3
"""Number of attempts to merge the blocks, if files of blocks vanish meanwhile."""


@suggests_keywords
@shows_progress("block")
def segment_large(
    source: Any,
    destination: str | Path | None = None,
    *,
    into_image: bool = False,
    labels_name: str = LABELS_NAME,
    ome_version: str | None = None,
    model: str | Path | Segmenter = DEFAULT_MODEL,
    axes: str | None = None,
    channel: int | str | None = None,
    pixel_size: float | None = None,
    z_spacing: float | None = None,
    table: str | Path | None = None,
    block: int = BLOCK_SIZE,
    margin: int | None = None,
    workers: int | None = None,
    scheduler: Any = None,
    config: SegmentConfig | None = None,
    max_pixels: int = MAX_PIXELS,
    progress: Progress | None = None,
    on_block: BlockCallback | None = None,
    finish_only: bool = False,
) -> LargeResult:
    """Segment an image that need not fit into memory, block by block.

    The nuclei are the same as those of `Segmenter.run`, for any size of the blocks:
    intensities are normalised over the whole plane, tiles have the same positions as
    in the whole plane, and each nucleus belongs to the block that holds its centre.
    The nuclei of a plane are numbered in the order of their first pixels.

    Until every block is done, the results are in ``<destination>.partial``. Call the
    function again with the same arguments to continue a run that was stopped, or to
    try failed blocks again. The destination of a run with failed blocks is replaced.

    Parameters
    ----------
    source : path-like or array-like of shape (Y, X) or (Y, X, 3), or as `axes` says
        OME-Zarr, zarr, TIFF, a slide, or a numpy, dask or zarr array of any integer or
        float type.
    destination : path-like, optional
        The OME-Zarr to write, an image-label of uint32. Required without `into_image`.
    into_image : bool
        Write new labels into the group ``labels`` of the source, an OME-Zarr image.
    labels_name : str
        Name of the labels.
    ome_version : str, optional
        Version of OME-Zarr of the destination: 0.4 or 0.5 (the default).
    model : str, path-like or Segmenter
        Name of a bundled or user model, path of a model's folder, or a loaded model.
    axes : str, optional
        One letter per axis, such as TYX. By default the axes that the source states.
    channel : int or str, optional
        Channel to segment if there is an axis C, counted from 0; "red", "green" or
        "blue" for one channel of RGB.
    pixel_size : float, optional
        Side of a pixel, in µm. By default the pixel size that the source states.
    z_spacing : float, optional
        Distance between slices, in µm. By default the one that the source states.
    table : path-like, optional
        A ``.csv`` or ``.parquet`` file for the table of nuclei.
    block : int
        Side of a block, in pixels, at least 64. The labels do not depend on it; the
        memory does.
    margin : int, optional
        Pixels around a block that are segmented with it, at least the length of a
        nucleus. By default four times the model's diameter.
    workers : int, optional
        Number of blocks that are segmented at once.
    scheduler : str or dask.distributed.Client, optional
        Address or client of a dask cluster that runs the blocks. Its workers must
        see the files at the same paths.
    config : SegmentConfig, optional
    max_pixels : int
        Largest number of pixels of a chunk, because chunks are decoded whole.
    progress : callable, optional
        Called with (done, total) in blocks, several times a second; raise an error in
        it to cancel.
    on_block : callable, optional
        Called with the plane index, the slices and the labels of each block when it
        is done. Blocks of an earlier run come first.
    finish_only : bool
        Write the results of the blocks that an earlier run has finished, and leave
        the others empty until another run continues.

    Returns
    -------
    LargeResult

    Raises
    ------
    OSError
        If the source cannot be read, or the destination exists.
    TypeError, ValueError
        If an argument is not valid, the partial results are from a run with other
        arguments, or the source was removed or has changed during the run.
    RuntimeError
        If no block could be segmented; then nothing is written. If another process
        writes to the destination.

    Examples
    --------
    >>> import tempfile
    >>> from napari_nuclei import segment_large, synthetic_nuclei
    >>> image, truth = synthetic_nuclei((96, 96), seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     result = segment_large(image, f"{folder}/labels.zarr")
    >>> result.blocks, result.failed
    (1, ())
    """
    started, config = time.perf_counter(), check_blockwise(config)
    if isinstance(source, (str, Path)):
        source = Path(source).expanduser()
    if block < MIN_BLOCK_SIZE:
        raise ValueError(f"block must be at least {MIN_BLOCK_SIZE} pixels; got {block}")
    with ExitStack() as stack:
        image = stack.enter_context(closing(open_image(source)))
        where = (destination, into_image, labels_name, ome_version)
        store = plan_label_store(image, *where)
        table = check_destination(store.path, table)
        pixel_size = image.pixel_size if pixel_size is None else pixel_size
        z_spacing = spacing_of_slices(image) if z_spacing is None else z_spacing
        layout = image.layout(axes, channel)
        check_ome_axes(layout.label_axes)
        make_joiner(layout, config, pixel_size, z_spacing)  # refuses early
        check_chunk_size(image, max_pixels)
        planes = check_block_count(layout, block)
        segmenter = model if isinstance(model, Segmenter) else load_segmenter(model)
        prepare_folder(store.path.parent)
        stack.enter_context(lock_path(store.path))
        check_destination(store.path, table)
        folder = get_partial_folder(store.path)
        content = image.identify_content()
        settings = {
            "version": __version__,
            "image": f"{image.identity} {content}",
            "axes": layout.axes,
            "channel": layout.channel,
            "pixel_size": pixel_size,
            "z_spacing": z_spacing,
            "model": segmenter.card.as_dict(),
            "config": asdict(config),
            "block": block,
            "margin": margin,
        }
        notes = image.notes_with(axes, channel)
        statistics = load_run_state(folder, settings, planes)
        if statistics is None:
            pixels = TolerantPixels(image.pixels)
            statistics = compute_image_statistics(
                segmenter, pixels, layout, config, pixel_size
            )
            if pixels.damaged:
                notes = (*notes, UNREADABLE_NOTE)
            image.check_unchanged()
            begin_run(folder, settings, statistics)
        if margin is None:
            margin = default_margin(segmenter, statistics)
        task = BlockTask(
            segmenter=segmenter,
            image=image,
            layout=layout,
            statistics=statistics,
            config=config,
            margin=margin,
            folder=folder,
            block_size=block,
            measures=table is not None and not joins_slices(config),
        )
        blocks = plan_stack(layout.plane_shape, planes, block)
        runner = BlockRunner(task, blocks, progress, on_block)
        merge = merge_blocks
        if joins_slices(config):
            merge = partial(merge_joined, z_spacing=z_spacing)
        how = {"workers": workers, "scheduler": scheduler}
        with explain_source_change(folder):
            runner.run(**how, finish_only=finish_only)
            for _ in range(MAX_MERGES):
                image.check_content(content)
                try:
                    merged = merge(
                        task, blocks, store, table, pixel_size, runner.finished
                    )
                    break
                except LostBlockError as error:
                    if finish_only:
                        raise
                    lost = error
                    runner.repeat(error.block, **how)
            else:
                raise lost
        if not runner.missing_blocks:
            remove_folder(folder)
    return LargeResult(
        labels=store.path,
        table=table,
        nuclei=merged.nuclei,
        blocks=len(blocks),
        resumed=runner.resumed,
        failed=tuple(runner.failed),
        truncated=merged.truncated,
        seconds=time.perf_counter() - started,
        scale=float(statistics.scale),
        missing_blocks=runner.missing_blocks,
        notes=(*notes, *statistics.notes, *merged.notes),
        stack=stack_phrase(
            layout.label_axes, layout.label_shape, joined=joins_slices(config)
        ),
    )


def default_margin(segmenter: Segmenter, statistics: ImageStatistics) -> int:
    """Return the margin around a block, in pixels."""
    diameter = segmenter.card.diameter / min(float(statistics.scale), 1.0)
    return round(MARGIN_DIAMETERS * diameter)
