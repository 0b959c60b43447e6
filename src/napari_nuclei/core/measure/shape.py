"""Sizes, positions and shapes of the nuclei of a plane."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.measure.columns import Columns
from napari_nuclei.core.measure.pixels import NucleusPixels
from napari_nuclei.core.measure.solidity import measure_solidity

# Weights of border pixels by the number of their neighbours on the border: with an
# edge counted 2 and a corner 10, after Benkrid, Crookes, Benkrid: "Design and FPGA
# implementation of a perimeter estimator", 2000.
PERIMETER_WEIGHTS = np.zeros(51)
PERIMETER_WEIGHTS[[5, 7, 15, 17, 25, 27]] = 1
PERIMETER_WEIGHTS[[21, 33]] = np.sqrt(2)
PERIMETER_WEIGHTS[[13, 23]] = (1 + np.sqrt(2)) / 2


def measure_shape(
    labels: NDArray[np.integer],
    pixels: NucleusPixels,
    check: Callable[[], object] = lambda: None,
) -> Columns:
    """Measure the shape of every nucleus of a plane.

    The values are those of scikit-image's `regionprops_table`, measured for all nuclei
    at once.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X)
    pixels : NucleusPixels
        The pixels of `labels`.
    check : callable
        Called from time to time; raise an exception in it to stop.

    Returns
    -------
    dict of str to ndarray of float64
        The columns `SHAPE`, in pixels and radians.
    """
    area = pixels.counts.astype(np.float64)
    y, x = (values.astype(np.float64) for values in pixels.coordinates)
    centre_y, centre_x = pixels.total(y) / area, pixels.total(x) / area
    box = {
        "bbox_y0": pixels.smallest(y),
        "bbox_x0": pixels.smallest(x),
        "bbox_y1": pixels.largest(y) + 1,
        "bbox_x1": pixels.largest(x) + 1,
    }
    y -= np.repeat(centre_y, pixels.counts)
    x -= np.repeat(centre_x, pixels.counts)
    yy, xx, xy = (pixels.total(v) / area for v in (y * y, x * x, x * y))
    # The axes of the ellipse of the same second moments.
    spread = np.sqrt((yy - xx) ** 2 + 4 * xy**2)
    major, minor = (yy + xx + spread) / 2, np.clip(yy + xx - spread, 0, None) / 2
    perimeter = measure_perimeter(labels, pixels)
    with np.errstate(divide="ignore", invalid="ignore"):
        circularity = np.minimum(4 * np.pi * area / perimeter**2, 1)
        eccentricity = np.where(major > 0, np.sqrt(1 - minor / major), 0.0)
    diagonal = np.where(xy > 0, np.pi / 4, -np.pi / 4)
    return {
        "area": area,
        "diameter": np.sqrt(area * (4 / np.pi)),
        "centroid_y": centre_y,
        "centroid_x": centre_x,
        **{name: values.astype(np.int64) for name, values in box.items()},
        "perimeter": perimeter,
        "circularity": circularity,
        "axis_major_length": 4 * np.sqrt(major),
        "axis_minor_length": 4 * np.sqrt(minor),
        "orientation": np.where(yy == xx, diagonal, 0.5 * np.arctan2(2 * xy, yy - xx)),
        "eccentricity": eccentricity,
        "solidity": measure_solidity(pixels, check),
    }


def measure_perimeter(
    labels: NDArray[np.integer], pixels: NucleusPixels
) -> NDArray[np.float64]:
    """Return the length of the outline of each nucleus, in pixels.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X)
    pixels : NucleusPixels
        The pixels of `labels`.
    """
    padded = np.pad(labels, 1)
    width = padded.shape[1]
    y, x = pixels.coordinates
    positions = (y + 1) * width + x + 1
    flat = padded.ravel()
    label = flat[positions]
    edges = (1, -1, width, -width)
    corners = (width + 1, width - 1, 1 - width, -1 - width)
    on_border = np.zeros(len(positions), bool)
    for step in edges:
        on_border |= flat[positions + step] != label
    is_border = np.zeros(flat.shape, bool)
    is_border[positions[on_border]] = True
    positions, label = positions[on_border], label[on_border]
    value = np.ones(len(positions), np.int64)
    for steps, weight in ((edges, 2), (corners, 10)):
        for step in steps:
            neighbour = positions + step
            value += weight * (is_border[neighbour] & (flat[neighbour] == label))
    rows = pixels.rows[on_border]
    return np.bincount(rows, PERIMETER_WEIGHTS[value], len(pixels)).astype(np.float64)
