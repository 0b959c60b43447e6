"""Open nuclei from GeoJSON, ImageJ regions and tables in napari.

napari calls `get_reader` with a path that is dropped on it; `napari.yaml` lists the
names of files.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from napari_nuclei.core.errors import USER_ERRORS, format_error
from napari_nuclei.core.measure.counts import counted
from napari_nuclei.io.label_files import read_labels
from napari_nuclei.io.outlines.class_colours import choose_colours
from napari_nuclei.io.outlines.draw_nuclei import draw_nuclei
from napari_nuclei.io.outlines.read_outlines import is_outline_name, read_outline_file
from napari_nuclei.io.tables import TABLE_SUFFIXES, read_table
from napari_nuclei.widgets.contributions.open_image import choose_image
from napari_nuclei.widgets.layers.layer_classes import (
    CLASS_COLOURS,
    NO_CLASS,
    class_colormap,
)
from napari_nuclei.widgets.segment.layer_data import make_features

if TYPE_CHECKING:
    import pandas as pd

LayerData = tuple[Any, ...]
"""Data, attributes and type of a layer; (None,) stands for no layer."""

ReadLayers = Callable[[Path], tuple[list[LayerData], Sequence[str]]]
"""Takes a path; returns layers, and sentences to show."""

NUCLEI_FILES = (
    "Nuclei are in GeoJSON, in zip files of ImageJ regions, and in tables with the "
    "columns label, centroid_y and centroid_x"
)

CENTRES = ("centroid_y", "centroid_x")
"""Columns that every table of nuclei has."""

LABELS_OF_TABLE = ("_labels.tif", "_labels.png", ".tif", ".tiff", ".png")
"""Ends of the names of labels next to a table, after what both names begin with."""


def get_reader(
    path: str | list[str] | None = None,
) -> Callable[[Any], list[LayerData]] | None:
    """Return the function that reads a file as layers; None if it holds no nuclei.

    Parameters
    ----------
    path : str or list of str, optional
        From a list, the first file decides. Without a path, as from the command
        palette, a dialog asks for files.
    """
    if path is None:
        from napari_nuclei.widgets.contributions.open_files import ask_and_open

        suffixes = (".geojson", ".zip", *TABLE_SUFFIXES)
        ask_and_open("Open nuclei", suffixes, get_reader, NUCLEI_FILES)
        return None
    first = Path(path[0] if isinstance(path, list) else path)
    if is_outline_name(first):
        if first.suffix.lower() == ".zip" and not holds_rois(first):
            return None
        return partial(read_files, read_outline_layers)
    if first.suffix.lower() in TABLE_SUFFIXES and is_nuclei_table(first):
        return partial(read_files, read_table_layers)
    return None


def read_files(read: ReadLayers, path: str | list[str]) -> list[LayerData]:
    """Read files as layers; show notes and errors in one line each."""
    from napari.utils.notifications import show_error, show_info

    layers: list[LayerData] = []
    for file in path if isinstance(path, list) else [path]:
        try:
            found, notes = read(Path(file))
        except USER_ERRORS as error:
            show_error(format_error(error))
            continue
        layers += found
        for note in notes:
            show_info(note)
    return layers or [(None,)]


def holds_rois(path: Path) -> bool:
    """Return whether a zip file has regions of ImageJ."""
    try:
        with zipfile.ZipFile(path) as archive:
            return any(name.lower().endswith(".roi") for name in archive.namelist())
    except (OSError, zipfile.BadZipFile):
        return path.is_file()  # the reader says what is wrong with the file


def is_nuclei_table(path: Path) -> bool:
    """Return whether a file is a table of nuclei, by the names of its columns."""
    try:
        if path.suffix.lower() == ".parquet":
            from napari_nuclei.io.optional_packages import import_extra

            names = import_extra("pyarrow.parquet").read_schema(path).names
        else:
            with path.open(encoding="utf-8-sig", errors="replace") as file:
                names = [name.strip('"') for name in file.readline().strip().split(",")]
    except Exception:  # a damaged file makes pyarrow raise almost anything
        return False
    return {"label", *CENTRES} <= {*names}


def read_outline_layers(path: Path) -> tuple[list[LayerData], Sequence[str]]:
    """Read outlines as a Labels layer of the size of an open image."""
    file = read_outline_file(path)
    stacked = any(
        item.slice_index or item.frame or item.plane_number for item in file.objects
    )
    image, notes = choose_image(file.name, file.shape, stacked=stacked)
    shape = None if image is None else image.shape
    axes = None if image is None or file.axes else image.axes
    found = draw_nuclei(file, shape, axes)
    layer = labels_layer(path, found.labels, found.table, found.colours)
    layer[1].update({} if image is None else image.transform)
    return [layer], (*notes, *found.notes)


def read_table_layers(path: Path) -> tuple[list[LayerData], Sequence[str]]:
    """Read a table as a Labels layer if its labels are next to it, else as points.

    Raises
    ------
    ValueError
        If the table has the nuclei of several images.
    """
    table = read_table(path)
    if list(table.index.names) != ["label"]:
        count = table.index.get_level_values(0).nunique() if len(table) else 0
        raise ValueError(
            f"{path.name} has the nuclei of {count} images; open the table of one image"
        )
    classes = [] if "class" not in table else table["class"].dropna().unique()
    colours = choose_colours(sorted(map(str, classes)))
    labels = find_labels(path, table)
    if labels is None:
        return points_layer(path, table, colours)
    image, notes = choose_image(path.name, labels.shape, stacked=labels.ndim > 2)
    layer = labels_layer(path, labels, table, colours)
    layer[1].update({} if image is None else image.transform)
    return [layer], notes


def find_labels(path: Path, table: pd.DataFrame) -> Any:
    """Return the labels next to a table whose numbers are those of the table, or None.

    The table ``cells_nuclei.csv`` belongs to ``cells_labels.tif`` or ``cells.tif``.
    """
    stem = path.stem.removesuffix("nuclei").rstrip("_")
    paths = [path.with_name(stem + ending) for ending in LABELS_OF_TABLE]
    numbers = np.unique(table.index.to_numpy(np.int64))
    for candidate in paths:
        if not candidate.is_file():
            continue
        try:
            labels = read_labels(candidate)
        except (OSError, ValueError):
            continue
        if np.array_equal(np.setdiff1d(labels, 0), numbers):
            return labels
    return None


def labels_layer(
    path: Path, labels: Any, table: pd.DataFrame, colours: dict[str, Any]
) -> LayerData:
    """Return a Labels layer with the table as features, coloured by class."""
    attributes: dict[str, Any] = {"name": path.stem, "features": make_features(table)}
    if colours:
        attributes["metadata"] = {CLASS_COLOURS: colours}
        attributes["colormap"] = class_colormap(table["class"], colours)
    return labels, attributes, "labels"


def points_layer(
    path: Path, table: pd.DataFrame, colours: dict[str, Any]
) -> tuple[list[LayerData], Sequence[str]]:
    """Return the centres of nuclei as a Points layer with the table as features."""
    volumes = "centroid_z" in table
    stack = ("t", "centroid_z") if volumes else ("t", "z", "plane")
    columns = [*(name for name in stack if name in table), *CENTRES]
    image, _ = choose_image(path.name, (), stacked=len(columns) > 2)
    diameter = float(table["diameter"].median()) if "diameter" in table else np.nan
    attributes: dict[str, Any] = {
        "name": path.stem,
        "features": table.reset_index(),
        "size": max(2.0, float(np.nan_to_num(diameter)) / 4),
        "border_width": 0,
        "face_color": "yellow",
    }
    if colours and len(table):
        by_row = [colours.get(name, NO_CLASS) for name in table["class"]]
        attributes["face_color"] = np.array(by_row) / 255
        attributes["metadata"] = {CLASS_COLOURS: colours}
    if image is not None and len(image.shape) == len(columns):
        attributes |= image.transform
    notes = (
        f"{path.name} has no outlines and no labels next to it: shown are the centres "
        f"of {counted(len(table), 'nucleus')}",
    )
    return [(table[columns].to_numpy(float), attributes, "points")], notes
