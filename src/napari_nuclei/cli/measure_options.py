"""The options that say what a table of nuclei holds, of `measure` and `segment`."""

from __future__ import annotations

import argparse
from argparse import ArgumentTypeError
from pathlib import Path

from napari_nuclei.cli.argument_types import parse_float, parse_names, parse_path
from napari_nuclei.cli.command_parser import CommandParser
from napari_nuclei.config.measure_config import MeasureConfig

STAINS = ("haematoxylin", "eosin", "dab")
"""Stains that are separated; named here so that the help loads no scikit-image."""


def add_image_option(group: argparse._ArgumentGroup, *, folders: bool = False) -> None:
    """Add `--image`; with `folders` the help says how each file gets its own image."""
    more = (
        "; for several inputs a folder with images of the same names, or a path with "
        "{stem}, such as ki67={stem}_ki67.tif"
        if folders
        else ""
    )
    group.add_argument(
        "--image",
        action="append",
        default=[],
        type=parse_named_file,
        metavar="NAME=FILE",
        help="image to measure intensities in, and a name for its columns; may be "
        f"repeated; each channel gets columns of its own{more}",
    )


def add_measure_options(
    parser: CommandParser,
    measurements: argparse._ArgumentGroup,
    classes: argparse._ArgumentGroup,
) -> None:
    """Add the options of the columns, of classes and of regions to their groups."""
    measurements.add_argument(
        "--ring",
        type=parse_ring_option,
        metavar="GAP:WIDTH",
        help="measure a ring around each nucleus, such as 1um:3um or 2px:4px [none]",
    )
    measurements.add_argument(
        "--background",
        type=parse_float,
        metavar="PERCENTILE",
        help="subtract this percentile of the pixels outside nuclei [none]",
    )
    measurements.add_argument(
        "--stains",
        action="extend",
        default=[],
        type=parse_stains,
        metavar="STAIN [STAIN ...]",
        help="measure optical densities in RGB images: haematoxylin, eosin, dab [none]",
    )
    parser.lists["--stains"] = STAINS
    measurements.add_argument(
        "--properties",
        nargs="+",
        metavar="COLUMN",
        help="columns to write; mean, sum and so on name those of all images [all]",
    )
    classes.add_argument(
        "--regions",
        type=parse_path,
        metavar="FILE",
        help="GeoJSON of regions; the nuclei of each region are counted [none]",
    )
    choice = classes.add_mutually_exclusive_group()
    choice.add_argument(
        "--classify",
        type=parse_path,
        metavar="FILE",
        help="classify by a classifier that napari or Python has saved [none]",
    )
    choice.add_argument(
        "--threshold",
        type=parse_threshold,
        metavar="COLUMN[=LIMIT,...]",
        help="classify by one to three limits of a column; without a limit by Otsu's "
        "method [no classes]",
    )


def measure_config(args: argparse.Namespace) -> MeasureConfig:
    """Return the settings that the options state.

    Raises
    ------
    ValueError
        If two images have the same name.
    """
    images = dict(args.image)
    if len(images) < len(args.image):
        raise ValueError("two images have the same name; name them as NAME=FILE")
    return MeasureConfig(
        images=images,
        ring=args.ring,
        background=args.background,
        stains=tuple(args.stains),
        properties=None if args.properties is None else tuple(args.properties),
        regions=args.regions,
        classify=args.classify,
        threshold=args.threshold,
    )


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


def parse_stains(text: str) -> tuple[str, ...]:
    """Return the names of stains separated by commas.

    Examples
    --------
    >>> parse_stains("haematoxylin,dab")
    ('haematoxylin', 'dab')
    """
    names = parse_names(text)
    for name in names:
        if name not in STAINS:
            raise ArgumentTypeError(
                f"stain must be one of {', '.join(STAINS)}; got {name}"
            )
    return names


def parse_threshold(text: str) -> tuple[str, tuple[float, ...]]:
    """Return a column and its limits.

    Examples
    --------
    >>> parse_threshold("dab_mean=.2,.4"), parse_threshold("dab_mean")
    (('dab_mean', (0.2, 0.4)), ('dab_mean', ()))
    """
    column, _, limits = text.partition("=")
    return column, tuple(parse_float(limit) for limit in limits.split(",") if limit)
