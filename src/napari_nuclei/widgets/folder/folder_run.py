"""Run the command `segment` on a folder, in a thread; without Qt."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from napari_nuclei.cli.profiles.segment_files_of_args import (
    FilesOfRun,
    segment_files_of_args,
)
from napari_nuclei.cli.profiles.segment_plate_of_args import segment_plate_of_args
from napari_nuclei.core.measure.counts import counted
from napari_nuclei.scale.file_result import FileResult
from napari_nuclei.widgets.shared.thread_progress import (
    Progress,
    ProgressCallback,
    time_left,
)

if TYPE_CHECKING:
    import argparse

    from napari_nuclei.core.segmenter import Segmenter
    from napari_nuclei.scale.files.plate_field import FieldResult
    from napari_nuclei.scale.files.run_plan import RunPlan
    from napari_nuclei.widgets.folder.folder_request import FolderRequest


@dataclass(frozen=True, slots=True)
class ImageOfRun:
    """An image of a run.

    Attributes
    ----------
    path : Path
        Its file, or that of the nuclei.
    name : str
        As it is listed.
    files : tuple of Path
        All files of the image, if it is joined from several.
    is_field : bool
        Whether it is a field of a plate in OME-Zarr. The nuclei of a field that an
        earlier run has done are not counted.
    """

    path: Path
    name: str
    files: tuple[Path, ...] = ()
    is_field: bool = False


@dataclass(frozen=True, slots=True)
class FolderSummary:
    """What a run has done.

    Attributes
    ----------
    images, failed : int
    nuclei : int, optional
        None if images were done earlier whose nuclei are not counted.
    folder : Path
        Folder of the results; of a plate its table, or the plate.
    tables : tuple of Path
        Tables of all images.
    results : tuple of FileResult
        With the flags that compare the images of the run.
    """

    images: int
    failed: int
    nuclei: int | None
    folder: Path
    tables: tuple[Path, ...] = ()
    results: tuple[FileResult, ...] = ()

    def __str__(self) -> str:
        done = self.images - self.failed
        text = f"{done} of {self.images} images"
        if self.nuclei is not None:
            text += f", {counted(self.nuclei, 'nucleus')}"
        flagged = sum(bool(result.flags) for result in self.results)
        text += f", {flagged} flagged" if flagged else ""
        text += f", {self.failed} failed" if self.failed else ""
        return f"{text}. Results: {self.folder}"


def run_folder(request: FolderRequest, report: ProgressCallback) -> FolderSummary:
    """Segment a folder as the command does; report its images and their results.

    Parameters
    ----------
    request : FolderRequest
    report : callable
        Takes a `Progress`. Its value is a list of `ImageOfRun` at first, and then the
        `FileResult` of each image.

    Raises
    ------
    OSError, ValueError
        If the run is not possible.
    """
    args = request.arguments()
    if request.is_plate:
        return run_plate(request, args, report)
    steps = StepReporter(report)

    def on_plan(plan: RunPlan) -> None:
        images = [
            ImageOfRun(
                item.path,
                item.stem if item.image_set is not None else item.path.name,
                () if item.image_set is None else tuple(item.image_set.files.values()),
            )
            for item in plan.items
        ]
        steps.begin(images, plan.note)

    report(Progress(0, 0, "Starting..."))
    found: FilesOfRun = segment_files_of_args(
        args,
        lambda: load_model(args),
        progress=steps.check,
        on_plan=on_plan,
        on_result=steps.add,
    )
    return FolderSummary(
        images=len(found.results),
        failed=steps.failed,
        nuclei=steps.nuclei,
        folder=request.results_folder,
        tables=tuple(found.tables.values()),
        results=tuple(found.results),
    )


class StepReporter:
    """Report the images of a run, and their results as they come.

    Parameters
    ----------
    report : callable
        Takes a `Progress`; an error that it raises cancels the run.

    Attributes
    ----------
    failed, nuclei : int
        Failed images, and nuclei of all images so far.
    """

    def __init__(self, report: ProgressCallback) -> None:
        self._report = report
        self._done, self._total = 0, 0
        self._began = time.perf_counter()
        self.failed = self.nuclei = 0

    def begin(self, images: list[ImageOfRun], note: str = "") -> None:
        """Report the images of the run."""
        self._total = len(images)
        self._report(Progress(0, self._total, note, images))

    def add(self, result: FileResult) -> None:
        """Report a result."""
        self._done += 1
        self.failed += bool(result.reason)
        self.nuclei += result.nuclei
        text = f"{self._done} of {self._total} images"
        text += f", {self.failed} failed" if self.failed else ""
        seconds = time.perf_counter() - self._began
        text += time_left(self._done, self._total, seconds)
        text += ". Writing tables..." if self._done == self._total else "."
        self._report(Progress(self._done, self._total, text, result))

    def check(self, done: int, total: int) -> None:
        """Report that the run goes on; a single image reports its tiles."""
        single = self._total == 1 and total > 1
        self._report(
            Progress(done, total) if single else Progress(self._done, self._total)
        )


def run_plate(
    request: FolderRequest, args: argparse.Namespace, report: ProgressCallback
) -> FolderSummary:
    """Segment a plate in OME-Zarr as the command does; see `run_folder`."""
    steps = StepReporter(report)

    def on_plan(fields: list[str]) -> None:
        images = [
            ImageOfRun(request.source / field, field, is_field=True) for field in fields
        ]
        steps.begin(images)

    def on_result(field: FieldResult) -> None:
        steps.add(file_result(request.source, field))

    report(Progress(0, 0, "Starting..."))
    found, table = segment_plate_of_args(
        args,
        lambda: load_model(args),
        progress=steps.check,
        on_plan=on_plan,
        on_result=on_result,
    )
    earlier = any(field.result is None and not field.reason for field in found)
    return FolderSummary(
        len(found),
        steps.failed,
        None if earlier else steps.nuclei,
        request.source if table is None else table,
        () if table is None else (table,),
        tuple(file_result(request.source, field) for field in found),
    )


def file_result(plate: Path, field: FieldResult) -> FileResult:
    """Return the result of a field as that of a file."""
    path = plate / field.path
    written = () if field.labels is None else (field.labels,)
    if field.result is None or field.reason:
        return FileResult(
            path,
            reason=field.reason,
            written=written,
            already_done=not field.reason,
            quality=field.quality,
            flags=field.flags,
        )
    result = field.result
    return FileResult(
        path,
        result.nuclei,
        result.seconds,
        written,
        notes=result.notes,
        quality=field.quality,
        flags=field.flags,
    )


def load_model(args: argparse.Namespace) -> Segmenter:
    """Return the segmenter of the options `--model` and `--engine`."""
    import napari_nuclei
    from napari_nuclei.model.store import DEFAULT_MODEL

    model = DEFAULT_MODEL if args.model is None else args.model
    if args.engine == "auto":
        return napari_nuclei.load_segmenter(model)
    return napari_nuclei.load_segmenter(model, engine=args.engine)
