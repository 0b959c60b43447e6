"""A run on a large image, block by block, with labels on disk; without Qt."""

from __future__ import annotations

import hashlib
import json
import re
import threading
import time
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_data_path

from napari_nuclei import __version__
from napari_nuclei.core.linking.segmented_stack import joins_slices
from napari_nuclei.widgets.segment.block_preview import BlockPreview
from napari_nuclei.widgets.segment.diameter_check import DiameterCheck
from napari_nuclei.widgets.segment.load_blockwise import (
    list_planes,
    read_joined_nuclei,
    read_levels,
    read_plane_results,
)
from napari_nuclei.widgets.segment.result import LabelsOnDisk, RunResult
from napari_nuclei.widgets.segment.runs.fingerprint import fingerprint_image
from napari_nuclei.widgets.shared.thread_progress import (
    Progress,
    ProgressCallback,
    time_left,
)

if TYPE_CHECKING:
    from napari_nuclei.config import SegmentConfig
    from napari_nuclei.core.axes import PlaneIndex
    from napari_nuclei.core.segmenter import Segmenter
    from napari_nuclei.widgets.layers.image_source import ImageSource
    from napari_nuclei.widgets.shared.segmenter_cache import SegmenterCache

LARGE_PLANE = 5120 * 5120
"""Planes of more pixels are segmented block by block. A plane of this size takes about
1.4 GB of memory and two seconds to label; a run cannot be cancelled in this time."""

LARGE_STACK = 256_000_000
"""Stacks of more pixels are segmented block by block, because their labels alone would
take 1 GB."""

BLOCK_SIZE = 2048
"""Side of a block, in pixels."""

REQUIRED_MODULES = ("zarr", "numcodecs", "ome_zarr.writer", "pyarrow.csv")
"""Optional modules that are needed to write and read the results."""

WRITABLE_STACK_AXES = ("", "Z", "TZ")
"""Stack axes that OME-Zarr labels can have."""


def is_large(source: ImageSource) -> bool:
    """Return whether a source is segmented block by block, with labels on disk."""
    layout = source.layout
    height, width = layout.plane_shape
    pixels = float(np.prod([float(size) for size in layout.label_shape]))
    large = height * width > LARGE_PLANE or pixels > LARGE_STACK
    return large and "".join(layout.stack_axes) in WRITABLE_STACK_AXES


def results_folder() -> Path:
    """Return the default folder for the labels of large images."""
    return user_data_path("napari-nuclei", appauthor=False) / "results"


class BlockReporter:
    """Report the blocks of a run that are done, and their labels for the preview.

    Parameters
    ----------
    report : callable
    preview : BlockPreview
        Only its geometry is read.
    """

    def __init__(self, report: ProgressCallback, preview: BlockPreview) -> None:
        self._report, self._preview = report, preview
        self._started = time.perf_counter()
        self._last = Progress(0, 0)
        self._done_earlier: int | None = None

    @property
    def seconds(self) -> float:
        """Time since the run began."""
        return time.perf_counter() - self._started

    def report_count(self, done: int, total: int) -> None:
        """Report how many blocks are done, and the time that the others will take."""
        if self._done_earlier is None:  # blocks of an earlier run take no time now
            self._done_earlier = done
        remaining = time_left(
            done - self._done_earlier, total - self._done_earlier, self.seconds
        )
        number = min(done + 1, total)
        self._last = Progress(done, total, f"Block {number} of {total}{remaining}")
        self._report(self._last)

    def report_block(
        self,
        plane_index: PlaneIndex,
        window: tuple[slice, slice],
        labels: NDArray[np.int32],
    ) -> None:
        """Report the labels of a block, downsampled for the preview."""
        block = self._preview.downsample(plane_index, window, labels)
        self._report(replace(self._last, value=block))


class BlockwiseRun:
    """A run on a large source, called in a thread.

    Finished blocks are stored in a folder for this image, model and settings. A
    cancelled or killed run continues from them when it is started again.

    Parameters
    ----------
    source : ImageSource
    model : Path
        Folder of the model.
    config : SegmentConfig
    folder : Path
        Folder for the labels.
    segmenter_cache : SegmenterCache
    lock : Lock
        Held while files are written, so that a run waits for a cancelled one to end.

    Attributes
    ----------
    preview : BlockPreview
        For the main thread to draw into; the run only reads its geometry.
    transform : dict
        Transform of the preview, as arguments of a layer.
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
        self._model, self._folder = model, folder
        self._segmenters, self._lock = segmenter_cache, lock

    def __call__(
        self, report: ProgressCallback, *, finish_only: bool = False
    ) -> RunResult:
        """Segment the blocks that are left and write the labels.

        Parameters
        ----------
        report : callable
            Called with a `Progress` for every block, and between them. The value of
            some steps is a `PreviewBlock`. Raising ends the run.
        finish_only : bool
            Do not segment more blocks; unfinished blocks stay empty.

        Raises
        ------
        ImportError
            If the extra `large` is not installed.
        OSError
            If the results cannot be written.
        RuntimeError, ValueError
            If no block could be segmented, or the model is damaged.
        """
        report(Progress(0, 0, "Loading the model"))
        segmenter = self._segmenters.get(self._model)
        while not self._lock.acquire(timeout=0.1):
            report(Progress(0, 0, "Waiting for the cancelled run to end"))
        try:
            return self._run(segmenter, report, finish_only)
        finally:
            self._lock.release()

    def _run(
        self, segmenter: Segmenter, report: ProgressCallback, finish_only: bool
    ) -> RunResult:
        from napari_nuclei.io.lazy_images import LazyImage
        from napari_nuclei.io.optional_packages import import_extra
        from napari_nuclei.scale.large import segment_large

        for module in REQUIRED_MODULES:  # fail now, not after minutes of work
            import_extra(module)
        source, config, layout = self.source, self.config, self.source.layout
        reporter = BlockReporter(report, self.preview)
        report(Progress(0, 0, "Reading the image"))
        fingerprint = fingerprint_image(source, report)
        destination = self._destination(segmenter, fingerprint)
        destination.parent.mkdir(parents=True, exist_ok=True)
        table = destination.with_suffix(".csv")
        result = segment_large(
            LazyImage(source.data, layout.axes, source.pixel_size, fingerprint),
            destination,
            model=segmenter,
            block=BLOCK_SIZE,
            channel=layout.channel,
            z_spacing=source.z_spacing,
            table=table,
            config=config,
            progress=reporter.report_count,
            on_block=reporter.report_block,
            finish_only=finish_only,
        )
        diameter_check = DiameterCheck(segmenter, config, source.pixel_size)
        if diameter_check.expected is not None:
            diameter_check.check_plane(1, read_central_crop(source))
        joins = joins_slices(config)
        return RunResult(
            source=source,
            segmenter=segmenter,
            config=config,
            labels=read_levels(result.labels),
            planes=list_planes(layout) if joins else read_plane_results(table, layout),
            scale=result.scale,
            seconds=reporter.seconds,
            mismatched_diameter=diameter_check.mismatch,
            joined=read_joined_nuclei(table) if joins else None,
            on_disk=LabelsOnDisk(
                result.labels,
                table,
                result.missing_blocks,
                tuple(str(failure) for failure in result.failed),
                result.notes,
            ),
        )

    def _destination(self, segmenter: Segmenter, fingerprint: str) -> Path:
        """Return a new path for the labels, with the blocks of an unfinished run.

        Existing labels are not replaced, because a layer may show them. If they lack
        blocks, the finished ones are moved to the new path.
        """
        from napari_nuclei.scale.destination import get_partial_folder

        settings = {
            "image": fingerprint,
            "config": asdict(self.config),
            "model": segmenter.card.as_dict(),
            "version": __version__,
        }
        key = hashlib.sha256(json.dumps(settings, default=str).encode()).hexdigest()
        name = re.sub(r"[^\w.-]+", "-", f"{self.source.name} {segmenter.card.name}")
        stem = f"{name[:80]}-{key[:8]}"
        number, path = 1, self._folder / f"{stem}.zarr"
        while path.exists():
            partial = get_partial_folder(path)
            number += 1
            path = self._folder / f"{stem}-{number}.zarr"
            new_partial = get_partial_folder(path)
            if partial.exists() and not path.exists() and not new_partial.exists():
                partial.rename(new_partial)
        return path


def read_central_crop(source: ImageSource) -> NDArray[Any]:
    """Return the centre of the middle plane, to measure nuclei in.

    Returns
    -------
    ndarray of shape (Y, X[, 3])
        At most 2048 x 2048 pixels.
    """
    rows, columns = (
        slice(max(0, side // 2 - 1024), side // 2 + 1024)
        for side in source.layout.plane_shape
    )
    layout = source.layout
    middle = layout.plane_index(layout.plane_count // 2)
    return layout.read_plane(source.data, middle, (rows, columns))
