"""Segment the images of a run, and list their results in manifests."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import Any

from napari_nuclei.core.tiling import Progress
from napari_nuclei.scale.file_result import (
    FileResult,
    check_written,
    flag_results,
    make_manifest_row,
    read_file_result,
)
from napari_nuclei.scale.files.crashed_files import (
    CRASHED,
    StartedFiles,
    note_started,
    segment_in_child_process,
)
from napari_nuclei.scale.files.file_task import FileTask, make_failed_result
from napari_nuclei.scale.inputs import FileToSegment
from napari_nuclei.scale.records.manifest import (
    ManifestRow,
    append_to_manifest,
    is_done,
    read_manifest,
    repair_manifest,
    update_manifest,
)
from napari_nuclei.scale.records.run_lock import lock_folders
from napari_nuclei.scale.records.run_record import write_run_record
from napari_nuclei.scale.runners import run_tasks


def segment_items(
    task: FileTask,
    items: Sequence[FileToSegment],
    *,
    record: Mapping[str, Any],
    workers: int | None,
    scheduler: Any,
    progress: Progress | None,
    on_result: Callable[[FileResult], None],
) -> list[FileResult]:
    """Segment the images of a run; those that an earlier run has done are skipped.

    Parameters
    ----------
    task : FileTask
    items : sequence of FileToSegment
    record : dict
        How the results are made; written next to each manifest.
    workers, scheduler, progress, on_result
        As for `segment_files`.

    Returns
    -------
    list of FileResult
        In the order of the items.

    Raises
    ------
    OSError, ValueError
        If a manifest cannot be read or written.
    PathLockedError
        If another run writes into a folder of the results.
    """
    folders = list(dict.fromkeys(item.folder for item in items))
    with lock_folders(folders) as refresh_locks, note_started(folders) as started:
        for folder in folders:
            repair_manifest(folder)
        for folder in folders:
            write_run_record(folder, record)
        manifests = {folder: read_manifest(folder) for folder in folders}
        fingerprints = {item.path: task.fingerprint(item) for item in items}
        results = read_finished(items, manifests, fingerprints)
        for result in results.values():
            on_result(result)
        remaining = [item for item in items if item.path not in results]

        def report() -> None:
            refresh_locks()
            if progress:
                progress(len(results), len(items))

        def begin(item: FileToSegment, check: Progress | None = None) -> FileResult:
            started.note(item)
            return task(item, check)

        suspects = []
        if scheduler is None:
            suspects = find_suspects(remaining, started.read(), manifests, fingerprints)
        report()
        for item, result in chain(
            segment_suspects(task, suspects, started, report),
            run_tasks(
                begin if scheduler is None else task,
                [item for item in remaining if item not in suspects],
                make_failed_result,
                workers=workers,
                scheduler=scheduler,
                poll=report,
            ),
        ):
            results[item.path] = result
            row = make_manifest_row(result, fingerprints[item.path])
            append_to_manifest(item.folder, row)
            on_result(result)
            report()
        results = {path: check_written(result) for path, result in results.items()}
        for folder in folders:
            of_folder = [results[item.path] for item in items if item.folder == folder]
            flagged = flag_results(of_folder)
            results |= {result.path: result for result in flagged}
            rows = [make_manifest_row(r, fingerprints[r.path]) for r in flagged]
            update_manifest(folder, rows)
    return [results[item.path] for item in items]


def read_finished(
    items: Sequence[FileToSegment],
    manifests: Mapping[Path, Mapping[str, ManifestRow]],
    fingerprints: Mapping[Path, str],
) -> dict[Path, FileResult]:
    """Return the results of the images that an earlier run has done, by path.

    Parameters are as for `find_suspects`, with all images.
    """
    results = {}
    for item in items:
        row = manifests[item.folder].get(str(item.path))
        if row is not None and is_done(row, fingerprints[item.path], item.folder):
            results[item.path] = read_file_result(row, item.folder)
    return results


def find_suspects(
    items: Sequence[FileToSegment],
    started: Collection[tuple[Path, str]],
    manifests: Mapping[Path, Mapping[str, ManifestRow]],
    fingerprints: Mapping[Path, str],
) -> list[FileToSegment]:
    """Return the images that an earlier run has begun and not finished.

    Parameters
    ----------
    items : sequence of FileToSegment
        Images that are not done.
    started : collection of tuple of Path and str
        Folder of the results, and path, of images that were begun.
    manifests : dict of Path to dict of str to ManifestRow
        The rows by the path of their image, by folder.
    fingerprints : dict of Path to str
        Fingerprint of each image and the settings.
    """
    suspects = []
    for item in items:
        row = manifests[item.folder].get(str(item.path))
        finished = row is not None and row.run == fingerprints[item.path]
        if row is not None and row.reason.startswith(CRASHED):
            finished = False
        if not finished and (item.folder, str(item.path)) in started:
            suspects.append(item)
    return suspects


def segment_suspects(
    task: FileTask,
    items: Sequence[FileToSegment],
    started: StartedFiles,
    poll: Callable[[], object],
) -> Iterator[tuple[FileToSegment, FileResult]]:
    """Segment images that may crash their process, each in one of its own.

    Parameters
    ----------
    task : FileTask
    items : sequence of FileToSegment
        As returned by `find_suspects`.
    started : StartedFiles
        Notes which images were begun, and which have crashed.
    poll : callable
        Called several times a second while an image is segmented.
    """
    for item in items:
        started.note(item)
        result = segment_in_child_process(task, item, poll)
        if result is None:
            result = task(item)
        if result.reason.startswith(CRASHED):
            started.crashed.append(item)
        yield item, result
