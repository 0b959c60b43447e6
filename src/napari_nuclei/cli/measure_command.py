"""The command `measure`: a table of the nuclei of labels."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_nuclei.cli.argument_types import parse_float, parse_path
from napari_nuclei.cli.measure_options import (
    add_image_option,
    add_measure_options,
    measure_config,
)
from napari_nuclei.cli.options import add_max_pixels_option

if TYPE_CHECKING:
    import pandas as pd

    from napari_nuclei.config.measure_config import MeasureConfig


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
        "labels",
        type=parse_path,
        metavar="LABELS",
        help="TIFF, PNG or OME-Zarr; or outlines: GeoJSON or ImageJ's .zip",
    )
    add_image_option(group)
    group.add_argument(
        "--pixel-size",
        type=parse_float,
        metavar="UM",
        help="side of a pixel in µm [what the files state]",
    )
    group.add_argument(
        "--axes",
        help="axes of labels that do not state them, a letter each, such as ZYX",
    )
    add_max_pixels_option(group)
    add_measure_options(
        command, command.group("Measurements"), command.group("Regions and classes")
    )
    command.group("Output").add_argument(
        "-o",
        "--output",
        type=parse_path,
        metavar="TABLE",
        help=".csv or .parquet file [IMAGE_nuclei.csv, of the labels IMAGE_labels]",
    )
    command.set_defaults(run=run_measure)


def run_measure(args: argparse.Namespace) -> int:
    """Measure, classify and count; print what was written."""
    from napari_nuclei.config.stated_calibration import check_calibration
    from napari_nuclei.io.tables import check_table_suffix, write_table
    from napari_nuclei.scale.tables.check_measurements import check_named_columns
    from napari_nuclei.scale.tables.complete_table import complete_table
    from napari_nuclei.scale.tables.measure_files import measure_file_columns
    from napari_nuclei.scale.tables.pixels_of_file import open_labels_of
    from napari_nuclei.scale.tables.region_counts import regions_path

    output = args.output or free_table_path(args.labels)
    check_table_suffix(output)
    config = measure_config(args)
    check_calibration(args.axes, args.pixel_size)
    check_named_columns(config, config.images)
    check_files(config)
    labels = open_labels_of(args.labels, config.images, max_pixels=args.max_pixels)
    columns, pixel_size = measure_file_columns(
        labels,
        config.images,
        pixel_size=args.pixel_size,
        ring=config.ring,
        background=config.background,
        stains=config.stains,
        axes=args.axes,
        max_pixels=args.max_pixels,
    )
    axes = (args.axes or labels.axes).upper()
    height, width = (labels.pixels.shape[axes.index(axis)] for axis in "YX")
    completed = complete_table(
        columns, config, shape=(height, width), pixel_size=pixel_size
    )
    write_table(completed.table, output)
    for note in completed.notes:
        print(note)
    print_table_summary(args.labels, completed.table)
    print(f"  {output}")
    if completed.counts is not None:
        path = regions_path(output)
        write_table(completed.counts.reset_index(), path)
        print(f"  {path}")
        print(completed.counts.to_string(float_format="{:.4g}".format))
    return 0


def check_files(config: MeasureConfig) -> None:
    """Raise FileNotFoundError if an image or the file of regions does not exist."""
    for path in (*config.images.values(), config.regions):
        if path is not None and not Path(path).expanduser().exists():
            raise FileNotFoundError(f"{path}: there is no such file")


def print_table_summary(labels: Path, table: pd.DataFrame) -> None:
    """Print the number of nuclei, and of each class."""
    from napari_nuclei.core.measure.counts import describe_count

    print(f"{labels}: {describe_count(len(table))}, {table.shape[1]} columns")
    if "class" in table:
        for name, number in table["class"].value_counts().items():
            print(f"  {name}: {number} ({number / max(len(table), 1):.1%})")


def free_table_path(labels: Path) -> Path:
    """Return the path of the table of labels, if it is not named.

    Raises
    ------
    FileExistsError
        If it is that of the table which was written with the labels.

    Examples
    --------
    >>> free_table_path(Path("a_labels.tif")).name, free_table_path(Path("b.tif")).name
    ('a_nuclei.csv', 'b_nuclei.csv')
    """
    from napari_nuclei.io.writers import stem_of_image, table_stem

    image = stem_of_image(labels)
    path = labels.with_name(f"{table_stem(image)}.csv")
    if image != labels.stem and path.exists():
        raise FileExistsError(
            f"{path} exists, perhaps with other columns. Name the table with -o, to "
            "replace it or to write another one"
        )
    return path
