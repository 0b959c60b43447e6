"""Count the nuclei of regions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.core.measure.draw_regions import REST, Regions, draw_regions

if TYPE_CHECKING:
    import pandas as pd

Z_95 = 1.959963984540054
"""Number of standard deviations that hold 95 % of a normal distribution."""


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
        `rest`; there is no shape; the regions are of an image of another size; or a
        column is missing.

    Warns
    -----
    ImageWarning
        If a region overlaps an earlier one.

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

    medians = [medians] if isinstance(medians, str) else medians
    for name in ("centroid_y", "centroid_x", *medians):
        if name not in table:
            raise ValueError(
                f"the table has no column {name!r}; it has {', '.join(map(str, table))}"
            )
    names, region_labels = draw_regions(regions, shape)
    region_of_nucleus = find_regions_of_nuclei(table, region_labels)
    if "bbox_z0" in table:
        raise ValueError(
            "regions are areas of planes, the table is of volumes; measure slices with "
            "joined=False"
        )
    order = [*range(1, len(names) + 1), 0]
    pixels = np.bincount(region_labels.ravel(), minlength=len(names) + 1)[order]
    count = np.bincount(region_of_nucleus, minlength=len(names) + 1)[order]
    columns: dict[str, Any] = {"nuclei": count, "area": pixels * count_planes(table)}
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
        positive_counts = np.bincount(
            region_of_nucleus[is_positive], minlength=len(names) + 1
        )
        columns |= positive_columns(positive_counts[order], count)
    for name in medians:
        by_region = table[name].groupby(region_of_nucleus).median()
        columns[f"median_{name}"] = by_region.reindex(order).to_numpy()
    index = pd.Index([*names, REST], name="region")
    return pd.DataFrame(columns, index=index)


def find_regions_of_nuclei(
    table: pd.DataFrame, region_labels: NDArray[np.integer]
) -> NDArray[np.integer]:
    """Return the label of the region that holds the centre of each nucleus; 0 for none.

    Raises
    ------
    ValueError
        If a centre lies outside the image of the regions.
    """
    centres = np.rint(table[["centroid_y", "centroid_x"]].to_numpy(float)).astype(int)
    if (centres >= region_labels.shape).any():
        height, width = region_labels.shape
        raise ValueError(
            f"the regions have {height} x {width} pixels, but a nucleus has its centre "
            f"at {tuple(centres.max(axis=0).tolist())}; they are of another image"
        )
    y, x = np.maximum(centres, 0).T
    return np.asarray(region_labels[y, x])


def count_planes(table: pd.DataFrame) -> int:
    """Return the number of planes that hold nuclei, at least 1."""
    columns = [name for name in ("t", "z", "plane") if name in table]
    return max(1, len(table[columns].drop_duplicates())) if columns else 1


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
