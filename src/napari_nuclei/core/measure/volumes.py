"""Measure the nuclei of a stack whose slices are joined."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.axes import PlaneLayout
from napari_nuclei.core.confidence import ConfidenceCurve
from napari_nuclei.core.measure.nuclei import INTENSITY, measure

if TYPE_CHECKING:
    import pandas as pd


def measure_volumes(
    labels: NDArray[np.integer],
    layout: PlaneLayout,
    image: Any = None,
    *,
    foreground: Any = None,
    curve: ConfidenceCurve | None = None,
    pixel_size: float | None = None,
    z_spacing: float | None = None,
    check: Callable[[], object] = lambda: None,
) -> pd.DataFrame:
    """Measure joined nuclei, one row each.

    Parameters
    ----------
    labels : ndarray of int, of shape `layout.label_shape`
    layout : PlaneLayout
        Axes of the image and of its labels, with Z.
    image : array-like of shape `layout.shape`, optional
    foreground : array-like of float, of the shape of `labels`, optional
        Foreground probability.
    curve : ConfidenceCurve, optional
        Turns the mean foreground probability of a nucleus into its confidence.
    pixel_size, z_spacing : float, optional
        Side of a pixel and distance between slices, in µm. Without both there are no
        columns in µm.
    check : callable, optional
        Called from time to time; raise an exception in it to stop.

    Returns
    -------
    DataFrame
        As from `measure`.
    """
    voxel = None
    if pixel_size is not None and z_spacing is not None:
        voxel = (z_spacing, pixel_size, pixel_size)
    table = measure(
        labels,
        None if image is None else {INTENSITY: select_channel(image, layout)},
        foreground=foreground,
        pixel_size=voxel,
        axes=layout.label_axes,
        joined=True,
        check=check,
    )
    if curve is not None and "confidence" in table:
        table["confidence"] = curve.confidence(table["confidence"])
    return table


@dataclass(frozen=True, slots=True)
class ChannelView:
    """One channel of an array, read when it is indexed.

    Attributes
    ----------
    array : array-like
        numpy, dask, zarr or similar.
    axis, channel : int
        The axis of the channels, and the index along it.
    """

    array: Any
    axis: int
    channel: int

    @property
    def dtype(self) -> Any:
        """Type of the pixels."""
        return self.array.dtype

    @property
    def shape(self) -> tuple[int, ...]:
        """Shape of the array without the axis of channels."""
        shape = tuple(self.array.shape)
        return shape[: self.axis] + shape[self.axis + 1 :]

    @property
    def ndim(self) -> int:
        """Number of axes without that of the channels."""
        return len(self.shape)

    def __getitem__(self, index: Any) -> NDArray[Any]:
        """Read pixels; `index` holds an integer or a slice for some or all axes."""
        full = list(index) if isinstance(index, tuple) else [index]
        full += [slice(None)] * (self.ndim - len(full))
        full.insert(self.axis, self.channel)
        return np.asarray(self.array[tuple(full)])


def select_channel(image: Any, layout: PlaneLayout) -> Any:
    """Return the channel of an image that a layout reads, with colours last.

    Examples
    --------
    >>> from napari_nuclei.core.axes import make_layout
    >>> layout = make_layout((4, 2, 8, 9), "ZCYX", 1)
    >>> select_channel(np.zeros(layout.shape), layout).shape
    (4, 8, 9)
    """
    axes = layout.axes
    if "C" in axes:
        return ChannelView(image, axes.index("C"), layout.channel or 0)
    if "S" in axes and axes[-1] != "S":
        return np.moveaxis(np.asarray(image), axes.index("S"), -1)
    return image
