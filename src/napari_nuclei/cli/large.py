"""The command `segment` for inputs read in blocks: zarr, slides and plates."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from napari_nuclei.cli.native_output import load_segmenter_from_args
from napari_nuclei.cli.options import config_from_args
from napari_nuclei.cli.progress import progress_bar
from napari_nuclei.config import SegmentConfig


def run_segment_large(args: argparse.Namespace) -> int:
    """Segment an image that may exceed memory."""
    if len(args.inputs) != 1:
        raise ValueError(
            f"one zarr or slide is segmented at a time; got {len(args.inputs)} inputs"
        )
    if args.overlay or args.all_nuclei:
        raise ValueError("--overlay and --all-nuclei are not for a zarr or a slide")
    from napari_nuclei.scale.large import BLOCK_SIZE, segment_large
    from napari_nuclei.scale.plates import is_plate

    if is_plate(Path(args.inputs[0])):
        return run_segment_plate(args)
    output = args.output
    if output.suffix != ".zarr":
        output = output / f"{Path(args.inputs[0]).stem}_labels.zarr"
    table = output.with_name(f"{output.stem.removesuffix('_labels')}_nuclei.csv")
    with progress_bar("block") as progress:
        result = segment_large(
            args.inputs[0],
            output,
            model=load_segmenter_from_args(args),
            axes=args.axes,
            channel=args.channel,
            pixel_size=args.pixel_size,
            table=table if args.table else None,
            block=args.block or BLOCK_SIZE,
            workers=args.workers,
            scheduler=args.scheduler,
            config=config_from_args(args, SegmentConfig),
            progress=progress,
        )
    earlier = f", {result.resumed} done earlier" if result.resumed else ""
    print(
        f"{args.inputs[0]}: {result.nuclei} nuclei in {result.seconds:.2f} s "
        f"({result.blocks} blocks{earlier})"
    )
    for path in filter(None, (result.labels, result.table)):
        print(f"  {path}")
    if result.truncated:
        print(
            f"napari-nuclei: {result.truncated} parts of objects are longer than a "
            "block's "
            "margin; seams may cut them",
            file=sys.stderr,
        )
    for failure in result.failed:
        print(f"{args.inputs[0]}: failed: {failure}", file=sys.stderr)
    return 1 if result.failed else 0


def run_segment_plate(args: argparse.Namespace) -> int:
    """Segment every field of a plate."""
    from napari_nuclei.scale.large import BLOCK_SIZE
    from napari_nuclei.scale.plates import FieldResult, segment_plate

    if args.table:
        raise ValueError("--table is not for a plate")

    def tell(field: FieldResult) -> None:
        if field.reason:
            print(f"{field.path}: failed: {field.reason}", file=sys.stderr)
        elif field.result is None:
            print(f"{field.path}: done earlier")
        else:
            seconds = field.result.seconds
            print(f"{field.path}: {field.result.nuclei} nuclei in {seconds:.2f} s")

    results = segment_plate(
        args.inputs[0],
        args.output,
        on_result=tell,
        model=load_segmenter_from_args(args),
        axes=args.axes,
        channel=args.channel,
        pixel_size=args.pixel_size,
        block=args.block or BLOCK_SIZE,
        workers=args.workers,
        scheduler=args.scheduler,
        config=config_from_args(args, SegmentConfig),
    )
    return 1 if any(field.reason for field in results) else 0
