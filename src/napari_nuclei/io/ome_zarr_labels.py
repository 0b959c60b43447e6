"""Write the labels of a large image as OME-Zarr with a pyramid."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.axes import PlaneIndex
from napari_nuclei.core.blocks import Window
from napari_nuclei.io.lazy_images import AxisCalibration
from napari_nuclei.io.optional_packages import import_extra

if TYPE_CHECKING:
    from collections.abc import Mapping

LABELS_NAME = "nuclei"
"""Name of the labels in the group `labels`."""

CHUNK_SIZE = 1024
"""Side of a chunk, in pixels."""

MIN_LEVEL_SIZE = 1024
"""Longer side, in pixels, below which the pyramid has no smaller level."""

OME_AXES = "TZYX"


def check_ome_axes(axes: str) -> None:
    """Raise ValueError if OME-Zarr cannot hold labels with these axes."""
    if "".join(axis for axis in OME_AXES if axis in axes) != axes:
        raise ValueError(
            f"OME-Zarr cannot hold labels with the axes {axes}, only T, Z, Y and X in "
            "this order. Name other axes"
        )


class OmeZarrLabelWriter:
    """Write an OME-Zarr of labels block by block.

    Parameters
    ----------
    path : Path
        Path of the new store.
    shape : tuple of int
    axes : str
        Letters of `OME_AXES`.
    pixel_size : float, optional
        Side of a pixel, in µm.
    calibrations : dict of str to AxisCalibration, optional
        Spacing, origin and unit of the axes of the image, if known. They take
        precedence over `pixel_size`.
    """

    def __init__(
        self,
        path: Path,
        shape: tuple[int, ...],
        axes: str,
        pixel_size: float | None,
        calibrations: Mapping[str, AxisCalibration] | None = None,
    ) -> None:
        zarr, writer = import_extra("zarr"), import_extra("ome_zarr.writer")
        check_ome_axes(axes)
        root = zarr.open_group(path, mode="w", zarr_format=3)
        group = root.require_group(f"labels/{LABELS_NAME}")
        self.levels: list[Any] = []
        datasets = []
        given: dict[str, AxisCalibration] = {}
        if pixel_size:
            given = dict.fromkeys("YX", AxisCalibration(pixel_size, unit="micrometer"))
        given |= calibrations or {}
        axis_calibrations = [given.get(axis, AxisCalibration(1.0)) for axis in axes]
        while True:
            factor = 2 ** len(self.levels)
            sides = [-(-side // factor) for side in shape[-2:]]
            chunks = (1,) * (len(shape) - 2) + tuple(min(CHUNK_SIZE, s) for s in sides)
            name = str(len(self.levels))
            self.levels.append(
                group.create_array(
                    name,
                    shape=(*shape[:-2], *sides),
                    chunks=chunks,
                    dtype=np.uint32,
                    dimension_names=list(axes.lower()),
                )
            )
            larger = [1] * (len(shape) - 2) + [factor] * 2
            scale = [
                one.spacing * by
                for one, by in zip(axis_calibrations, larger, strict=True)
            ]
            moves: list[dict[str, Any]] = [{"type": "scale", "scale": scale}]
            if any(one.origin for one in axis_calibrations):
                starts = [one.origin for one in axis_calibrations]
                moves.append({"type": "translation", "translation": starts})
            datasets.append({"path": name, "coordinateTransformations": moves})
            if max(sides) <= MIN_LEVEL_SIZE:
                break
        units = {
            a.lower(): g.unit
            for a, g in zip(axes, axis_calibrations, strict=True)
            if g.unit
        }
        writer.write_multiscales_metadata(
            group,
            datasets,
            axes=list(axes.lower()),
            axes_units=units or None,
            name=LABELS_NAME,
        )
        writer.write_label_metadata(root["labels"], LABELS_NAME)

    def write(
        self, index: PlaneIndex, window: Window, labels: NDArray[np.uint32]
    ) -> None:
        """Write a block of one plane to every level of the pyramid."""
        for level, array in enumerate(self.levels):
            step = 2**level
            top, left = -window.top % step, -window.left % step
            part = labels[top::step, left::step]
            if not part.size:
                continue
            row, column = (window.top + top) // step, (window.left + left) // step
            rows = slice(row, row + part.shape[0])
            array[(*index, rows, slice(column, column + part.shape[1]))] = part
