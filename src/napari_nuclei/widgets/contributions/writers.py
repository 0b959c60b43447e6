"""Save a layer of labels as a table, as GeoJSON or as ImageJ regions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.measure.nuclei import Table, measure_nuclei
from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.io.polygons import encode_geojson, encode_rois
from napari_nuclei.io.tables import encode_table

IMAGE_COLUMNS = ("intensity_sum", "intensity_mean", "score")
"""Columns that need the image; of nuclei that were changed by hand they are unknown."""

Planes = dict[int, NDArray[np.integer]]


def write_csv(path: str, data: Any, meta: dict[str, Any]) -> list[str]:
    """Write a row for every nucleus; napari calls it to save a layer of labels."""
    planes = planes_of(data)
    tables = plane_tables(planes, meta)
    if np.ndim(data) > 2:
        tables = {
            number: {"frame": np.full(len(table["label"]), number), **table}
            for number, table in tables.items()
        }
    names = dict.fromkeys(name for table in tables.values() for name in table)
    joined = {
        name: np.concatenate(
            [
                table.get(name, np.full(len(table["label"]), np.nan))
                for table in tables.values()
            ]
        )
        for name in names
    }
    return write(path, encode_table(joined))


def write_geojson(path: str, data: Any, meta: dict[str, Any]) -> list[str]:
    """Write polygons with measurements, as QuPath reads them."""
    planes = planes_of(data)
    return write(path, encode_geojson(planes, plane_tables(planes, meta)))


def write_rois(path: str, data: Any, meta: dict[str, Any]) -> list[str]:
    """Write regions for ImageJ's ROI manager."""
    return write(path, encode_rois(planes_of(data), stack=np.ndim(data) > 2))


def write(path: str, content: bytes) -> list[str]:
    """Write a file, whole or not at all; return its path as napari wants it."""
    write_atomic(path, content)
    return [path]


def planes_of(data: Any) -> Planes:
    """Return the planes of labels by their number; multiscale: full resolution."""
    if isinstance(data, list | tuple) or type(data).__name__ == "MultiScaleData":
        data = data[0]
    data = np.asarray(data)
    if data.ndim > 2 and data.shape[-1] == 1:  # of an image whose channels come last
        data = data[..., 0]
    return dict(enumerate(data.reshape(-1, *data.shape[-2:])))


def plane_tables(planes: Planes, meta: dict[str, Any]) -> dict[int, Table]:
    """Measure the nuclei as they are now; of unchanged ones take what was measured."""
    pixel_size = pixel_size_of(meta)
    tables = {}
    for number, labels in planes.items():
        table = measure_nuclei(np.asarray(labels), pixel_size=pixel_size)
        tables[number] = table | keep_image_columns(table, number, meta.get("features"))
    return tables


def keep_image_columns(table: Table, frame: int, features: Any) -> Table:
    """Return the columns of an earlier table that need the image.

    They are taken where label and area are still the same.
    """
    if features is None or not {"label", "area"} <= set(features):
        return {}
    rows = features[features["frame"] == frame] if "frame" in features else features
    known = {
        (label, area): index
        for index, (label, area) in enumerate(
            zip(rows["label"], rows["area"], strict=True)
        )
    }
    found = [
        known.get(key, -1) for key in zip(table["label"], table["area"], strict=True)
    ]
    kept = {}
    for name in IMAGE_COLUMNS:
        if name in rows:
            values = np.append(np.asarray(rows[name], float), np.nan)
            kept[name] = values[found]
    return kept


def pixel_size_of(meta: dict[str, Any]) -> float | None:
    """Return the size of a pixel of a layer that napari writes, in micrometres."""
    from napari.layers import Labels

    from napari_nuclei.widgets.layers.transform import layer_pixel_size

    names = ("scale", "rotate", "shear", "affine", "units", "axis_labels")
    known = {name: meta[name] for name in names if meta.get(name) is not None}
    ndim = len(known.get("scale", (1, 1)))
    return layer_pixel_size(Labels(np.zeros((1,) * ndim, np.uint8), **known))
