"""Read the labels and the table of a large image from disk; without Qt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from napari_nuclei.core.axes import PlaneLayout
from napari_nuclei.core.instances.filters import DroppedCounts
from napari_nuclei.io.optional_packages import import_extra
from napari_nuclei.io.tables import read_table
from napari_nuclei.widgets.segment.result import JoinedNuclei, MeasuredPlane


def read_levels(labels: Path) -> list[Any]:
    """Return the levels of OME-Zarr labels as dask arrays, the largest first."""
    dask = import_extra("dask.array")
    count = sum(1 for level in labels.iterdir() if level.name.isdigit())
    return [dask.from_zarr(labels / str(number)) for number in range(count)]


def read_plane_results(table: Path, layout: PlaneLayout) -> list[MeasuredPlane]:
    """Return the planes of an image from the file of its table.

    Parameters
    ----------
    table : Path
        CSV or parquet, sorted by plane.
    layout : PlaneLayout
        Layout of the image.

    Returns
    -------
    list of MeasuredPlane
        Without maps.
    """
    rows = read_table(table)
    sizes = [layout.size(axis) for axis in layout.stack_axes]
    columns = [rows[axis.lower()].to_numpy() for axis in layout.stack_axes]
    numbers = (
        np.ravel_multi_index(columns, sizes) if sizes else np.zeros(len(rows), np.intp)
    )
    indices = list(layout.plane_indices())
    bounds = np.searchsorted(numbers, np.arange(len(indices) + 1))
    return [
        MeasuredPlane(index, None, int(last - first), None, rows.iloc[first:last])
        for index, first, last in zip(indices, bounds[:-1], bounds[1:], strict=True)
    ]


def read_joined_nuclei(table: Path) -> JoinedNuclei:
    """Return the nuclei in 3-D of a stack whose slices were joined.

    Parameters
    ----------
    table : Path
        CSV or parquet file of their table.
    """
    return JoinedNuclei(read_table(table), DroppedCounts())


def list_planes(layout: PlaneLayout) -> list[MeasuredPlane]:
    """Return the planes of a stack whose slices were joined, without nuclei."""
    import pandas as pd

    return [
        MeasuredPlane(index, None, 0, None, pd.DataFrame())
        for index in layout.plane_indices()
    ]
