"""Read nuclei from files of outlines."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.io.outlines.draw_nuclei import OutlinedNuclei, draw_nuclei
from napari_nuclei.io.outlines.geojson_reader import read_geojson
from napari_nuclei.io.outlines.imagej_rois import read_rois
from napari_nuclei.io.outlines.outlined_object import OutlineFile

OUTLINE_SUFFIXES = (".geojson", ".json", ".zip")
"""Suffixes of GeoJSON and of ImageJ's zip files of regions."""


@suggests_keywords
def read_outlines(
    path: str | Path,
    *,
    shape: Sequence[int] | None = None,
    axes: str | None = None,
    max_pixels: int = MAX_PIXELS,
) -> OutlinedNuclei:
    """Read nuclei with their measurements and classes from GeoJSON or ImageJ regions.

    Pixels whose centres lie in an outline belong to its nucleus. Labels, measurements
    and classes that this package wrote are read back as they were.

    Parameters
    ----------
    path : path-like
        A ``.geojson`` file, of QuPath for example, or a ``.zip`` file of ImageJ's ROI
        manager.
    shape : sequence of int, optional
        Shape of the image. By default the one that the file states, else the smallest
        that holds all nuclei.
    axes : str, optional
        One letter for each number in `shape`, such as ZYX.
    max_pixels : int
        Largest number of pixels of the labels.

    Returns
    -------
    OutlinedNuclei
        `labels`, `axes`, `table`, `colours` of the classes, and `notes`.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it is not such a file, or belongs to an image of another shape.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from napari_nuclei import write_labels
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_labels(np.eye(3, dtype=int), f"{folder}/nuclei.geojson")
    ...     found = read_outlines(f"{folder}/nuclei.geojson")
    >>> found.labels.tolist(), found.table["area"].to_dict()
    ([[1, 0, 0], [0, 1, 0], [0, 0, 1]], {1: 3.0})
    """
    return draw_nuclei(read_outline_file(path), shape, axes, max_pixels)


def read_outline_file(path: str | Path) -> OutlineFile:
    """Read a file of outlines, without drawing its nuclei.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If its name ends otherwise, or it is not such a file.
    """
    path = Path(path).expanduser()
    if path.suffix.lower() not in OUTLINE_SUFFIXES:
        raise ValueError(
            f"Outlines are read from .geojson or .zip files; got {path.name}"
        )
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file")
    return read_rois(path) if path.suffix.lower() == ".zip" else read_geojson(path)


def is_outline_name(path: str | Path) -> bool:
    """Return whether the name of a file is one of outlines.

    Examples
    --------
    >>> is_outline_name("a.geojson"), is_outline_name("a.tif")
    (True, False)
    """
    return Path(path).suffix.lower() in OUTLINE_SUFFIXES
