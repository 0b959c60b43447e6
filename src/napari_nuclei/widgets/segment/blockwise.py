"""The work of a run on an image too large for memory: block by block, without Qt."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
import zlib
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from platformdirs import user_data_path

from napari_nuclei import __version__
from napari_nuclei.widgets.layers.lazy_crop import LazyCrop
from napari_nuclei.widgets.segment.block_preview import BlockPreview
from napari_nuclei.widgets.segment.diameter_check import DiameterCheck
from napari_nuclei.widgets.segment.load_blockwise import read_levels, read_plane_results
from napari_nuclei.widgets.segment.result import LabelsOnDisk, RunResult
from napari_nuclei.widgets.shared.progress import Progress, ProgressCallback, time_left

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_nuclei.config import SegmentConfig
    from napari_nuclei.core.segmenter import Segmenter
    from napari_nuclei.widgets.layers.image_source import ImageSource
    from napari_nuclei.widgets.segment.in_memory import SegmenterCache

LARGE_PLANE = 5120 * 5120
"""Planes of more pixels are done block by block; this many take about 1.4 GB at once,
and two seconds to label, in which a run cannot be ended."""

LARGE_STACK = 256_000_000
"""So are stacks of more pixels, whose labels alone would take 1 GB."""

BLOCK_SIZE = 2048
"""Side of a block, in pixels."""

REQUIRED_MODULES = ("zarr", "numcodecs", "ome_zarr.writer", "pyarrow.csv")
"""Modules that write and read the results."""

WRITABLE_STACK_AXES = ("", "Z", "TZ")
"""Axes of a stack that the file of labels has a place for."""


def is_large(source: ImageSource) -> bool:
    """Tell whether a source is segmented block by block, its labels kept on disk."""
    layout = source.layout
    height, width = layout.plane_shape
    pixels = float(np.prod([float(size) for size in layout.label_shape]))
    large = height * width > LARGE_PLANE or pixels > LARGE_STACK
    return large and "".join(layout.stack_axes) in WRITABLE_STACK_AXES


def results_folder() -> Path:
    """Return where results are kept, unless another folder is chosen."""
    return user_data_path("napari-nuclei", appauthor=False) / "results"


class BlockwiseRun:
    """A run on a large source; called in a thread, and watched from another one.

    What is done lies in a folder of its own. A run that was cancelled or killed goes
    on from there when the same image is segmented in the same way.

    Parameters
    ----------
    source : ImageSource
    model : Path
        Folder of the model.
    config : SegmentConfig
    folder : Path
        Where the labels are kept.
    segmenter_cache : SegmenterCache
    lock : Lock
        Held while files are written: one run that is ending must not meet the next.

    Attributes
    ----------
    preview : BlockPreview
        Of the blocks that are done.
    transform : dict
        Where the preview lies in the world, as arguments of a layer.
    done, total : int
        Blocks; a total of 0 is not known yet.
    """

    def __init__(
        self,
        source: ImageSource,
        model: Path,
        config: SegmentConfig,
        folder: Path,
        segmenter_cache: SegmenterCache,
        lock: threading.Lock,
    ) -> None:
        self.source, self.config = source, config
        self.preview = BlockPreview(source.layout)
        self.transform: dict[str, Any] = {}
        self.done = self.total = 0
        self._model, self._folder = model, folder
        self._segmenters, self._lock = segmenter_cache, lock

    def __call__(
        self, report: ProgressCallback, *, finish_only: bool = False
    ) -> RunResult:
        """Segment, or take what was done for all there is.

        Parameters
        ----------
        report : callable
            Is given a `Progress` for every block, and between them; ends the run
            by raising.
        finish_only : bool

        Raises
        ------
        ImportError, OSError, RuntimeError, ValueError
            If the extra `large` is not installed, the results cannot be written, or
            no block could be segmented.
        """
        report(Progress(0, 0, "Loading the model"))
        segmenter = self._segmenters.get(self._model)
        while not self._lock.acquire(timeout=0.1):
            report(Progress(0, 0, "Waiting for the last run to end"))
        try:
            return self._run(segmenter, report, finish_only)
        finally:
            self._lock.release()

    def _run(
        self, segmenter: Segmenter, report: ProgressCallback, finish_only: bool
    ) -> RunResult:
        from napari_nuclei.io.lazy_images import LazyImage, import_extra
        from napari_nuclei.scale.large import segment_large

        for module in REQUIRED_MODULES:  # before minutes are spent on blocks
            import_extra(module)
        source, config = self.source, self.config
        layout, began = source.layout, time.perf_counter()
        report(Progress(0, 0, "Looking at the image"))
        known = fingerprint_image(source, report)
        destination = self._destination(segmenter, known)
        destination.parent.mkdir(parents=True, exist_ok=True)
        first = -1

        def tell(done: int, total: int) -> None:
            nonlocal first
            first = done if first < 0 else first
            self.done, self.total = done, total
            took = time.perf_counter() - began
            left = time_left(done - first, total - first, took)
            report(
                Progress(done, total, f"Block {min(done + 1, total)} of {total}{left}")
            )

        result = segment_large(
            LazyImage(source.data, layout.axes, source.pixel_size, known),
            destination,
            model=segmenter,
            block=BLOCK_SIZE,
            channel=layout.channel,
            table=destination.with_suffix(".csv"),
            config=config,
            progress=tell,
            on_block=self.preview.draw_block,
            finish_only=finish_only,
        )
        misfit = DiameterCheck(segmenter, config, source.pixel_size)
        if misfit.expected is not None:
            misfit.check_plane(1, read_central_crop(source))
        return RunResult(
            source,
            segmenter,
            config,
            read_levels(result.labels),
            read_plane_results(destination.with_suffix(".csv"), layout),
            result.scale,
            time.perf_counter() - began,
            misfit.diameter,
            on_disk=LabelsOnDisk(
                result.labels,
                destination.with_suffix(".csv"),
                result.missing_blocks,
                tuple(str(failure) for failure in result.failed),
            ),
        )

    def _destination(self, segmenter: Segmenter, known: str) -> Path:
        """Return where a run goes: with what an earlier one has left, if it was cut.

        Labels that lack blocks stay as they are, for a layer may show them; their
        blocks are taken along to where all are going to be.
        """
        from napari_nuclei.scale.large import get_partial_folder

        settings = {
            "image": known,
            "config": asdict(self.config),
            "model": segmenter.card.as_dict(),
            "version": __version__,
        }
        key = hashlib.sha256(json.dumps(settings, default=str).encode()).hexdigest()
        words = re.sub(r"[^\w.-]+", "-", f"{self.source.name} {segmenter.card.name}")
        stem = f"{words[:80]}-{key[:8]}"
        number, path = 1, self._folder / f"{stem}.zarr"
        while path.exists():
            left = get_partial_folder(path)
            number += 1
            path = self._folder / f"{stem}-{number}.zarr"
            if (
                left.exists()
                and not path.exists()
                and not get_partial_folder(path).exists()
            ):
                left.rename(get_partial_folder(path))
        return path


def fingerprint_image(source: ImageSource, report: ProgressCallback) -> str:
    """Return what tells an image from others, and in memory from itself changed.

    Parameters
    ----------
    source : ImageSource
    report : callable
        Is given a `Progress` now and then; ends the work by raising.
    """
    data = source.data.data if isinstance(source.data, LazyCrop) else source.data
    parts = [source.path, source.choice, source.box, source.layout, data.dtype]
    if isinstance(data, np.ndarray):
        parts.append(checksum(data, report))
    else:  # dask's names are made of what an array holds, zarr's say where in a store
        parts += [getattr(data, "name", ""), getattr(data, "store", "")]
    return " ".join(str(part) for part in parts)


def checksum(data: np.ndarray[Any, Any], report: ProgressCallback) -> int:
    """Return a number that changes with the values of an array."""
    found = 0
    for part in split_array(data):
        found = zlib.crc32(np.ascontiguousarray(part).data, found)
        report(Progress(0, 0))
    return found


def split_array(data: np.ndarray[Any, Any]) -> Iterator[np.ndarray[Any, Any]]:
    """Yield an array in parts of some megabytes, cut along its first axis."""
    count = max(1, data.nbytes >> 25)
    yield from np.array_split(data, min(count, len(data)))


def read_central_crop(source: ImageSource) -> np.ndarray[Any, Any]:
    """Return the middle of a source's middle plane, in which nuclei are measured."""
    places = list(source.layout.plane_indices())
    sides = [
        slice(max(0, side // 2 - 1024), side // 2 + 1024)
        for side in source.layout.plane_shape
    ]
    place = places[len(places) // 2]
    return source.layout.read_plane(source.data, place, (sides[0], sides[1]))
