"""Segment many image files, and list their results in a manifest."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from napari_nuclei.config import MeasureConfig, SegmentConfig
from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.core.notebook.progress_bar import shows_progress
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import Progress
from napari_nuclei.io.atomic import prepare_folder, remove_old_partial_files
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.io.writers import find_writers
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.store import DEFAULT_MODEL
from napari_nuclei.scale.file_result import (
    FileResult,
    check_written,
    make_manifest_row,
    read_file_result,
)
from napari_nuclei.scale.image_run import segment_to_paths
from napari_nuclei.scale.inputs import FileToSegment, plan_files
from napari_nuclei.scale.manifest import (
    append_to_manifest,
    is_done,
    read_manifest,
    repair_manifest,
    run_fingerprint,
    update_manifest,
)
from napari_nuclei.scale.old_arguments import accept_old_arguments
from napari_nuclei.scale.output_paths import plan_output_paths
from napari_nuclei.scale.records.run_record import make_run_record, write_run_record
from napari_nuclei.scale.recoverable import WatchedProgress, describe_failure
from napari_nuclei.scale.runners import run_tasks
from napari_nuclei.scale.submission import (
    check_submission_folder,
    wants_submission,
    write_submission,
)
from napari_nuclei.scale.tables.measure_segmented import check_partners, describe_files


@dataclass(frozen=True, slots=True)
class FileTask:
    """All that is needed to segment any file of a run, here or on another machine."""

    segmenter: Segmenter
    formats: tuple[str, ...] | None
    channel: int | str | None
    pixel_size: float | None
    config: SegmentConfig
    axes: str | None = None
    max_pixels: int = MAX_PIXELS
    z_spacing: float | None = None
    measurements: MeasureConfig | None = None

    def __call__(
        self, item: FileToSegment, progress: Progress | None = None
    ) -> FileResult:
        """Segment a file; return its result, or why there is none."""
        began = time.perf_counter()
        watched = WatchedProgress(progress)
        try:
            done = segment_to_paths(
                self.segmenter,
                item.path,
                plan_output_paths(
                    item.path,
                    item.destination,
                    self.formats,
                    item.stem,
                    table=self.measurements is not None,
                ),
                axes=self.axes,
                channel=self.channel,
                pixel_size=self.pixel_size,
                z_spacing=self.z_spacing,
                config=self.config,
                measurements=self.measurements,
                max_pixels=self.max_pixels,
                progress=watched,
            )
        except Exception as error:  # the other files must get their results
            if watched.cancelled:
                raise
            return make_failed_result(item, describe_failure(error))
        seconds = time.perf_counter() - began
        found = done.segmentation
        return FileResult(
            item.path,
            found.count,
            seconds,
            done.written,
            notes=found.notes,
            stack=found.stack,
            count_range=found.count_range,
        )

    @property
    def settings(self) -> dict[str, Any]:
        """The settings that decide the results, by name."""
        names = ("formats", "axes", "channel", "pixel_size", "z_spacing")
        values = {name: getattr(self, name) for name in names}
        return values | {"config": self.config, "measurements": self.measurements}

    def fingerprint(self, path: Path) -> str:
        """Return a text that changes with the file and with every setting."""
        card, config = self.segmenter.card.as_dict(), asdict(self.config)
        settings: list[Any] = [self.formats, self.channel, self.pixel_size]
        settings += [card, config]
        if self.axes is not None:
            settings.append(self.axes)
        if self.z_spacing is not None:
            settings.append(["z_spacing", self.z_spacing])
        if self.measurements is not None:
            settings += describe_files(self.measurements, path)
        return run_fingerprint(path, settings)


def make_failed_result(item: FileToSegment, reason: str) -> FileResult:
    """Return the result of a file that could not be segmented."""
    return FileResult(item.path, reason=reason)


@accept_old_arguments
@suggests_keywords
@shows_progress("file")
def segment_files(
    inputs: str | Path | Sequence[str | Path],
    output: str | Path | None = None,
    *,
    model: str | Path | Segmenter = DEFAULT_MODEL,
    formats: Sequence[str] | None = None,
    axes: str | None = None,
    channel: int | str | None = None,
    pixel_size: float | None = None,
    z_spacing: float | None = None,
    config: SegmentConfig | None = None,
    measurements: MeasureConfig | None = None,
    max_pixels: int = MAX_PIXELS,
    workers: int | None = None,
    scheduler: Any = None,
    progress: Progress | None = None,
    on_result: Callable[[FileResult], None] | None = None,
) -> list[FileResult]:
    """Segment image files; if a file fails, continue with the others.

    For several files a manifest, ``results.csv``, is written in the folder of the
    results, and ``results.json`` with the model, settings and versions of the run.
    Another run with the same settings skips the files that are done.

    Parameters
    ----------
    inputs : path-like or sequence of path-like
        Files, folders or patterns such as ``plate/*.tif``. Of a folder without images
        the images in ``<id>/images/`` are taken, as Kaggle has them.
    output : path-like, optional
        Folder for the results, created if needed. For a single image it may also be a
        file with the suffix of a format, as for `segment_file`. By default, results
        are written to the folder of their image.
    model : str, path-like or Segmenter
        Name of a model, folder of a model, or a loaded one.
    formats : sequence of str, optional
        What to write for each image, as for `segment_file`. With "kaggle", the file
        ``submission.csv`` in the folder of the results has the rows of all images.
    axes : str, optional
        One letter for each axis of each file, such as TZYX, if it does not state its
        axes or states wrong ones.
    channel : int or str, optional
        Channel to segment, counted from 0, if files have several; "red", "green" or
        "blue" for one channel of RGB.
    pixel_size : float, optional
        Side of a pixel, in µm. By default the pixel size that each file states.
    z_spacing : float, optional
        Distance between slices, in µm. By default the one that each file states.
    config : SegmentConfig, optional
    measurements : MeasureConfig, optional
        What the tables hold besides sizes and shapes, as for `segment_file`. Each image
        has images and regions of its own: folders, or paths with ``{stem}``.
    max_pixels : int
        Largest number of pixels of a file, as for `read_image`.
    workers : int, optional
        Number of files segmented at the same time.
    scheduler : str or dask.distributed.Client, optional
        Runs the files on dask's workers; they must see them at the same paths.
    progress : callable, optional
        Called with (done, total) in files, or in tiles if there is a single file; raise
        an error in it to cancel.
    on_result : callable, optional
        Called with the result of each file as it is done.

    Returns
    -------
    list of FileResult
        In the order of the inputs. The result of a file that failed has a `reason`, as
        has that of a file whose results were removed during the run.

    Raises
    ------
    OSError, ValueError
        If there is no image, a format is unknown, or the folder cannot be written.

    Examples
    --------
    >>> import tempfile, tifffile
    >>> from napari_nuclei import segment_files, synthetic_nuclei
    >>> image, truth = synthetic_nuclei((96, 96), seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     tifffile.imwrite(f"{folder}/a.tif", image)
    ...     results = segment_files(folder, f"{folder}/out", formats=["csv"])
    >>> [path.name for path in results[0].written]
    ['a_nuclei.csv']
    """
    if isinstance(inputs, str | Path):
        inputs = [inputs]
    if output is not None:
        output = Path(output).expanduser()
    items = plan_files(inputs, output)
    if measurements is not None:
        check_partners(measurements, len(items))
    if formats is not None:
        formats = tuple(formats)
        for writer in find_writers(formats):
            writer.check_installed()
    folders = list(dict.fromkeys(item.folder for item in items))
    if wants_submission(formats):
        check_submission_folder(folders)
    for folder in folders:
        prepare_folder(folder)
        remove_old_partial_files(folder)
    segmenter = model if isinstance(model, Segmenter) else load_segmenter(model)
    config = config or SegmentConfig()
    task = FileTask(
        segmenter,
        formats,
        channel,
        pixel_size,
        config,
        axes,
        max_pixels,
        z_spacing,
        measurements,
    )
    on_result = on_result or (lambda result: None)
    if len(items) == 1 and scheduler is None:
        result = task(items[0], progress)
        on_result(result)
        if wants_submission(formats) and items[0].destination == items[0].folder:
            write_submission([result], folders[0])
        return [result]
    for folder in folders:
        repair_manifest(folder)
    record = make_run_record(inputs, output, segmenter.card, task.settings)
    for folder in folders:
        write_run_record(folder, record)
    rows = {folder: read_manifest(folder) for folder in folders}
    runs = {item.path: task.fingerprint(item.path) for item in items}
    results: dict[Path, FileResult] = {}
    remaining = []
    for item in items:
        row = rows[item.folder].get(str(item.path))
        if row is not None and is_done(row, runs[item.path], item.folder):
            result = read_file_result(row, item.folder)
            results[item.path] = result
            on_result(result)
        else:
            remaining.append(item)
    if progress:
        progress(len(results), len(items))
    for item, result in run_tasks(
        task, remaining, make_failed_result, workers=workers, scheduler=scheduler
    ):
        results[item.path] = result
        append_to_manifest(item.folder, make_manifest_row(result, runs[item.path]))
        on_result(result)
        if progress:
            progress(len(results), len(items))
    results = {path: check_written(result) for path, result in results.items()}
    for folder in folders:
        done = [results[item.path] for item in items if item.folder == folder]
        update_manifest(folder, [make_manifest_row(r, runs[r.path]) for r in done])
    if wants_submission(formats):
        write_submission([results[item.path] for item in items], folders[0])
    return [results[item.path] for item in items]
