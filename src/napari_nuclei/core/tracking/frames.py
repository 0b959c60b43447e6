"""Read the labels of a time series frame by frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.measure.check_labels import (
    LARGEST,
    as_labels,
    check_labels,
    name_label_axes,
)
from napari_nuclei.core.tracking.merged_nuclei import SplitPixels


@dataclass(frozen=True, slots=True)
class Frames:
    """The labels of a time series.

    Attributes
    ----------
    labels : array of int
        numpy, dask or zarr.
    axes : str
        One letter for each axis.
    splits : mapping of int to SplitPixels
        Labels that are split when a frame is read, by frame.
    """

    labels: Any
    axes: str
    splits: Mapping[int, SplitPixels] = field(default_factory=dict)

    def __len__(self) -> int:
        return int(self.labels.shape[self.axes.index("T")])

    @property
    def n_axes(self) -> int:
        """Number of axes of a frame: 2, or 3 with Z."""
        return len(self.axes) - 1

    def index(self, t: int) -> tuple[Any, ...]:
        """Return the index of a frame in the array of the labels."""
        return tuple(t if axis == "T" else slice(None) for axis in self.axes)

    def read(self, t: int) -> NDArray[np.integer]:
        """Return the labels of a frame, shape (Y, X) or (Z, Y, X)."""
        left = [axis for axis in self.axes if axis != "T"]
        order = [left.index(axis) for axis in "ZYX" if axis in left]
        frame = np.asarray(self.labels[self.index(t)]).transpose(order)
        return self.splits[t].apply(frame) if t in self.splits else frame

    def read_all(self) -> Iterator[NDArray[np.integer]]:
        """Yield the labels of each frame.

        Raises
        ------
        TypeError, ValueError
            If they are not labels.
        """
        for t in range(len(self)):
            frame = self.read(t)
            check_labels(frame, largest=LARGEST)
            yield frame

    def write(
        self, labels: NDArray[np.integer], t: int, frame: NDArray[np.integer]
    ) -> None:
        """Write the labels of a frame into an array of the shape of all labels."""
        order = ["ZYX"[-self.n_axes :].index(axis) for axis in self.axes if axis != "T"]
        labels[self.index(t)] = frame.transpose(order)


def find_frames(labels: Any, axes: str | None = None) -> Frames:
    """Return the frames of labels.

    Parameters
    ----------
    labels : array of int
    axes : str, optional
        One letter for each axis; TYX by default.

    Raises
    ------
    TypeError
        If the labels are not integers.
    ValueError
        If the axes do not fit, there is no time axis, or only one frame.
    """
    labels = as_labels(labels)
    names = name_label_axes(tuple(labels.shape), axes, "T", "time series")
    if not {*names} <= {*"TZYX"}:
        raise ValueError(
            f"axes of nuclei over time are T, Y and X, and Z in 3-D; got {names}"
        )
    frames = Frames(labels, names)
    if len(frames) < 2:
        raise ValueError("the labels have one frame only; tracking needs two or more")
    return frames
