"""A table with a row for every nucleus."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

Table = dict[str, NDArray[Any]]

SHAPE_COLUMNS = ("label", "area", "centroid", "eccentricity", "solidity")


def nuclei_table(
    labels: NDArray[np.integer],
    image: NDArray[Any] | None = None,
    foreground: NDArray[np.float32] | None = None,
    *,
    pixel_size: float | None = None,
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
        table = plane_table(
            plane,
            None if grey is None else grey[frame],
            None if scores is None else scores[frame],
        )
        if labels.ndim > 2:
            table = {"frame": np.full(len(table["label"]), frame), **table}
        tables.append(table)
    joined = {key: np.concatenate([t[key] for t in tables]) for key in tables[0]}
    if pixel_size is not None:
        joined["area_um2"] = joined["area"] * pixel_size**2
        joined["diameter_um"] = joined["diameter"] * pixel_size
    return joined


def plane_table(
    labels: NDArray[np.integer],
    image: NDArray[Any] | None,
    foreground: NDArray[np.float32] | None,
) -> Table:
    """Measure the nuclei of one plane; columns as of `nuclei_table`."""
    from skimage.measure import regionprops_table

    raw = regionprops_table(labels, properties=SHAPE_COLUMNS)
    numbers = raw["label"]
    table: Table = {
        "label": numbers,
        "area": raw["area"],
        "diameter": np.sqrt(raw["area"] * (4 / np.pi)),
        "centroid_y": raw["centroid-0"],
        "centroid_x": raw["centroid-1"],
        "eccentricity": raw["eccentricity"],
        "solidity": raw["solidity"],
    }
    flat = labels.ravel()
    highest = int(numbers.max()) + 1 if len(numbers) else 1

    def total(values: NDArray[Any]) -> NDArray[np.float64]:
        weights = values.ravel().astype(np.float64)
        return np.asarray(np.bincount(flat, weights, highest)[numbers], np.float64)

    if image is not None:
        table["intensity_sum"] = total(image)
        table["intensity_mean"] = table["intensity_sum"] / table["area"]
    if foreground is not None:
        table["score"] = total(foreground) / table["area"]
    border = np.concatenate([labels[0], labels[-1], labels[:, 0], labels[:, -1]])
    table["touches_border"] = np.isin(numbers, border)
    return table


def encode_table(table: Mapping[str, NDArray[Any]]) -> bytes:
    """Return a table as the bytes of a CSV file."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table)
    columns = [values.tolist() for values in table.values()]
    for row in zip(*columns, strict=True):
        writer.writerow([f"{v:.6g}" if isinstance(v, float) else v for v in row])
    return text.getvalue().encode()
