"""Segment a plate in OME-Zarr with the arguments of a command line, or of a dock."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_nuclei.cli.format_options import selected_formats
from napari_nuclei.cli.options import config_from_args
from napari_nuclei.config import SegmentConfig

if TYPE_CHECKING:
    from napari_nuclei.core.segmenter import Segmenter
    from napari_nuclei.core.tiling import Progress
    from napari_nuclei.scale.files.plate_field import FieldResult

PLATE_FORMATS = ("labels", "csv", "parquet")
"""Formats for a plate: its labels, and one table."""


def segment_plate_of_args(
    args: argparse.Namespace,
    load: Callable[[], Segmenter],
    *,
    progress: Progress | None = None,
    on_plan: Callable[[list[str]], None] | None = None,
    on_result: Callable[[FieldResult], None] | None = None,
) -> tuple[list[FieldResult], Path | None]:
    """Segment the plate of a command line.

    Parameters
    ----------
    args : argparse.Namespace
        Arguments of `segment`; the only input is the plate.
    load : callable
        Returns the segmenter.
    progress, on_plan, on_result : callable, optional
        As for `segment_plate`.

    Returns
    -------
    results : list of FieldResult
    table : Path, optional
        The table of all nuclei, if one was written.

    Raises
    ------
    OSError, ValueError
        As for `segment_plate`, or if a format is not available for a plate.
    """
    from napari_nuclei.scale.plates import segment_plate

    formats = selected_formats(args)
    for name in formats:
        if name not in PLATE_FORMATS:
            raise ValueError(f"The format {name} is not available for a plate")
    if {"csv", "parquet"} <= set(formats):
        raise ValueError("A plate has one table; choose the format csv or parquet")
    source = Path(args.inputs[0])
    labels = plate_labels_path(source, args.output)
    table = table_path(labels, formats, source.stem if args.into_image else None)
    results = segment_plate(
        source,
        None if args.into_image else labels,
        table=table,
        progress=progress,
        on_plan=on_plan,
        on_result=on_result,
        model=load(),
        **block_arguments(args),
    )
    return results, table if table is not None and table.exists() else None


def block_arguments(args: argparse.Namespace) -> dict[str, Any]:
    """Return the arguments that `segment_large` and `segment_plate` share."""
    from napari_nuclei.scale.block_settings import BLOCK_SIZE

    names = [
        *("into_image", "labels_name", "ome_version", "axes", "channel"),
        *("pixel_size", "z_spacing", "max_pixels", "workers", "scheduler"),
    ]
    return {
        **{name: getattr(args, name) for name in names},
        "block": args.block or BLOCK_SIZE,
        "config": config_from_args(args, SegmentConfig),
    }


def plate_labels_path(source: Path, output: Path | None) -> Path:
    """Return the path of the plate of labels of a plate.

    Examples
    --------
    >>> plate_labels_path(Path("p.zarr"), Path("out")).as_posix()
    'out/p_labels.zarr'
    >>> plate_labels_path(Path("p.zarr"), Path("mine.zarr")).as_posix()
    'mine.zarr'
    """
    if output is None:
        output = source.parent
    # A folder without the suffix may be a plate of an earlier version.
    is_zarr = any((output / name).is_file() for name in ("zarr.json", ".zattrs"))
    if output.suffix == ".zarr" or is_zarr:
        return output
    return output / f"{source.stem}_labels.zarr"


def table_path(
    labels: Path, formats: Sequence[str], image: str | None = None
) -> Path | None:
    """Return the path of the table, in the folder of the labels; None without a table.

    Parameters
    ----------
    labels : Path
    formats : sequence of str
    image : str, optional
        Name of the image or plate; by default from that of the labels.

    Examples
    --------
    >>> table_path(Path("out/big_labels.zarr"), ["labels", "csv"]).as_posix()
    'out/big_nuclei.csv'
    >>> table_path(Path("out/mine.zarr"), ["parquet"], "p").as_posix()
    'out/p_nuclei.parquet'
    """
    from napari_nuclei.io.writers import stem_of_image, table_stem

    stem = table_stem(stem_of_image(labels) if image is None else image)
    for name in ("csv", "parquet"):
        if name in formats:
            return labels.with_name(f"{stem}.{name}")
    return None
