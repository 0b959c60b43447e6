"""Measure the nuclei of a labels layer in image layers; without Qt."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.measure.lengths import length_in_pixels
from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.widgets.contributions.napari_writers import layer_axes
from napari_nuclei.widgets.layers.transform import (
    LENGTH_UNIT,
    layer_pixel_size,
    pixel_to_world_matrix,
)
from napari_nuclei.widgets.nuclei.live.matching_images import (
    channel_axis_of_labels,
    column_names,
    image_arrays,
    labels_data,
)

if TYPE_CHECKING:
    import napari.layers
    import pandas as pd

MAX_SNAPSHOT = 2**27
"""Largest number of pixels of labels that are copied to find edits."""


@dataclass(frozen=True, slots=True)
class MeasureSettings:
    """What the dock measures besides shapes and intensities.

    Attributes
    ----------
    ring : tuple of str, optional
        Gap and width of a ring around each nucleus, such as ("1um", "3um").
    stains : tuple of str
        Stains whose optical density is measured in images with colours.
    """

    ring: tuple[str, str] | None = None
    stains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class MeasureRequest:
    """Arrays to measure, without layers, so that a thread can use them.

    Attributes
    ----------
    labels : array-like of int
        A copy of the labels in memory; lazy labels as they are.
    images : dict of str to array-like
    axes : str
        One letter per axis of the labels.
    pixel_size : float or tuple of float, optional
        Side of a pixel in µm, or the sides along Z, Y and X.
    settings : MeasureSettings
    joined : bool, optional
        Whether nuclei extend over slices; None to find out.
    """

    labels: Any
    images: Mapping[str, Any] = field(default_factory=dict)
    axes: str = "YX"
    pixel_size: float | tuple[float, ...] | None = None
    settings: MeasureSettings = MeasureSettings()
    joined: bool | None = None

    @property
    def ring_pixels(self) -> tuple[float, float] | None:
        """Gap and width of the ring in pixels."""
        if self.settings.ring is None:
            return None
        size = self.pixel_size
        side = size[-1] if isinstance(size, tuple) else size
        gap, width = (length_in_pixels(text, side) for text in self.settings.ring)
        return gap, width

    def measure(self, check: Callable[[], object] = lambda: None) -> pd.DataFrame:
        """Measure all nuclei; see `napari_nuclei.measure` for the columns and errors.

        Raises
        ------
        ValueError
            If the ring is in µm and the layer has no pixel size, and as of `measure`.
        """
        if self.settings.ring is not None and self.pixel_size is None:
            if any("m" in text for text in self.settings.ring):
                raise ValueError(
                    "The ring is in µm, but the labels layer has no pixel size. Choose "
                    "px, or set the scale and units of the layer"
                )
        return measure(
            self.labels,
            dict(self.images),
            pixel_size=self.pixel_size,
            ring=self.ring_pixels,
            stains=self.settings.stains,
            axes=self.axes,
            joined=self.joined,
            check=check,
        )

    def crop(self, window: Sequence[slice]) -> MeasureRequest:
        """Return a request for a part of the arrays."""
        key = tuple(window)
        images = {
            name: image[key + (slice(None),) * (len(image.shape) - len(key))]
            for name, image in self.images.items()
        }
        return replace(self, labels=self.labels[key], images=images)


def make_request(
    layer: napari.layers.Labels,
    images: Sequence[napari.layers.Image],
    settings: MeasureSettings,
) -> MeasureRequest:
    """Return the arrays of layers as they are now; labels in memory are copied.

    Raises
    ------
    ValueError
        If an image does not fit the labels.
    """
    arrays: dict[str, Any] = {}
    names = column_names(image.name for image in images)
    for image, name in zip(images, names, strict=True):
        arrays |= image_arrays(image, name, layer)
    labels = labels_data(layer)
    if isinstance(labels, np.ndarray) and labels.size <= MAX_SNAPSHOT:
        labels = labels.copy()
    return MeasureRequest(
        labels, arrays, axes_of(layer), pixel_size_of(layer), settings
    )


def axes_of(layer: napari.layers.Labels) -> str:
    """Return one letter per axis of the labels, without an axis of channels."""
    dropped = channel_axis_of_labels(layer)
    names = [name for n, name in enumerate(layer.axis_labels) if n != dropped]
    return layer_axes(len(names), {"axis_labels": names})


def pixel_size_of(
    layer: napari.layers.Labels,
) -> float | tuple[float, float, float] | None:
    """Return the side of a pixel in µm, or the sides of a voxel; None if unknown."""
    dropped = channel_axis_of_labels(layer)
    axes = [axis for axis in range(layer.ndim) if axis != dropped]
    side = layer_pixel_size(layer, (axes[-2], axes[-1]))
    letters = axes_of(layer)
    if side is None or "Z" not in letters:
        return side
    z = axes[letters.index("Z")]
    unit = layer.units[z]
    if not unit.is_compatible_with(LENGTH_UNIT):
        return side
    length = float(np.linalg.norm(pixel_to_world_matrix(layer)[:, z]))
    return length * float((1 * unit).to(LENGTH_UNIT).magnitude), side, side


def count_missing(frame: pd.DataFrame) -> dict[str, int]:
    """Return the number of pixels without a value (NaN) of each image that has some."""
    counts = {
        str(name).removesuffix("_nan"): int(frame[name].sum())
        for name in frame.columns
        if str(name).endswith("_nan") and not str(name).endswith("_ring_nan")
    }
    return {name: count for name, count in counts.items() if count}


def stack_columns(frame: pd.DataFrame, axes: str) -> list[str]:
    """Return the columns with the index of the plane, such as ``t`` and ``z``."""
    letters = [axis.lower() for axis in axes if axis not in "YX"]
    return [name for name in letters if name in frame.columns]


def positions_of(frame: pd.DataFrame, axes: str) -> NDArray[np.float64]:
    """Return the centre of every nucleus, in pixels along each axis of the labels.

    Returns
    -------
    ndarray of float, shape (nuclei, axes)
    """
    columns = []
    for axis in axes.lower():
        name = f"centroid_{axis}" if f"centroid_{axis}" in frame.columns else axis
        values = frame[name] if name in frame.columns else np.zeros(len(frame))
        columns.append(np.asarray(values, float))
    return np.stack(columns, axis=1)


def longest_sides(frame: pd.DataFrame) -> NDArray[np.float64]:
    """Return the longer side of the box of every nucleus in Y and X, in pixels."""
    sides = [
        frame[f"bbox_{axis}1"].to_numpy(float) - frame[f"bbox_{axis}0"].to_numpy(float)
        for axis in "yx"
        if f"bbox_{axis}0" in frame.columns
    ]
    return np.max(sides, axis=0) if sides else np.zeros(len(frame))
