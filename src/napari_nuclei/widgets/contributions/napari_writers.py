"""Save a Labels layer in the formats of the command line.

napari calls a function for each format; `napari.yaml` lists them.
"""

from __future__ import annotations

import mimetypes
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.io.labelled_image import LabelledImage
from napari_nuclei.io.writer import Writer
from napari_nuclei.io.writers import WRITERS, find_writers, writer_of_suffix
from napari_nuclei.widgets.contributions.save_selected import save_selected_layer
from napari_nuclei.widgets.layers.layer_axes import name_axes
from napari_nuclei.widgets.layers.layer_classes import CLASS_COLOURS, layer_classes

if TYPE_CHECKING:
    import pandas as pd


OTHER_SUFFIXES = {".npy", ".npz", ".tif", ".tiff", ".zarr"}
"""Suffixes of images that the system may not know."""


def write_layer(
    name: str,
    path: str | None = None,
    data: Any = None,
    meta: dict[str, Any] | None = None,
) -> list[str]:
    """Write a Labels layer in a format.

    Parameters
    ----------
    name : str
        Name of the format.
    path : str, optional
        If it is missing, as from napari's command palette, the selected Labels layer
        is written, and a dialog asks where to.
    data : array-like of int, or list of them
        Labels. Of a pyramid, the level at full resolution is written.
    meta : dict
        The layer's attributes from napari: scale, units, features and so on.

    Returns
    -------
    list of str
        The path, as napari expects.

    Raises
    ------
    ValueError
        If the format cannot hold the labels, or the path ends as files of another kind.
    """
    if path is None:
        return save_selected_layer(name, partial(write_layer, name))
    meta = meta or {}
    (writer,) = find_writers([name])
    path, writer = complete_path(path, writer)
    writer.check_installed()
    labels = full_resolution(data)
    layout = make_layout(labels.shape, layer_axes(labels.ndim, meta))
    writer.check_layout(layout)
    image = LabelledImage(
        labels,
        layout,
        measure=lambda: measure_layer(labels, layout.axes, meta),
        classes=layer_classes(meta.get("features"), labels),
        colours=(meta.get("metadata") or {}).get(CLASS_COLOURS),
    )
    write_atomic(path, writer.encode(image))
    return [path]


def complete_path(path: str, writer: Writer) -> tuple[str, Writer]:
    """Return the path and the writer that a user has chosen in a dialog.

    The suffix that the user typed counts more than the type that the dialog had
    selected. A path without a suffix gets that of the type.

    Raises
    ------
    FileExistsError
        If the path with its suffix exists, which the user did not choose to replace.
    ValueError
        If the suffix is that of files which are not written here.

    Examples
    --------
    >>> (csv,) = find_writers(["csv"])
    >>> path, writer = complete_path("a.geojson", csv)
    >>> path, writer.name
    ('a.geojson', 'geojson')
    >>> complete_path("plate 1.5", csv)[0]
    'plate 1.5.csv'
    """
    suffix = Path(path).suffix.lower()
    if suffix == writer.suffix:
        return path, writer
    offered = [candidate for candidate in WRITERS if candidate.layer_title is not None]
    found = writer_of_suffix(Path(path), offered)
    if found is not None:
        return path, found
    if suffix in OTHER_SUFFIXES or mimetypes.guess_type(path)[0] is not None:
        suffixes = ", ".join(dict.fromkeys(candidate.suffix for candidate in offered))
        raise ValueError(
            f"{Path(path).name} does not end in {writer.suffix}. Choose another type, "
            f"or one of the suffixes {suffixes}"
        )
    completed = path + writer.suffix
    if Path(completed).exists():  # the dialog has asked about the other name only
        raise FileExistsError(
            f"{Path(completed).name} exists. Type its whole name to replace it"
        )
    return completed, writer


def __getattr__(name: str) -> Any:
    """Return the function of a format, such as ``write_csv`` of ``csv``."""
    if not name.startswith("write_"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return partial(write_layer, name.removeprefix("write_"))


def full_resolution(data: Any) -> NDArray[np.integer]:
    """Return the labels of a layer, at full resolution if it is a pyramid."""
    if isinstance(data, list | tuple) or type(data).__name__ == "MultiScaleData":
        data = data[0]
    labels: NDArray[np.integer] = np.asarray(data)
    if labels.ndim > 2 and labels.shape[-1] == 1:  # channels come last in its image
        labels = labels[..., 0]
    return labels


def layer_axes(ndim: int, meta: dict[str, Any]) -> str:
    """Return a letter for each axis: the layer's axis labels if they are letters.

    Examples
    --------
    >>> layer_axes(3, {"axis_labels": ("t", "y", "x")})
    'TYX'
    >>> layer_axes(3, {"axis_labels": ("axis -3", "axis -2", "axis -1")})
    'ZYX'
    """
    names = [str(name).upper() for name in meta.get("axis_labels") or ()]
    letters = len({*names}) == ndim == len("".join(names))
    if letters and names[-2:] == ["Y", "X"] and not {"S", "C"} & {*names}:
        return "".join(names)
    return "".join(name_axes(ndim, None))


def measure_layer(
    labels: NDArray[np.integer], axes: str, meta: dict[str, Any]
) -> pd.DataFrame:
    """Measure the nuclei of a layer as they are now.

    Columns that need the image are copied from the features of the layer. They are NaN
    for a nucleus whose label and area are not in the features.
    """
    table = measure(labels, pixel_size=pixel_size_of(meta), axes=axes)
    features = meta.get("features")
    if features is None or not {"label", "area"} <= {*features}:
        # Files of other programs have classes, but not always areas.
        classes = layer_classes(features, labels)
        return table if classes is None else table.join(classes)
    stack = [axis for axis in axes[:-2].lower() if axis in features]
    keys = [*stack, "label", "area"]
    if not {*keys} <= {"label", *table}:  # nuclei joined over slices have volumes
        return table
    before = features.dropna(subset=keys).drop_duplicates(keys, keep=False)
    new = [n for n in before if n not in table and n not in (*keys, "index")]
    types = {name: float if name == "area" else np.int64 for name in keys}
    before = before[[*keys, *new]].astype(types)
    joined = table.reset_index().merge(before, how="left", on=keys, validate="m:1")
    return joined.set_index("label")


def pixel_size_of(meta: dict[str, Any]) -> float | None:
    """Return the pixel size of a layer, in µm; None if its unit is not a length."""
    from napari.layers import Labels

    from napari_nuclei.widgets.layers.transform import layer_pixel_size

    names = ("scale", "rotate", "shear", "affine", "units", "axis_labels")
    arguments = {name: meta[name] for name in names if meta.get(name) is not None}
    ndim = len(arguments.get("scale", (1, 1)))
    return layer_pixel_size(Labels(np.zeros((1,) * ndim, np.uint8), **arguments))
