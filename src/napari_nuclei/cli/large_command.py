"""The command `segment` for inputs read in blocks: zarr, slides and plates."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from napari_nuclei.cli.format_options import selected_formats
from napari_nuclei.cli.measure_options import measure_config
from napari_nuclei.cli.print_results import format_found, print_notes
from napari_nuclei.cli.profiles.segment_plate_of_args import (
    block_arguments,
    segment_plate_of_args,
    table_path,
)
from napari_nuclei.cli.progress_bars import progress_bar
from napari_nuclei.cli.quiet_libraries import load_segmenter_from_args
from napari_nuclei.core.measure.counts import counted
from napari_nuclei.core.quality.flags import join_flags, summarize_flags
from napari_nuclei.io.microscopes.scenes import check_scene

if TYPE_CHECKING:
    from napari_nuclei.scale.files.plate_field import FieldResult
    from napari_nuclei.scale.large_result import LargeResult

LARGE_FORMATS = ("labels", "csv", "parquet")
"""Formats for an image that is segmented block by block."""


def run_segment_large(args: argparse.Namespace) -> int:
    """Segment an image block by block; its labels are written as OME-Zarr."""
    check_large_options(args)
    from napari_nuclei.scale.large import segment_large
    from napari_nuclei.scale.plates import is_plate

    source = Path(args.inputs[0])
    if is_plate(source):
        return run_segment_plate(args)
    formats = check_formats(selected_formats(args))
    labels = labels_path(source, args.output)
    check_into_image(args)
    with progress_bar("block") as progress:
        result = segment_large(
            args.inputs[0],
            None if args.into_image else labels,
            model=load_segmenter_from_args(args),
            scene=args.scene,
            table=table_path(labels, formats),
            progress=progress,
            **block_arguments(args),
        )
    print_large_result(source, result)
    return 1 if result.failed else 0


def check_large_options(args: argparse.Namespace) -> None:
    """Raise ValueError if an option is not for a zarr, a slide or a plate."""
    if len(args.inputs) != 1:
        raise ValueError(
            "Only one zarr, slide or plate can be segmented at a time; got "
            f"{len(args.inputs)} inputs"
        )
    if args.diameter_from_first:
        raise ValueError(
            "--diameter-from-first is for several image files. A zarr or a slide has "
            "one diameter for all of its blocks; give a plate --diameter"
        )
    if args.all_nuclei:
        raise ValueError(
            "--all-nuclei is not available for a zarr or a slide; use --table"
        )
    if not measure_config(args).is_empty:
        raise ValueError(
            "Other images, rings, stains, classes and regions are not measured with a "
            "zarr or a slide. Segment it, then run: napari-nuclei measure LABELS"
        )


def print_large_result(source: Path, result: LargeResult) -> None:
    """Print the nuclei and files of an image, and what is missing or uncertain."""
    earlier = f", {result.resumed} done earlier" if result.resumed else ""
    blocks = counted(result.blocks, "block")
    print(f"{source}: {format_found(result)} ({blocks}{earlier})")
    for path in filter(None, (result.labels, result.table)):
        print(f"  {path}")
    print_notes(source, result.notes)
    if result.truncated:
        print(
            f"napari-nuclei: {counted(result.truncated, 'nucleus')} may be cut at the "
            "edge of a block: longer than its margin",
            file=sys.stderr,
        )
    for failure in result.failed:
        print(f"{source}: failed: {failure}", file=sys.stderr)


def check_into_image(args: argparse.Namespace) -> None:
    """Raise ValueError if the output is a zarr, but labels go into the image."""
    if args.into_image and args.output is not None and args.output.suffix == ".zarr":
        raise ValueError(
            "The labels are written either into the image (--into-image) or to a zarr "
            f"of their own (-o {args.output}); choose one"
        )


def check_formats(formats: Sequence[str]) -> Sequence[str]:
    """Return formats that can be written block by block.

    Raises
    ------
    ValueError
        If a format cannot, or if there are two tables.
    """
    for name in formats:
        if name not in LARGE_FORMATS:
            raise ValueError(
                f"The format {name} is not available for a zarr or a slide; choose "
                f"from {', '.join(LARGE_FORMATS)}"
            )
    if {"csv", "parquet"} <= set(formats):
        raise ValueError(
            "A zarr or a slide has one table; choose the format csv or parquet"
        )
    return formats


def labels_path(source: Path, output: Path | None) -> Path:
    """Return the path of the labels.

    Parameters
    ----------
    source : Path
    output : Path, optional
        A path that ends in ``.zarr``, or the folder for the labels; the folder of the
        source if None.

    Examples
    --------
    >>> labels_path(Path("data/big.zarr"), None).as_posix()
    'data/big_labels.zarr'
    """
    if output is not None and output.suffix == ".zarr":
        return output
    return (output or source.parent) / f"{source.stem}_labels.zarr"


def run_segment_plate(args: argparse.Namespace) -> int:
    """Segment every field of a plate; the labels are a plate of the same wells."""
    check_scene(Path(args.inputs[0]), args.scene, has_scenes=False)
    check_into_image(args)

    def print_field(field: FieldResult) -> None:
        if field.reason:
            print(f"{field.path}: failed: {field.reason}", file=sys.stderr)
        elif field.result is None:
            print(f"{field.path}: done earlier")
        else:
            print(f"{field.path}: {format_found(field.result)}")
            print_notes(field.path, field.result.notes)
        if field.flags:
            print(f"  flagged: {join_flags(field.flags)}")

    results, table = segment_plate_of_args(
        args, lambda: load_segmenter_from_args(args), on_result=print_field
    )
    if table is not None:
        print(f"All nuclei: {table}")
    done = [field.flags for field in results if not field.reason]
    if flagged := summarize_flags(done):
        print(flagged)
    return 1 if any(field.reason for field in results) else 0
