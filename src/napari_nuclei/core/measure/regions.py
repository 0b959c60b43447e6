"""Count the nuclei of regions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.core.measure.polygon_fill import fill_polygon

if TYPE_CHECKING:
    import pandas as pd

REST = "rest"
"""Name of the row with the nuclei outside all regions."""

Z_95 = 1.959963984540054
"""Number of standard deviations that hold 95 % of a normal distribution."""

MAX_LOOKUP = 2**20
"""Highest label up to which the regions are numbered by a table."""

Regions = Mapping[str, ArrayLike] | NDArray[np.integer]
"""Polygons (y, x) by name, or labels of regions of shape (Y, X)."""


@suggests_keywords
def count_regions(
    table: pd.DataFrame,
    regions: Regions,
    *,
    shape: tuple[int, int] | None = None,
    pixel_size: float | None = None,
    positive: ArrayLike | None = None,
    medians: Sequence[str] = (),
) -> pd.DataFrame:
    """Count the nuclei of each region, and those outside all regions.

    Parameters
    ----------
    table : DataFrame
        One row per nucleus, as from `measure`.
    regions : dict of str to array, or ndarray of int, shape (Y, X)
        By the name of each region the corners (y, x) of a polygon, of shape (N, 2) in
        pixels, or its pixels, of bool and shape (Y, X); or labels of regions, where 0
        is none. A nucleus belongs to the region that holds its
        centre; where regions overlap, to the first.
    shape : tuple of int, optional
        Height and width of the image, which polygons need.
    pixel_size : float, optional
        Side of a pixel, in µm; needed for the areas in mm² and the densities.
    positive : array of bool, shape (nuclei,), optional
        Which nuclei count as positive.
    medians : sequence of str
        Columns of the table of which each region has the median.

    Returns
    -------
    DataFrame
        One row per region, and a last row `rest`. The index is `region`, the columns
        are `nuclei`, `area` (px), `area_mm2` and `density_per_mm2` (with a pixel size),
        `positive`, `share_positive`, `share_positive_low` and `share_positive_high`
        (ends of Wilson's 95 % interval; with `positive`), and `median_<column>`. In a
        stack areas are those of all planes that hold nuclei.

    Raises
    ------
    ValueError
        If a polygon has fewer than three corners, lies outside the image or is named
        `rest`; there is no shape; or a column is missing.

    Examples
    --------
    >>> import numpy as np
    >>> from napari_nuclei.core.measure.nuclei import measure
    >>> nuclei = measure(np.eye(10, dtype=int) * np.arange(1, 11))
    >>> left = {"left": [(0, 0), (0, 4), (9, 4), (9, 0)]}
    >>> count_regions(nuclei, left, shape=(10, 10))["nuclei"].to_dict()
    {'left': 5, 'rest': 5}
    """
    import pandas as pd

    names, region_labels = draw_regions(regions, shape)
    centres = np.rint(table[["centroid_y", "centroid_x"]].to_numpy(float)).astype(int)
    y, x = np.clip(centres, 0, np.array(region_labels.shape) - 1).T
    region_of_nucleus = region_labels[y, x]
    if missing := [name for name in medians if name not in table]:
        raise ValueError(
            f"the table has no column {missing[0]!r}; it has {', '.join(table)}"
        )
    planes = table[[c for c in ("t", "z", "plane") if c in table]]
    plane_count = max(1, len(planes.drop_duplicates())) if planes.shape[1] else 1
    if "bbox_z0" in table:
        raise ValueError(
            "regions are areas of planes, the table is of volumes; measure slices with "
            "joined=False"
        )
    order = [*range(1, len(names) + 1), 0]
    pixels = np.bincount(region_labels.ravel(), minlength=len(names) + 1)[order]
    count = np.bincount(region_of_nucleus, minlength=len(names) + 1)[order]
    columns: dict[str, Any] = {"nuclei": count, "area": pixels * plane_count}
    if pixel_size is not None:
        columns["area_mm2"] = columns["area"] * (pixel_size / 1000) ** 2
        with np.errstate(divide="ignore", invalid="ignore"):
            columns["density_per_mm2"] = count / columns["area_mm2"]
    if positive is not None:
        is_positive = np.asarray(positive, bool)
        if is_positive.shape != (len(table),):
            raise ValueError(
                f"positive must have a value for each of the {len(table)} nuclei; got "
                f"{is_positive.shape}"
            )
        found = np.bincount(region_of_nucleus[is_positive], minlength=len(names) + 1)
        columns |= positive_columns(found[order], count)
    for name in medians:
        by_region = table[name].groupby(region_of_nucleus).median()
        columns[f"median_{name}"] = by_region.reindex(order).to_numpy()
    index = pd.Index([*names, REST], name="region")
    return pd.DataFrame(columns, index=index)


def positive_columns(
    positive: NDArray[np.integer], count: NDArray[np.integer]
) -> dict[str, NDArray[Any]]:
    """Return the columns of `count_regions` about positive nuclei.

    Parameters
    ----------
    positive, count : ndarray of int, shape (regions,)
        Number of positive nuclei, and of all.
    """
    low, high = wilson_interval(positive, count)
    with np.errstate(invalid="ignore"):
        share = positive / count
    return {
        "positive": positive,
        "share_positive": share,
        "share_positive_low": low,
        "share_positive_high": high,
    }


def wilson_interval(
    positive: ArrayLike, count: ArrayLike
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Return the ends of Wilson's 95 % interval of a share; NaN of no nuclei.

    Parameters
    ----------
    positive, count : array of int
        Number of positive nuclei, and of all.

    Examples
    --------
    >>> low, high = wilson_interval(9, 10)
    >>> round(float(low), 3), round(float(high), 3)
    (0.596, 0.982)
    """
    k, n = np.asarray(positive, float), np.asarray(count, float)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = k / n
        centre = (share + Z_95**2 / (2 * n)) / (1 + Z_95**2 / n)
        half = Z_95 * np.sqrt(share * (1 - share) / n + Z_95**2 / (4 * n**2))
        half = half / (1 + Z_95**2 / n)
    return np.maximum(centre - half, 0), np.minimum(centre + half, 1)


def draw_regions(
    regions: Regions, shape: tuple[int, int] | None
) -> tuple[list[str], NDArray[np.integer]]:
    """Return the names of regions and their labels, from 1, in an image.

    Parameters
    ----------
    regions, shape
        As for `count_regions`.
    """
    if not isinstance(regions, Mapping):
        labels = np.asarray(regions)
        if labels.ndim != 2 or labels.dtype.kind not in "iub":
            raise ValueError(
                "regions must be polygons by name, or labels of shape (Y, X); got "
                f"{labels.dtype} of shape {labels.shape}"
            )
        return number_labels(labels)
    masks = [np.asarray(region) for region in regions.values()]
    masks = [mask for mask in masks if mask.dtype == bool]
    if shape is None and masks:
        shape = masks[0].shape
    if shape is None:
        raise ValueError("polygons need the shape of the image: shape=labels.shape")
    drawn = np.zeros(shape[-2:], np.int32)
    for number, (name, region) in enumerate(regions.items(), 1):
        if name == REST:
            raise ValueError(f"a region cannot be named {REST!r}; give another name")
        window, inside = region_pixels(name, region, (drawn.shape[0], drawn.shape[1]))
        part = drawn[window]
        part[inside & (part == 0)] = number
    return list(regions), drawn


def region_pixels(
    name: str, region: ArrayLike, shape: tuple[int, int]
) -> tuple[tuple[slice, slice], NDArray[np.bool_]]:
    """Return the window of an image that holds a region, and the pixels in it.

    Parameters
    ----------
    name : str
        Name of the region, for messages.
    region : array
        Corners (y, x) of a polygon, or a mask of the image.
    shape : tuple of int
        Height and width of the image.

    Raises
    ------
    ValueError
        If the region does not fit the image.
    """
    mask = np.asarray(region)
    if mask.dtype == bool:
        if mask.shape != shape:
            raise ValueError(
                f"region {name!r} has the shape {mask.shape}, the image {shape}"
            )
        return (slice(None), slice(None)), mask
    corners = np.asarray(region, float)
    if corners.ndim != 2 or corners.shape[1] != 2 or len(corners) < 3:
        raise ValueError(
            f"region {name!r} must have three corners (y, x) or more; got an array "
            f"of shape {corners.shape}"
        )
    window, inside = fill_polygon(corners, shape)
    if not inside.any():
        raise ValueError(
            f"region {name!r} holds no pixel of the image of {shape[0]} x {shape[1]} "
            "pixels; are its corners in µm, or is it of another image?"
        )
    return window, inside


def number_labels(
    labels: NDArray[np.integer],
) -> tuple[list[str], NDArray[np.integer]]:
    """Return the labels that occur, as names, and the labels numbered from 1."""
    if labels.dtype.kind != "b" and 0 <= labels.min(initial=0) and labels.size:
        highest = int(labels.max())
        if highest <= MAX_LOOKUP:  # much faster than sorting all pixels
            found = np.flatnonzero(np.bincount(labels.ravel(), minlength=1)[1:]) + 1
            numbers = np.zeros(highest + 1, np.int32)
            numbers[found] = np.arange(1, len(found) + 1)
            return [str(number) for number in found], numbers[labels]
    found = np.unique(labels)
    found = found[found != 0]
    names = [str(number) for number in found.astype(int)]
    return names, np.where(labels != 0, np.searchsorted(found, labels) + 1, 0)


@suggests_keywords
def h_score(grades: ArrayLike) -> float:
    """Return the H-score of grades: the sum of 1, 2 and 3 times their percentages.

    Parameters
    ----------
    grades : array of int
        Grade of each nucleus, 0 (negative) to 3 (strongly positive).

    Returns
    -------
    float
        0 to 300; NaN of no nuclei.

    Examples
    --------
    >>> h_score([0, 1, 2, 3])
    150.0
    """
    values = np.asarray(grades, float)
    return float(values.mean() * 100) if values.size else float("nan")
