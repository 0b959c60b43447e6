"""Many image files: a row for each, done or why not."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.errors import format_error
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import Progress
from napari_nuclei.io.atomic import prepare_folder
from napari_nuclei.scale.image_run import OutputOptions, segment_file
from napari_nuclei.scale.inputs import (
    exclude_results,
    find_images,
    output_stems,
)
from napari_nuclei.scale.manifest import (
    DONE,
    FAILED,
    NAME_SEPARATOR,
    ManifestRow,
    append_to_manifest,
    fingerprint,
    is_done,
    read_manifest,
    write_manifest,
)
from napari_nuclei.scale.recoverable import RECOVERABLE_ERRORS
from napari_nuclei.scale.runners import run_tasks


@dataclass(frozen=True, slots=True)
class FileResult:
    """What became of an image file.

    Attributes
    ----------
    path : Path
    nuclei : int
        Found in all its planes.
    seconds : float
        With reading and writing.
    written : tuple of Path
    reason : str
        Why nothing was written; empty where all went well.
    earlier : bool
        Whether it was done by an earlier run.
    """

    path: Path
    nuclei: int = 0
    seconds: float = 0.0
    written: tuple[Path, ...] = ()
    reason: str = ""
    earlier: bool = False


@dataclass(frozen=True, slots=True)
class FileTask:
    """All that is needed to segment any file of a run, here or on another machine."""

    segmenter: Segmenter
    outputs: OutputOptions
    channel: int | None
    pixel_size: float | None
    config: SegmentConfig

    def __call__(
        self, item: tuple[Path, str], progress: Progress | None = None
    ) -> FileResult:
        """Segment a file and say what became of it; `item` is its path and stem."""
        path, stem = item
        began = time.perf_counter()
        try:
            found, written = segment_file(
                self.segmenter,
                path,
                self.outputs,
                stem=stem,
                channel=self.channel,
                pixel_size=self.pixel_size,
                config=self.config,
                progress=progress,
            )
        except RECOVERABLE_ERRORS as error:
            return make_failed_result(item, format_error(error))
        seconds = time.perf_counter() - began
        return FileResult(path, found.count, seconds, tuple(written))

    def fingerprint(self, path: Path) -> str:
        """Return what changes where the file or anything about the run changes."""
        options = (self.outputs.overlay, self.outputs.table)
        card, config = self.segmenter.card.as_dict(), asdict(self.config)
        return fingerprint(path, [options, self.channel, self.pixel_size, card, config])


def make_failed_result(item: tuple[Path, str], reason: str) -> FileResult:
    """Return the result of a file that could not be segmented."""
    return FileResult(item[0], reason=reason)


def segment_files(
    segmenter: Segmenter,
    inputs: Sequence[str | Path],
    output: Path | str,
    *,
    overlay: bool = False,
    table: bool = False,
    channel: int | None = None,
    pixel_size: float | None = None,
    config: SegmentConfig | None = None,
    workers: int | None = None,
    scheduler: Any = None,
    progress: Progress | None = None,
    on_result: Callable[[FileResult], None] | None = None,
) -> list[FileResult]:
    """Segment files and go on past those that fail.

    Of several files a manifest, ``results.csv``, is kept beside the results. Files
    that it says were done with the same settings are not done again.

    Parameters
    ----------
    segmenter : Segmenter
    inputs : sequence of path-like
        Files, folders or patterns, as `find_images` takes them.
    output : path-like
        Folder for the results; made if it is not there.
    overlay, table : bool
        Write a PNG with outlines and a CSV of the nuclei too.
    channel : int, optional
        Which channel to take where files have several.
    pixel_size : float, optional
        Size of a pixel, in micrometres, where files do not state it or are wrong.
    config : SegmentConfig, optional
    workers : int, optional
        Files that are worked on at once.
    scheduler : str or dask.distributed.Client, optional
        Runs the files on dask's workers; they must see them at the same paths.
    progress : callable, optional
        Is told (done, total) in files, or in tiles if there is one file; cancels by
        raising.
    on_result : callable, optional
        Is given each file's result as it comes.

    Returns
    -------
    list of FileResult
        In the order of the inputs.

    Raises
    ------
    OSError, ValueError
        If there is nothing to do, or the folder cannot be written. What is wrong with
        one file stands in its result.
    """
    outputs = OutputOptions(Path(output), overlay, table)
    paths = exclude_results(find_images(inputs), outputs.folder)
    prepare_folder(outputs.folder)
    config = config or SegmentConfig()
    work = FileTask(segmenter, outputs, channel, pixel_size, config)
    on_result = on_result or (lambda result: None)
    items = list(zip(paths, output_stems(paths), strict=True))
    if len(items) == 1 and scheduler is None:
        result = work(items[0], progress)
        on_result(result)
        return [result]
    results: dict[Path, FileResult] = {}
    rows = read_manifest(outputs.folder)
    runs = {path: work.fingerprint(path) for path in paths}
    left = []
    for path, stem in items:
        row = rows.get(str(path))
        if row is not None and is_done(row, runs[path], outputs.folder):
            written = tuple(outputs.folder / name for name in row.names)
            earlier = FileResult(path, row.nuclei, row.seconds, written, earlier=True)
            results[path] = earlier
            on_result(earlier)
        else:
            left.append((path, stem))
    if progress:
        progress(len(results), len(items))
    for (path, _), result in run_tasks(
        work, left, make_failed_result, workers=workers, scheduler=scheduler
    ):
        results[path] = result
        append_to_manifest(outputs.folder, manifest_row(result, runs[path]))
        on_result(result)
        if progress:
            progress(len(results), len(items))
    ordered = [results[path] for path in paths]
    mine = {str(r.path): manifest_row(r, runs[r.path]) for r in ordered}
    # Read anew: other runs may have written into the folder meanwhile.
    rows = {f: row for f, row in read_manifest(outputs.folder).items() if f not in mine}
    write_manifest(outputs.folder, [*rows.values(), *mine.values()])
    return ordered


def manifest_row(result: FileResult, run: str) -> ManifestRow:
    """Return a file's row in the manifest."""
    return ManifestRow(
        str(result.path),
        FAILED if result.reason else DONE,
        result.nuclei,
        round(result.seconds, 3),
        result.reason,
        run,
        NAME_SEPARATOR.join(path.name for path in result.written),
    )
