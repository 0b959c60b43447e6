"""Find positions where a nucleus may have been missed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.confidence import logit, sigmoid
from napari_nuclei.core.correct.edit import Region

if TYPE_CHECKING:
    import pandas as pd

LEVEL = 0.2
"""Foreground probability above which pixels without a label are examined."""

MIN_AREA = 12
"""Smallest component, in pixels."""

MIN_RADIUS = 0.3
"""Smallest inner distance of a component over the radius of most nuclei: rims of
labelled nuclei are thinner."""

PEAK, SMALL, LARGE, WIDE = 1.1, 0.85, -0.15, 0.25
"""Weights of a logistic regression for missed nuclei.

They belong to the logit of the largest probability, the logarithm of the area over the
typical one (below and above 0), and the inner distance over the typical radius. It was
fitted on the same images as `review.WEIGHTS`.
"""

INTERCEPT = -1.45

MIN_PROBABILITY = 0.05
"""Smallest probability of a candidate; less likely ones are left out."""


def missed_candidates(
    labels: NDArray[np.integer[Any]],
    probability: NDArray[np.floating[Any]],
    *,
    typical_area: float | None = None,
) -> pd.DataFrame:
    """Find positions where a nucleus may have been missed, the most likely first.

    These are components of the foreground probability without a label.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X)
    probability : ndarray of float, shape (Y, X)
        Foreground probability, 0 to 1.
    typical_area : float, optional
        Area of most nuclei, in pixels; the median of `labels` by default.

    Returns
    -------
    DataFrame
        One row per candidate. Columns: `centroid_y`, `centroid_x` (a pixel inside),
        `bbox_y0`, `bbox_x0`, `bbox_y1`, `bbox_x1`, `area`,
        `error_probability` (that a nucleus was missed), `reason`.

    Raises
    ------
    ValueError
        If the shapes differ, or are not those of a plane.

    Examples
    --------
    >>> labels = np.zeros((40, 60), np.int32)
    >>> labels[10:26, 5:21] = 1
    >>> probability = np.where(labels, 0.9, 0.0)
    >>> probability[12:24, 40:52] = 0.45
    >>> missed_candidates(labels, probability).reason.tolist()
    ['foreground probability up to 0.45']
    """
    import pandas as pd

    if labels.ndim != 2 or labels.shape != probability.shape:
        raise ValueError(
            "Labels and foreground probability must be planes (Y, X) of one shape; got "
            f"{labels.shape} and {probability.shape}"
        )
    if typical_area is None:
        typical_area = median_area(labels)
    rows = []
    for region, mask, inner in candidates(labels, probability, typical_area):
        values = probability[region][mask]
        area, peak = int(np.count_nonzero(mask)), float(values.max())
        size = float(np.log(area / typical_area))
        radius = float(np.sqrt(typical_area / np.pi))
        likely = sigmoid(
            INTERCEPT
            + PEAK * logit(peak)
            + SMALL * min(size, 0.0)
            + LARGE * max(size, 0.0)
            + WIDE * float(inner.max()) / radius
        )
        if likely < MIN_PROBABILITY:
            continue
        y, x = np.unravel_index(int(inner.argmax()), inner.shape)
        rows.append(
            {
                "centroid_y": region[0].start + int(y),
                "centroid_x": region[1].start + int(x),
                "bbox_y0": region[0].start,
                "bbox_x0": region[1].start,
                "bbox_y1": region[0].stop,
                "bbox_x1": region[1].stop,
                "area": area,
                "error_probability": float(likely),
                "reason": f"foreground probability up to {peak:.2f}",
            }
        )
    rows.sort(key=lambda row: -row["error_probability"])
    return pd.DataFrame(rows, columns=list(COLUMNS))


def merge_slices(
    candidates: pd.DataFrame, labels: NDArray[np.integer[Any]]
) -> pd.DataFrame:
    """Keep one candidate for each nucleus that was missed in several slices.

    Boxes in neighbouring slices that overlap belong together; the most likely one is
    kept. Candidates above or below a nucleus are left out: they are its ends.

    Parameters
    ----------
    candidates : DataFrame
        As from `missed_candidates`, with the column `z`.
    labels : ndarray of int, shape (Z, Y, X)
        Nuclei that extend over slices.

    Examples
    --------
    >>> import pandas as pd
    >>> box = {"centroid_y": 2, "centroid_x": 2, "bbox_y0": 1, "bbox_x0": 1}
    >>> box |= {"bbox_y1": 4, "bbox_x1": 4}
    >>> rows = [{"z": z, "error_probability": z / 10, **box} for z in (1, 2, 5)]
    >>> merge_slices(pd.DataFrame(rows), np.zeros((7, 6, 6), int)).z.tolist()
    [5, 2]
    """
    ordered = candidates.sort_values("error_probability", ascending=False)
    names = ["z", "centroid_y", "centroid_x"]
    centres = ordered[names].to_numpy(int)
    empty = np.ones(len(ordered), bool)
    for step in (-1, 1):
        z, y, x = (centres + np.array([step, 0, 0])).T
        inside = (z >= 0) & (z < len(labels))
        empty[inside] &= labels[z[inside], y[inside], x[inside]] == 0
    ordered = ordered[empty]
    low = ordered[["z", "bbox_y0", "bbox_x0"]].to_numpy()
    high = ordered[["z", "bbox_y1", "bbox_x1"]].to_numpy() + np.array([2, 0, 0])
    kept: list[int] = []
    waiting = np.ones(len(ordered), bool)
    for row in range(len(ordered)):
        if not waiting[row]:
            continue
        kept.append(row)
        group = [row]
        while group:
            member = group.pop()
            near = waiting & (low < high[member]).all(axis=1)
            near &= (high > low[member]).all(axis=1)
            waiting &= ~near
            group += np.flatnonzero(near).tolist()
    return ordered.iloc[kept]


COLUMNS = (
    *("centroid_y", "centroid_x", "bbox_y0", "bbox_x0", "bbox_y1", "bbox_x1"),
    *("area", "error_probability", "reason"),
)


def candidates(
    labels: NDArray[np.integer[Any]],
    probability: NDArray[np.floating[Any]],
    typical_area: float,
) -> Iterator[tuple[Region, NDArray[np.bool_], NDArray[np.float32]]]:
    """Yield window, mask and inner distance of each component without a label.

    Parameters are as for `missed_candidates`.
    """
    # A pixel of distance: labels are often a little smaller than the foreground.
    labelled = cv2.dilate((labels > 0).astype(np.uint8), np.ones((3, 3), np.uint8))
    mask = ((probability >= LEVEL) & (labelled == 0)).astype(np.uint8)
    count, components, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    padded = cv2.distanceTransform(np.pad(mask, 1), cv2.DIST_L2, cv2.DIST_MASK_5)
    distance = padded[1:-1, 1:-1]
    smallest = MIN_RADIUS * float(np.sqrt(typical_area / np.pi))
    large = stats[:, cv2.CC_STAT_AREA] >= MIN_AREA
    for number in np.flatnonzero(large[1:count]) + 1:
        x, y, width, height, _ = (int(value) for value in stats[number])
        region = slice(y, y + height), slice(x, x + width)
        is_component = components[region] == number
        inner = np.asarray(distance[region] * is_component, np.float32)
        if inner.max() >= smallest:
            yield region, is_component, inner


def median_area(labels: NDArray[np.integer[Any]]) -> float:
    """Return the median area of nuclei, in pixels; 452 (24 px across) without any."""
    _, areas = np.unique(labels[labels > 0], return_counts=True)
    return float(np.median(areas)) if len(areas) else 452.0
