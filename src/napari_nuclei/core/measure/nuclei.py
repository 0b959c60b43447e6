"""A table with a row for every nucleus."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.instances.label import border_pixels

Table = dict[str, NDArray[Any]]

HULLS_PER_CHECK = 100
"""Convex hulls after which one who waits is asked whether to go on."""


def measure_nuclei(
    labels: NDArray[np.integer],
    image: NDArray[Any] | None = None,
    foreground: NDArray[np.float32] | None = None,
    *,
    pixel_size: float | None = None,
    check: Callable[[], object] = lambda: None,
) -> Table:
    """Measure every nucleus.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X) or (..., Y, X)
        Each plane of a stack is measured on its own.
    image : ndarray, optional
        Of the shape of `labels`, or with a last axis of colours, which are averaged.
    foreground : ndarray of float32, optional
        Probability of the foreground, of the shape of `labels`.
    pixel_size : float, optional
        Size of a pixel, in micrometres.
    check : callable, optional
        Is called now and then; ends the work by raising.

    Returns
    -------
    dict of str to ndarray
        Columns of one length: `frame` (number of the plane, for stacks), `label`,
        `area` (pixels), `diameter` (of the disc of that area, pixels), `area_um2` and
        `diameter_um` where `pixel_size` is given, `centroid_y`, `centroid_x` (pixels),
        `eccentricity`, `solidity`, `intensity_mean` and `intensity_sum` with an image,
        `score` (mean probability) with a foreground, `touches_border`.
    """
    shape = labels.shape[-2:]
    planes = labels.reshape(-1, *shape)
    grey = None
    if image is not None:
        image = np.asarray(image)
        if image.ndim == labels.ndim + 1:
            image = image[..., :3].mean(axis=-1)
        grey = image.reshape(-1, *shape)
    scores = None if foreground is None else foreground.reshape(-1, *shape)
    tables = []
    for frame, plane in enumerate(planes):
        table = measure_one_plane(
            plane,
            None if grey is None else grey[frame],
            None if scores is None else scores[frame],
            check=check,
        )
        if labels.ndim > 2:
            table = {"frame": np.full(len(table["label"]), frame), **table}
        tables.append(table)
    joined = {key: np.concatenate([t[key] for t in tables]) for key in tables[0]}
    return add_physical_sizes(joined, pixel_size)


def add_physical_sizes(table: Table, pixel_size: float | None) -> Table:
    """Return a table with area and diameter in micrometres too, where they are known.

    Parameters
    ----------
    table : dict of str to ndarray
    pixel_size : float, optional
        In micrometres.
    """
    if pixel_size is None:
        return table
    return {
        **table,
        "area_um2": table["area"] * pixel_size**2,
        "diameter_um": table["diameter"] * pixel_size,
    }


def measure_one_plane(
    labels: NDArray[np.integer],
    image: NDArray[Any] | None,
    foreground: NDArray[np.float32] | None,
    *,
    solidity: bool = True,
    check: Callable[[], object] = lambda: None,
) -> Table:
    """Measure the nuclei of one plane; columns as of `measure_nuclei`.

    `solidity` needs the convex hull of each nucleus, which takes far longer than all
    the rest; without it, there is no such column.
    """
    places = np.flatnonzero(labels)
    found, of = np.unique(labels.ravel()[places], return_inverse=True)
    rows, columns = np.divmod(places, labels.shape[1])
    area = np.bincount(of, minlength=len(found))

    def total(values: NDArray[Any]) -> NDArray[np.float64]:
        return np.bincount(of, values, len(found)).astype(np.float64, copy=False)

    centre_y, centre_x = total(rows) / area, total(columns) / area
    y, x = rows - centre_y[of], columns - centre_x[of]
    yy, xx, xy = total(y * y), total(x * x), total(x * y)
    # The axes of the ellipse of the same second moments.
    spread = np.sqrt((yy - xx) ** 2 + 4 * xy**2)
    major, minor = yy + xx + spread, np.clip(yy + xx - spread, 0, None)
    table: Table = {
        "label": found,
        "area": area.astype(np.float64),
        "diameter": np.sqrt(area * (4 / np.pi)),
        "centroid_y": centre_y,
        "centroid_x": centre_x,
        "eccentricity": np.sqrt(1 - minor / np.where(major > 0, major, np.inf))
        * (major > 0),
    }
    if solidity:
        table["solidity"] = solidities(labels, check)
    if image is not None:
        table["intensity_sum"] = total(image.ravel()[places])
        table["intensity_mean"] = table["intensity_sum"] / area
    if foreground is not None:
        table["score"] = total(foreground.ravel()[places]) / area
    table["touches_border"] = np.isin(found, np.concatenate(border_pixels(labels)))
    return table


def solidities(
    labels: NDArray[np.integer], check: Callable[[], object]
) -> NDArray[np.float64]:
    """Return the share of each nucleus in its convex hull, in order of labels.

    As of scikit-image's `regionprops`, whose thousands of objects make Python collect
    garbage, for which everything waits, a window too.
    """
    from scipy.ndimage import find_objects
    from skimage.morphology import convex_hull_image

    found: list[float] = []
    for number, box in enumerate(find_objects(labels), 1):
        if box is None:
            continue
        if len(found) % HULLS_PER_CHECK == 0:
            check()
        inside = labels[box] == number
        found.append(inside.sum() / convex_hull_image(inside).sum())
    return np.array(found, np.float64)
