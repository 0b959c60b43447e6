"""Labels and tables of large images, read back from disk; without Qt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from napari_nuclei.core.axes import PlaneLayout
from napari_nuclei.core.measure.nuclei import Table
from napari_nuclei.io.lazy_images import import_extra
from napari_nuclei.widgets.segment.result import MeasuredPlane


def read_levels(labels: Path) -> list[Any]:
    """Return the levels of OME-Zarr labels as dask arrays, the largest first."""
    dask = import_extra("dask.array")
    count = sum(1 for level in labels.iterdir() if level.name.isdigit())
    return [dask.from_zarr(labels / str(number)) for number in range(count)]


def read_plane_results(table: Path, layout: PlaneLayout) -> list[MeasuredPlane]:
    """Return the table of each plane of an image, from a file that holds them all.

    Parameters
    ----------
    table : Path
        CSV, a plane's rows after those of the plane before it.
    layout : PlaneLayout
        Of the image.
    """
    every = import_extra("pyarrow.csv").read_csv(table)
    columns: Table = {
        name: every[name].to_numpy(zero_copy_only=False) for name in every.column_names
    }
    places = list(layout.plane_indices())
    frames = columns.get("frame", np.zeros(every.num_rows, np.int64))
    bounds = np.searchsorted(frames, np.arange(len(places) + 1))
    planes = []
    for place, first, last in zip(places, bounds[:-1], bounds[1:], strict=True):
        rows = {name: values[first:last] for name, values in columns.items()}
        planes.append(MeasuredPlane(place, None, int(last - first), None, rows))
    return planes
