"""Segment files with the arguments of a command line, here or from a dock."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from napari_nuclei.cli.format_options import selected_formats
from napari_nuclei.cli.measure_options import measure_config
from napari_nuclei.cli.options import config_from_args
from napari_nuclei.config import SegmentConfig

if TYPE_CHECKING:
    from napari_nuclei.core.segmenter import Segmenter
    from napari_nuclei.core.tiling import Progress
    from napari_nuclei.scale.file_result import FileResult
    from napari_nuclei.scale.files.run_plan import RunPlan


@dataclass(frozen=True, slots=True)
class FilesOfRun:
    """What a run has written.

    Attributes
    ----------
    results : list of FileResult
        One for each image.
    tables : dict of str to Path
        Tables of all images, by what they hold.
    formats : tuple of str
    """

    results: list[FileResult]
    tables: dict[str, Path]
    formats: tuple[str, ...]


def segment_files_of_args(
    args: argparse.Namespace,
    load: Callable[[], Segmenter],
    *,
    progress: Progress | None = None,
    on_plan: Callable[[RunPlan], None] | None = None,
    on_result: Callable[[FileResult], None] | None = None,
) -> FilesOfRun:
    """Segment the files of a command line, and write the tables of all images.

    Parameters
    ----------
    args : argparse.Namespace
        Arguments of `segment`.
    load : callable
        Returns the segmenter; called after the other settings were checked.
    progress, on_plan, on_result : callable, optional
        As for `segment_files`.

    Raises
    ------
    OSError, ValueError
        As for `segment_files`, or if a table of all images cannot be written.
    """
    from napari_nuclei.scale.batch import segment_files
    from napari_nuclei.scale.tables.joined_tables import TablesOfRun

    config = measure_config(args)
    formats = selected_formats(args)
    tables = TablesOfRun.plan(
        args.all_nuclei, args.output, wanted=args.table or not config.is_empty
    )
    if args.all_nuclei and not {"csv", "parquet"} & set(formats):
        formats = (*formats, "csv")
    results = segment_files(
        args.inputs,
        args.output,
        model=load(),
        formats=formats,
        pattern=args.pattern,
        axes=args.axes,
        channel=args.channel,
        pixel_size=args.pixel_size,
        z_spacing=args.z_spacing,
        scene=args.scene,
        config=config_from_args(args, SegmentConfig),
        diameter_from_first=args.diameter_from_first,
        measurements=None if config.is_empty else config,
        max_pixels=args.max_pixels,
        workers=args.workers,
        scheduler=args.scheduler,
        progress=progress,
        on_plan=on_plan,
        on_result=on_result,
    )
    return FilesOfRun(results, tables.write(results), formats)
