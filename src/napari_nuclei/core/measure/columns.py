"""Names of the measurements, and what belongs to all tables of them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.axes import PlaneIndex

if TYPE_CHECKING:
    import pandas as pd

Columns = dict[str, NDArray[Any]]
"""Measurements by name, each of shape (nuclei,)."""

STATISTICS = ("mean", "sum", "std", "min", "max", "median")
"""Statistics of an image over the pixels of a nucleus; a column is `<image>_<name>`."""

SHAPE = (
    "area",
    "diameter",
    "centroid_y",
    "centroid_x",
    "bbox_y0",
    "bbox_x0",
    "bbox_y1",
    "bbox_x1",
    "perimeter",
    "circularity",
    "axis_major_length",
    "axis_minor_length",
    "orientation",
    "eccentricity",
    "solidity",
)
"""Columns of a nucleus in a plane, in pixels and radians."""

VOLUME_SHAPE = (
    "volume",
    "diameter",
    "centroid_z",
    "centroid_y",
    "centroid_x",
    "bbox_z0",
    "bbox_y0",
    "bbox_x0",
    "bbox_z1",
    "bbox_y1",
    "bbox_x1",
    "extent_z",
    "surface",
    "sphericity",
    "axis_major_length",
    "axis_minor_length",
)
"""Columns of a nucleus in a volume, in voxels or sides of a pixel in Y and X."""

OTHER = ("confidence", "touches_border")
"""Columns that come neither from the shape nor from an image."""

LENGTHS = ("diameter", "perimeter", "axis_major_length", "axis_minor_length")
"""Columns of lengths, which a pixel size turns into µm."""

MAX_COLUMNS = 100
"""Largest number of columns of a table."""


def select_columns(
    columns: Iterable[str], properties: Sequence[str] | None
) -> list[str]:
    """Return the columns that the caller asked for, in their order in the table.

    Parameters
    ----------
    columns : iterable of str
        All columns of a table.
    properties : sequence of str, optional
        Columns, or statistics such as "mean", which stand for those of every image.
        None for all.

    Raises
    ------
    ValueError
        If a property is neither a column nor a statistic; the message has the nearest
        name.

    Examples
    --------
    >>> select_columns(["area", "dapi_mean", "dapi_sum"], ["mean", "area"])
    ['area', 'dapi_mean']
    """
    columns = list(columns)
    if properties is None:
        return columns
    if isinstance(properties, str):
        properties = [properties]
    for name in properties:
        if name not in columns and name not in STATISTICS:
            raise no_property(name, [*columns, *STATISTICS])
    endings = tuple(f"_{name}" for name in properties if name in STATISTICS)
    return [
        name
        for name in columns
        if name in properties or (endings and name.endswith(endings))
    ]


def no_property(name: object, choices: Sequence[str]) -> ValueError:
    """Return the error for a property that a table cannot have, with the nearest."""
    return ValueError(
        f"{name!r} is not a property of this table.{hint_at(name, choices)} Choose "
        f"from {', '.join(choices)}"
    )


def no_column(name: object, choices: Sequence[str]) -> ValueError:
    """Return the error for a column that a table cannot have, with the nearest."""
    return ValueError(
        f"the table has no column {name!r}.{hint_at(name, choices)} Choose from "
        f"{', '.join(choices)}"
    )


def hint_at(name: object, choices: Sequence[str]) -> str:
    """Return a question with the nearest of the choices; empty if none is near."""
    near = difflib.get_close_matches(str(name), choices, 1, 0.4)
    return f" Did you mean {near[0]!r}?" if near else ""


def add_physical_sizes(columns: Columns, pixel_size: float | None) -> Columns:
    """Return measurements in a plane with sizes in µm too, if a pixel size is given.

    Parameters
    ----------
    columns : dict of str to ndarray
    pixel_size : float, optional
        Side of a pixel, in µm.
    """
    if pixel_size is None:
        return columns
    sizes = {"area_um2": columns["area"] * pixel_size**2}
    return columns | sizes | lengths_in_um(columns, pixel_size)


def lengths_in_um(columns: Columns, pixel_size: float) -> Columns:
    """Return the lengths among measurements in µm, as `<name>_um`."""
    return {f"{n}_um": columns[n] * pixel_size for n in LENGTHS if n in columns}


def shift_origin(columns: Columns, origin: Sequence[int]) -> Columns:
    """Return measurements of a window in coordinates of the whole plane or volume.

    Parameters
    ----------
    columns : dict of str to ndarray
    origin : sequence of int
        First index of the window along Z (of a volume), Y and X.
    """
    shifted = dict(columns)
    axes = "zyx"[-len(origin) :]
    for axis, first in zip(axes, origin, strict=True):
        for name in (f"centroid_{axis}", f"bbox_{axis}0", f"bbox_{axis}1"):
            shifted[name] = columns[name] + first
    return shifted


def to_dataframe(
    columns: Columns, properties: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return measurements as a table whose index is the label.

    Parameters
    ----------
    columns : dict of str to ndarray
    properties : sequence of str, optional
        As for `select_columns`.

    Raises
    ------
    ValueError
        If a property is not a column, or the table has more than `MAX_COLUMNS` columns.
    """
    import pandas as pd

    chosen = select_columns([name for name in columns if name != "label"], properties)
    check_column_count(len(chosen))
    return pd.DataFrame({n: columns[n] for n in ("label", *chosen)}).set_index("label")


def check_column_count(count: int) -> None:
    """Raise ValueError if a table has more than `MAX_COLUMNS` columns."""
    if count > MAX_COLUMNS:
        raise ValueError(
            f"the table would have {count} columns; at most {MAX_COLUMNS} are "
            "possible. Measure fewer images, or choose columns with properties "
            "(--properties)"
        )


def join_columns(parts: Sequence[Columns]) -> Columns:
    """Return measurements of several planes or windows as one.

    A column that a part lacks, such as the number of NaN, is 0 there.
    """
    names = dict.fromkeys(name for part in parts for name in part)
    return {
        name: np.concatenate(
            [part.get(name, np.zeros(len(part["label"]), np.int64)) for part in parts]
        )
        for name in names
    }


def add_plane_index(
    columns: Columns, stack_axes: Sequence[str], index: PlaneIndex
) -> Columns:
    """Return measurements with a column for each axis of the stack, after the label.

    Parameters
    ----------
    columns : dict of str to ndarray
        Measurements of one plane.
    stack_axes : sequence of str
        Names of the axes, such as "TZ"; columns are named in lower case.
    index : tuple of int
        Index of the plane along each of these axes.
    """
    labels = columns["label"]
    numbers = {
        axis.lower(): np.full(len(labels), number, np.int64)
        for axis, number in zip(stack_axes, index, strict=True)
    }
    return {"label": labels, **numbers, **columns}
