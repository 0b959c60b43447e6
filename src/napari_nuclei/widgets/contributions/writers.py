"""Save a layer of labels as a table, as GeoJSON or as ImageJ regions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.axes import PlaneIndex
from napari_nuclei.core.measure.nuclei import PLANE, measure
from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.io.polygons import encode_geojson, encode_rois
from napari_nuclei.io.tables import encode_csv
from napari_nuclei.widgets.layers.axes import name_axes

if TYPE_CHECKING:
    import pandas as pd

Planes = dict[PlaneIndex, NDArray[np.integer]]


def write_csv(path: str, data: Any, meta: dict[str, Any]) -> list[str]:
    """Write a row for every nucleus; napari calls it to save a layer of labels."""
    return write(path, encode_csv(measure_layer(full_resolution(data), meta)))


def write_geojson(path: str, data: Any, meta: dict[str, Any]) -> list[str]:
    """Write polygons with measurements, as QuPath reads them."""
    labels = full_resolution(data)
    table = measure_layer(labels, meta)
    axes = layer_axes(labels.ndim, meta)
    stack: tuple[str, ...] = () if labels.ndim == 2 else (PLANE,)
    sizes = [int(np.prod(labels.shape[:-2]))] * len(stack)
    if axes:
        stack, sizes = tuple(axes[:-2]), [*labels.shape[:-2]]
    flat = labels.reshape(-1, *labels.shape[-2:])
    planes: Planes = dict(zip(np.ndindex(*sizes), flat, strict=True))
    return write(path, encode_geojson(planes, table, stack))


def write_rois(path: str, data: Any, meta: dict[str, Any]) -> list[str]:
    """Write regions for ImageJ's ROI manager."""
    labels = full_resolution(data)
    planes = dict(enumerate(labels.reshape(-1, *labels.shape[-2:])))
    return write(path, encode_rois(planes, stack=labels.ndim > 2))


def write(path: str, content: bytes) -> list[str]:
    """Write a file, whole or not at all; return its path as napari wants it."""
    write_atomic(path, content)
    return [path]


def full_resolution(data: Any) -> NDArray[np.integer]:
    """Return the labels of a layer; of a pyramid those of full resolution."""
    if isinstance(data, list | tuple) or type(data).__name__ == "MultiScaleData":
        data = data[0]
    labels: NDArray[np.integer] = np.asarray(data)
    if (
        labels.ndim > 2 and labels.shape[-1] == 1
    ):  # of an image whose channels come last
        labels = labels[..., 0]
    return labels


def layer_axes(ndim: int, meta: dict[str, Any]) -> str | None:
    """Return a letter for each axis of a layer, or None if it does not name them.

    Letters come from the names of its axes, or else from its features, whose columns
    `t` and `z` are the index of the plane.
    """
    names = [str(name).upper() for name in meta.get("axis_labels") or ()]
    if names[-2:] == ["Y", "X"] and len({*names}) == ndim == len("".join(names)):
        return "".join(names)
    letters = name_axes(ndim, None)
    if {axis.lower() for axis in letters[:-2]} <= {*meta.get("features", ())}:
        return "".join(letters)
    return None


def measure_layer(labels: NDArray[np.integer], meta: dict[str, Any]) -> pd.DataFrame:
    """Measure the nuclei of a layer as they are now.

    Columns that need the image come from the features of the layer, for the nuclei
    whose label and area are the same as there; for others they are NaN.
    """
    axes = layer_axes(labels.ndim, meta)
    table = measure(labels, pixel_size=pixel_size_of(meta), axes=axes)
    features = meta.get("features")
    if features is None or not {"label", "area"} <= {*features}:
        return table
    stack = {PLANE, *(axes or "")[:-2].lower()}
    keys = [*(name for name in table if name in stack & {*features}), "label", "area"]
    before = features.dropna(subset=keys).drop_duplicates(keys, keep=False)
    new = [n for n in before if n not in table and n not in (*keys, "index")]
    types = {name: float if name == "area" else np.int64 for name in keys}
    before = before[[*keys, *new]].astype(types)
    joined = table.reset_index().merge(before, how="left", on=keys, validate="m:1")
    return joined.set_index("label")


def pixel_size_of(meta: dict[str, Any]) -> float | None:
    """Return the size of a pixel of a layer that napari writes, in micrometres."""
    from napari.layers import Labels

    from napari_nuclei.widgets.layers.transform import layer_pixel_size

    names = ("scale", "rotate", "shear", "affine", "units", "axis_labels")
    known = {name: meta[name] for name in names if meta.get(name) is not None}
    ndim = len(known.get("scale", (1, 1)))
    return layer_pixel_size(Labels(np.zeros((1,) * ndim, np.uint8), **known))
