"""The steps of segmenting a large image: plan, statistics, blocks, merged labels."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from typing import Any

from napari_nuclei import __version__
from napari_nuclei.core.axes import PlaneLayout
from napari_nuclei.core.linking.segmented_stack import joins_slices, make_joiner
from napari_nuclei.core.measure.counts import stack_phrase
from napari_nuclei.core.plane_regions import ImageStatistics
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import Progress
from napari_nuclei.io.atomic import prepare_folder
from napari_nuclei.io.checks.checked_pixels import UNREADABLE_NOTE, TolerantPixels
from napari_nuclei.io.chunk_cache import ChunkCache
from napari_nuclei.io.lazy_images import LazyImage
from napari_nuclei.io.locks import lock_path
from napari_nuclei.io.microscopes.scenes import Scene
from napari_nuclei.io.ome_zarr_labels import check_ome_axes
from napari_nuclei.io.readers import open_image
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.scale.block import Block, plan_stack
from napari_nuclei.scale.block_runner import BlockCallback, BlockRunner
from napari_nuclei.scale.block_settings import BlockSettings
from napari_nuclei.scale.block_task import BlockTask
from napari_nuclei.scale.destination import (
    check_destination,
    get_partial_folder,
    remove_folder,
)
from napari_nuclei.scale.large_result import LargeResult
from napari_nuclei.scale.merge_blocks import (
    LostBlockError,
    MergeResult,
    merge_blocks,
)
from napari_nuclei.scale.merge_joined import merge_joined
from napari_nuclei.scale.run_state import (
    begin_run,
    explain_source_change,
    load_run_state,
)
from napari_nuclei.scale.size_limits import check_block_count, check_chunk_size
from napari_nuclei.scale.statistics.image_statistics import compute_image_statistics

MARGIN_DIAMETERS = 4
"""Margin around a block, in diameters that the model was trained for."""

MAX_MERGES = 3
"""Number of attempts to merge the blocks, if files of blocks vanish meanwhile."""


def run_large(
    source: Any,
    destination: str | Path | None,
    model: str | Path | Segmenter,
    settings: BlockSettings,
    *,
    scene: Scene = None,
    table: str | Path | None = None,
    progress: Progress | None = None,
    on_block: BlockCallback | None = None,
    finish_only: bool = False,
) -> LargeResult:
    """Segment an image block by block.

    Parameters
    ----------
    source, destination, model, scene, table, progress, on_block, finish_only
        As for `segment_large`.
    settings : BlockSettings

    Returns
    -------
    LargeResult
    """
    started = time.perf_counter()
    if isinstance(source, (str, Path)):
        source = Path(source).expanduser()
    joins = joins_slices(settings.config)
    with ExitStack() as stack:
        image = stack.enter_context(closing(open_image(source, scene=scene)))
        store = settings.plan_store(image, destination)
        table = check_destination(store.path, table)
        settings = settings.with_sizes_of(image)
        layout = plan_layout(image, settings)
        check_block_count(layout, settings.block)
        segmenter = model if isinstance(model, Segmenter) else load_segmenter(model)
        prepare_folder(store.path.parent)
        stack.enter_context(lock_path(store.path))
        # Another process may have written the labels before this one had the lock.
        check_destination(store.path, table)
        content = image.identify_content()
        task, notes = prepare_task(
            image,
            layout,
            segmenter,
            settings,
            folder=get_partial_folder(store.path),
            content=content,
            measures=table is not None and not joins,
        )
        blocks = plan_stack(layout.plane_shape, layout.plane_count, settings.block)
        runner = BlockRunner(task, blocks, progress, on_block)
        merge_files = merge_blocks
        if joins:
            merge_files = partial(merge_joined, z_spacing=settings.z_spacing)

        def merge() -> MergeResult:
            image.check_content(content)
            return merge_files(
                task, blocks, store, table, settings.pixel_size, runner.finished
            )

        workers, scheduler = settings.workers, settings.scheduler
        repeat = partial(runner.repeat, workers=workers, scheduler=scheduler)
        with explain_source_change(task.folder):
            runner.run(workers=workers, scheduler=scheduler, finish_only=finish_only)
            merged = merge() if finish_only else merge_all(merge, repeat)
        if not runner.missing_blocks:
            remove_folder(task.folder)
    return LargeResult(
        labels=store.path,
        table=table,
        nuclei=merged.nuclei,
        blocks=len(blocks),
        resumed=runner.resumed,
        failed=tuple(runner.failed),
        truncated=merged.truncated,
        seconds=time.perf_counter() - started,
        scale=float(task.statistics.scale),
        missing_blocks=runner.missing_blocks,
        notes=(*notes, *task.statistics.notes, *merged.notes),
        stack=stack_phrase(layout.label_axes, layout.label_shape, joined=joins),
    )


def plan_layout(image: LazyImage, settings: BlockSettings) -> PlaneLayout:
    """Return the planes of an image; refuse an image that cannot be segmented.

    Raises
    ------
    ValueError
        If the axes do not fit the image or OME-Zarr, slices cannot be joined, or chunks
        have too many pixels.
    """
    layout = image.layout(settings.axes, settings.channel)
    check_ome_axes(layout.label_axes)
    # Raises an error now instead of after the blocks.
    make_joiner(layout, settings.config, settings.pixel_size, settings.z_spacing)
    check_chunk_size(image, settings.max_pixels)
    return layout


def prepare_task(
    image: LazyImage,
    layout: PlaneLayout,
    segmenter: Segmenter,
    settings: BlockSettings,
    *,
    folder: Path,
    content: str,
    measures: bool,
) -> tuple[BlockTask, tuple[str, ...]]:
    """Return the task of all blocks, with the statistics of the image.

    The statistics of an earlier run with the same settings are used again. If there
    are none, they are computed, and files of blocks in the folder are removed.

    Parameters
    ----------
    image : LazyImage
    layout : PlaneLayout
    segmenter : Segmenter
    settings : BlockSettings
    folder : Path
        Folder of the blocks' files.
    content : str
        Identifies the pixels of the image.
    measures : bool
        Measure the nuclei of each block.

    Returns
    -------
    task : BlockTask
    notes : tuple of str
        Sentences on how the image was read.

    Raises
    ------
    ValueError
        If the folder is from a run with other settings.
    """
    record = {
        "version": __version__,
        "image": f"{image.identity} {content}",
        "axes": layout.axes,
        "channel": layout.channel,
        "model": segmenter.card.as_dict(),
        **settings.as_record(),
    }
    if image.scene:  # a run on the first scene has no such entry, as before
        record["scene"] = image.scene
    notes = image.notes_with(settings.axes, settings.channel)
    chunk_cache = ChunkCache()
    statistics = load_run_state(folder, record, layout.plane_count)
    if statistics is None:
        pixels = TolerantPixels(chunk_cache.open(image.pixels))
        statistics = compute_image_statistics(
            segmenter, pixels, layout, settings.config, settings.pixel_size
        )
        if pixels.damaged:
            notes = (*notes, UNREADABLE_NOTE)
        image.check_unchanged()
        begin_run(folder, record, statistics)
    margin = settings.margin
    if margin is None:
        margin = default_margin(segmenter, statistics)
    task = BlockTask(
        segmenter=segmenter,
        image=image,
        layout=layout,
        statistics=statistics,
        config=settings.config,
        margin=margin,
        folder=folder,
        block_size=settings.block,
        measures=measures,
        chunk_cache=chunk_cache,
    )
    return task, notes


def default_margin(segmenter: Segmenter, statistics: ImageStatistics) -> int:
    """Return the margin around a block, in pixels."""
    diameter = segmenter.card.diameter / min(float(statistics.scale), 1.0)
    return round(MARGIN_DIAMETERS * diameter)


def merge_all(
    merge: Callable[[], MergeResult], repeat: Callable[[Block], object]
) -> MergeResult:
    """Merge the blocks; segment those again whose files vanish meanwhile.

    Parameters
    ----------
    merge : callable
        Merges the blocks.
    repeat : callable
        Segments a lost block again.

    Raises
    ------
    LostBlockError
        If files of blocks vanish in `MAX_MERGES` attempts.
    """
    for _ in range(MAX_MERGES - 1):
        try:
            return merge()
        except LostBlockError as error:
            repeat(error.block)
    return merge()
