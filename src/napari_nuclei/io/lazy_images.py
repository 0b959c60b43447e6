"""Images whose pixels are read in parts."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from napari_nuclei.core.axes import PlaneLayout, make_layout

ZARR_METADATA_FILES = ("zarr.json", ".zgroup", ".zarray")


@dataclass(frozen=True, slots=True)
class AxisCalibration:
    """The spacing of pixels along an axis.

    Attributes
    ----------
    spacing, origin : float
        Distance between pixels, and position of the first one.
    unit : str, optional
        Unit of both, as OME-Zarr names it.
    """

    spacing: float
    origin: float = 0.0
    unit: str | None = None


@dataclass(frozen=True, slots=True)
class LazyImage:
    """An image whose pixels are read in parts.

    Attributes
    ----------
    pixels : array-like
        Has a shape and a dtype; slices are numpy arrays.
    axes : str, optional
        One letter for each axis; None if the source does not state them.
    pixel_size : float, optional
        Side of a pixel, in µm.
    identity : str
        Differs from that of other images, and changes with the file.
    path : str
        Path of the file; empty for an array.
    file : object, optional
        File to close at the end.
    calibrations : dict of str to AxisCalibration
        Spacing of pixels by the letter of the axis, if the source states it.
    notes : tuple of str
        What a user should know of how the file was read, a sentence each.
    group : str
        Path of the group of an OME-Zarr image; empty for other formats.
    holds_labels : bool
        Whether the source states that its pixels are labels.
    """

    pixels: Any
    axes: str | None
    pixel_size: float | None
    identity: str
    path: str = ""
    file: Any = None
    calibrations: Mapping[str, AxisCalibration] = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    group: str = ""
    holds_labels: bool = False

    def close(self) -> None:
        """Close the file, if there is one."""
        if self.file is not None:
            self.file.close()

    def layout(self, axes: str | None, channel: int | None) -> PlaneLayout:
        """Return the layout of planes; `axes` replaces the axes of the source."""
        layout = make_layout(tuple(self.pixels.shape), axes or self.axes, channel)
        if layout.x_before_y:
            raise ValueError(
                f"axes of a large image must have Y before X; got {layout.axes}"
            )
        return layout

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle the path if there is one, so that pixels are not copied."""
        if self.path:
            from napari_nuclei.io.readers import reopen_image

            return reopen_image, (self.path, self.identity)
        values = self.pixels, self.axes, self.pixel_size, self.identity
        return LazyImage, (*values, "", None, self.calibrations)


def identify_file(path: Path) -> str:
    """Return a text that differs between files and changes when a file changes."""
    marks = [path, *(path / mark for mark in ZARR_METADATA_FILES)]
    changed = [os.stat(mark).st_mtime_ns for mark in marks[1:] if mark.is_file()]
    if path.is_file():
        changed = [path.stat().st_size, path.stat().st_mtime_ns]
    return f"{path} {changed}"
