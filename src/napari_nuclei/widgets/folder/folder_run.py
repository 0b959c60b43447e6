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
from napari_nuclei.widgets.shared.progress import Progress, ProgressCallback, time_left

if TYPE_CHECKING:
    import argparse

    from napari_nuclei.core.segmenter import Segmenter
    from napari_nuclei.scale.file_result import FileResult
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
    """

    path: Path
    name: str
    files: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class FolderSummary:
    """What a run has done.

    Attributes
    ----------
    images, failed, nuclei : int
    folder : Path
        Folder of the results.
    tables : tuple of Path
        Tables of all images.
    """

    images: int
    failed: int
    nuclei: int
    folder: Path
    tables: tuple[Path, ...] = ()

    def __str__(self) -> str:
        done = self.images - self.failed
        text = f"{done} of {self.images} images, {self.nuclei} nuclei"
        if self.failed:
            text += f", {self.failed} failed"
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
    total = 0

    def on_plan(plan: RunPlan) -> None:
        nonlocal total
        images = [
            ImageOfRun(
                item.path,
                item.stem if item.image_set is not None else item.path.name,
                () if item.image_set is None else tuple(item.image_set.files.values()),
            )
            for item in plan.items
        ]
        total = len(images)
        report(Progress(0, total, plan.note, images))

    done = failed = 0
    began = time.perf_counter()

    def on_result(result: FileResult) -> None:
        nonlocal done, failed
        done += 1
        failed += bool(result.reason)
        text = f"{done} of {total} images"
        text += f", {failed} failed" if failed else ""
        text += time_left(done, total, time.perf_counter() - began)
        report(Progress(done, total, f"{text}.", result))

    def on_progress(steps: int, of: int) -> None:
        # Cancels a run while no image is finished; a single image reports its tiles.
        single = total == 1 and of > 1
        report(Progress(steps, of) if single else Progress(done, total))

    report(Progress(0, 0, "Starting..."))
    found: FilesOfRun = segment_files_of_args(
        args,
        lambda: load_model(args),
        progress=on_progress,
        on_plan=on_plan,
        on_result=on_result,
    )
    return FolderSummary(
        len(found.results),
        sum(bool(result.reason) for result in found.results),
        sum(result.nuclei for result in found.results),
        request.results_folder,
        tuple(found.tables.values()),
    )


def load_model(args: argparse.Namespace) -> Segmenter:
    """Return the segmenter of the options `--model` and `--engine`."""
    import napari_nuclei
    from napari_nuclei.model.store import DEFAULT_MODEL

    model = DEFAULT_MODEL if args.model is None else args.model
    if args.engine == "auto":
        return napari_nuclei.load_segmenter(model)
    return napari_nuclei.load_segmenter(model, engine=args.engine)
