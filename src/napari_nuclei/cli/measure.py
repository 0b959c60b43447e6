"""The command `measure`: a table of the nuclei of labels."""

from __future__ import annotations

import argparse
from argparse import ArgumentTypeError
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_nuclei.cli.argument_types import parse_float, parse_path
from napari_nuclei.cli.options import add_max_pixels_option

if TYPE_CHECKING:
    import pandas as pd

    from napari_nuclei.scale.measure_files import PixelsOfFile


def add_command(commands: Any) -> None:
    """Add the command to the commands of the parser."""
    command = commands.add_parser(
        "measure",
        usage="napari-nuclei measure LABELS [--image NAME=FILE ...] -o TABLE",
        help="measure the nuclei of labels in images",
        description="Measure nuclei: one row each, with sizes, shapes and intensities. "
        "The labels may come from another program.",
        groups=("Input", "Measurements", "Regions and classes", "Output", "Help"),
        examples=(
            "napari-nuclei measure labels.tif --image ki67=ki67.tif -o nuclei.csv",
            "napari-nuclei measure labels.tif --image c=channels.tif --ring 1um:3um",
            "napari-nuclei measure labels.tif --image slide=he.png --stains dab "
            "--threshold slide_dab_mean=0.2 --regions regions.geojson",
        ),
    )
    group = command.group("Input")
    group.add_argument(
        "labels", type=parse_path, metavar="LABELS", help="TIFF, PNG or OME-Zarr"
    )
    group.add_argument(
        "--image",
        action="append",
        default=[],
        type=parse_named_file,
        metavar="NAME=FILE",
        help="image in which intensities are measured, and the name of its columns; "
        "may be repeated; each channel is an image of its own",
    )
    group.add_argument(
        "--pixel-size",
        type=parse_float,
        metavar="UM",
        help="side of a pixel in µm [what the files state]",
    )
    add_max_pixels_option(group)
    group = command.group("Measurements")
    group.add_argument(
        "--ring",
        type=parse_ring_option,
        metavar="GAP:WIDTH",
        help="measure a ring round each nucleus too, such as 1um:3um or 2px:4px",
    )
    group.add_argument(
        "--background",
        type=parse_float,
        metavar="PERCENTILE",
        help="subtract this percentile of the pixels outside nuclei [none]",
    )
    group.add_argument(
        "--stains",
        nargs="+",
        default=[],
        metavar="STAIN",
        help="optical densities in images with colours: haematoxylin, eosin, dab",
    )
    group.add_argument(
        "--properties",
        nargs="+",
        metavar="COLUMN",
        help="columns to write, or statistics of all images such as mean [all]",
    )
    group = command.group("Regions and classes")
    group.add_argument(
        "--regions",
        type=parse_path,
        metavar="FILE",
        help="GeoJSON: count the nuclei of each region, too",
    )
    choice = group.add_mutually_exclusive_group()
    choice.add_argument(
        "--classify",
        type=parse_path,
        metavar="FILE",
        help="classifier, as write_classifier writes it",
    )
    choice.add_argument(
        "--threshold",
        type=parse_threshold,
        metavar="COLUMN[=LIMIT,...]",
        help="one to three limits of a column, or Otsu's limit if none is given",
    )
    command.group("Output").add_argument(
        "-o",
        "--output",
        type=parse_path,
        metavar="TABLE",
        help=".csv or .parquet file [LABELS_nuclei.csv]",
    )
    command.set_defaults(run=run_measure)


def parse_named_file(text: str) -> tuple[str, Path]:
    """Return the name and the path of an image; without a name that of the file.

    Examples
    --------
    >>> parse_named_file("dapi=scan.tif")[0], parse_named_file("scan.tif")[0]
    ('dapi', 'scan')
    """
    name, separator, file = text.partition("=")
    if not separator:
        return Path(text).stem, parse_path(text)
    if not name or not file:
        raise ArgumentTypeError(f"must be NAME=FILE, such as dapi=scan.tif; got {text}")
    return name, parse_path(file)


def parse_ring_option(text: str) -> tuple[str, str]:
    """Return the gap and width of a ring."""
    from napari_nuclei.core.measure.lengths import parse_ring

    try:
        return parse_ring(text)
    except ValueError as error:
        raise ArgumentTypeError(str(error)) from error


def parse_threshold(text: str) -> tuple[str, tuple[float, ...]]:
    """Return a column and its limits.

    Examples
    --------
    >>> parse_threshold("dab_mean=.2,.4"), parse_threshold("dab_mean")
    (('dab_mean', (0.2, 0.4)), ('dab_mean', ()))
    """
    column, _, limits = text.partition("=")
    return column, tuple(parse_float(one) for one in limits.split(",") if one)


def run_measure(args: argparse.Namespace) -> int:
    """Measure, classify and count; print what was written."""
    from napari_nuclei.io.tables import check_table_suffix, write_table
    from napari_nuclei.scale.measure_files import measure_file, open_pixels

    output = args.output or args.labels.with_name(f"{args.labels.stem}_nuclei.csv")
    check_table_suffix(output)
    images = dict(args.image)
    if len(images) < len(args.image):
        raise ValueError("two images have the same name; name them as NAME=FILE")
    labels = open_pixels(args.labels, labels=True, max_pixels=args.max_pixels)
    table = measure_file(
        labels,
        images,
        pixel_size=args.pixel_size,
        ring=args.ring,
        background=args.background,
        stains=args.stains,
        max_pixels=args.max_pixels,
    )
    classes = add_classes(table, args)
    counts = count_by_region(table, labels, args)
    if args.properties is not None:
        from napari_nuclei.core.measure.columns import select_columns

        wanted = select_columns(table, args.properties)
        stack = [name for name in ("t", "z", "plane") if name in table]
        table = table[[*dict.fromkeys([*stack, *wanted, *classes])]]
    write_table(table, output)
    print(f"{args.labels}: {len(table)} nuclei, {table.shape[1]} columns")
    if classes:
        for name, number in table["class"].value_counts().items():
            print(f"  {name}: {number} ({number / max(len(table), 1):.1%})")
    print(f"  {output}")
    if counts is not None:
        path = output.with_name(f"{output.stem}_regions{output.suffix}")
        write_table(counts.reset_index(), path)
        print(f"  {path}")
        print(counts.to_string(float_format="{:.4g}".format))
    return 0


def add_classes(table: pd.DataFrame, args: argparse.Namespace) -> list[str]:
    """Add the class of each nucleus to a table; return the columns that were added."""
    if args.classify is not None:
        from napari_nuclei.io.classifier_files import read_classifier

        found = read_classifier(args.classify).classify(table)
        table[list(found)] = found
        return list(found)
    if args.threshold is not None:
        from napari_nuclei.core.classify.thresholds import Thresholds

        column, limits = args.threshold
        if limits:
            thresholds = Thresholds(column, limits)
        else:
            thresholds = Thresholds.suggest(table, column)
            print(f"Limit of {column} by Otsu's method: {thresholds.limits[0]:.4g}")
        table["class"] = thresholds.classify(table)
        return ["class"]
    return []


def count_by_region(
    table: pd.DataFrame, labels: PixelsOfFile, args: argparse.Namespace
) -> pd.DataFrame | None:
    """Return the counts by region, or None if there are no regions.

    Nuclei of any class but "negative" count as positive.
    """
    if args.regions is None:
        return None
    from napari_nuclei.core.measure.regions import count_regions
    from napari_nuclei.io.outlines.regions import read_regions

    height, width = (labels.pixels.shape[labels.axes.index(axis)] for axis in "YX")
    regions = read_regions(args.regions, (height, width))
    positive = table["class"] != "negative" if "class" in table else None
    return count_regions(
        table,
        regions,
        pixel_size=args.pixel_size or labels.pixel_size,
        positive=positive,
    )
