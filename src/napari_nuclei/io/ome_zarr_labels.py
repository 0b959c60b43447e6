"""Write the labels of a large image as OME-Zarr with a pyramid."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.axes import PlaneIndex
from napari_nuclei.core.blocks import Window
from napari_nuclei.io.lazy_images import AxisCalibration
from napari_nuclei.io.ome.chunk_writer import ChunkQueue, ChunkWriter, even_steps
from napari_nuclei.io.optional_packages import import_extra
from napari_nuclei.io.origin import SIGNATURE

LABELS_NAME = "nuclei"
"""Name of the labels."""

CHUNK_SIZE = 1024
"""Side of a chunk, in pixels."""

MIN_LEVEL_SIZE = 1024
"""Longer side, in pixels, below which the pyramid has no smaller level."""

OME_AXES = "TZYX"

ZARR_FORMATS = {"0.4": 2, "0.5": 3}
"""Version of the zarr format by the version of OME-Zarr."""

DEFAULT_VERSION = "0.5"
"""Version of OME-Zarr that is written, unless another one is requested."""


@dataclass(frozen=True, slots=True)
class PyramidLevel:
    """A level of a pyramid.

    Attributes
    ----------
    shape : tuple of int
        Shape of its array.
    calibrations : tuple of AxisCalibration
        Spacing and origin of its pixels along each axis.
    """

    shape: tuple[int, ...]
    calibrations: tuple[AxisCalibration, ...]


def check_ome_axes(axes: str) -> None:
    """Raise ValueError if OME-Zarr cannot hold labels with these axes."""
    if "".join(axis for axis in OME_AXES if axis in axes) != axes:
        raise ValueError(
            f"OME-Zarr cannot hold labels with the axes {axes}, only T, Z, Y and X in "
            "this order. Name other axes"
        )


def check_ome_version(version: str) -> None:
    """Raise ValueError if labels cannot be written in this version of OME-Zarr."""
    if version not in ZARR_FORMATS:
        raise ValueError(
            f"The version of OME-Zarr must be {' or '.join(ZARR_FORMATS)}; got "
            f"{version!r}"
        )


def plan_pyramid(
    shape: tuple[int, ...], calibrations: Sequence[AxisCalibration]
) -> list[PyramidLevel]:
    """Plan levels that each halve rows and columns, until a level is small.

    Examples
    --------
    >>> levels = plan_pyramid((5, 3000, 2000), [AxisCalibration(0.5)] * 3)
    >>> [level.shape for level in levels]
    [(5, 3000, 2000), (5, 1500, 1000), (5, 750, 500)]
    """
    levels: list[PyramidLevel] = []
    while not levels or max(levels[-1].shape[-2:]) > MIN_LEVEL_SIZE:
        factor = 2 ** len(levels)
        sides = [-(-side // factor) for side in shape[-2:]]
        factors = [1] * (len(shape) - 2) + [factor] * 2
        scaled = tuple(
            AxisCalibration(
                calibration.spacing * axis_factor, calibration.origin, calibration.unit
            )
            for calibration, axis_factor in zip(calibrations, factors, strict=True)
        )
        levels.append(PyramidLevel((*shape[:-2], *sides), scaled))
    return levels


class OmeZarrLabelWriter:
    """Write an OME-Zarr of labels block by block; its top is the image-label.

    Labels are complete when the context of the writer ends without an error.

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
    levels : sequence of PyramidLevel, optional
        The levels of the pyramid, such as those of the image. By default each level
        halves rows and columns.
    name : str
        Name of the labels.
    version : str
        Version of OME-Zarr: 0.4 or 0.5.
    image : str, optional
        Path of the OME-Zarr image, relative to the labels.
    source : str, optional
        Name of the file that was segmented.
    """

    def __init__(
        self,
        path: Path,
        shape: tuple[int, ...],
        axes: str,
        pixel_size: float | None,
        calibrations: Mapping[str, AxisCalibration] | None = None,
        *,
        levels: Sequence[PyramidLevel] | None = None,
        name: str = LABELS_NAME,
        version: str = DEFAULT_VERSION,
        image: str | None = None,
        source: str | None = None,
    ) -> None:
        zarr = import_extra("zarr")
        check_ome_axes(axes)
        check_ome_version(version)
        if levels is None:
            axis_calibrations: dict[str, AxisCalibration] = {}
            if pixel_size:
                size = AxisCalibration(pixel_size, unit="micrometer")
                axis_calibrations = dict.fromkeys("YX", size)
            axis_calibrations |= calibrations or {}
            levels = plan_pyramid(
                shape,
                [axis_calibrations.get(axis, AxisCalibration(1.0)) for axis in axes],
            )
        group = zarr.open_group(path, mode="w", zarr_format=ZARR_FORMATS[version])
        self.levels = [
            create_level(group, str(number), level.shape, axes, version)
            for number, level in enumerate(levels)
        ]
        self._queue = ChunkQueue()
        self._writers = [ChunkWriter(array, self._queue) for array in self.levels]
        self._sampled = [sampled_positions(level, levels[0]) for level in levels]
        multiscale = {
            "name": name,
            "axes": describe_axes(axes, levels[0].calibrations),
            "datasets": [
                {"path": str(n), "coordinateTransformations": describe_level(level)}
                for n, level in enumerate(levels)
            ],
            "type": "nearest",
            "metadata": {"software": SIGNATURE}
            | ({"source": source} if source else {}),
        }
        label = {"source": {"image": image}} if image else {}
        group.attrs.update(ome_metadata(version, multiscale, label))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        try:
            if kind is None:
                for writer in self._writers:
                    writer.flush()
                self._queue.wait()
        finally:
            self._queue.close()

    def write(
        self, index: PlaneIndex, window: Window, labels: NDArray[np.uint32]
    ) -> None:
        """Write a block of one plane to every level of the pyramid.

        Raises
        ------
        OSError
            If labels cannot be written; also those of an earlier block.
        """
        starts = (*index, window.top, window.left)
        ends = (*(number + 1 for number in index), window.bottom, window.right)
        for writer, sampled in zip(self._writers, self._sampled, strict=True):
            bounds = [
                np.searchsorted(positions, (start, end)).tolist()
                for positions, start, end in zip(sampled, starts, ends, strict=True)
            ]
            if any(first == last for first, last in bounds):
                continue
            rows, columns = (
                even_steps(positions[slice(*bound)] - start)
                for positions, bound, start in zip(
                    sampled[-2:], bounds[-2:], starts[-2:], strict=True
                )
            )
            part = labels[rows][:, columns]
            planes = [last - first for first, last in bounds[:-2]]
            writer.write(
                [first for first, _ in bounds],
                np.broadcast_to(part, (*planes, *part.shape)),
            )


def create_level(
    group: Any, name: str, shape: tuple[int, ...], axes: str, version: str
) -> Any:
    """Create the empty array of a level."""
    sides = tuple(min(CHUNK_SIZE, side) for side in shape[-2:])
    settings: dict[str, Any] = {"dimension_names": list(axes.lower())}
    if version == "0.4":
        settings = {"chunk_key_encoding": {"name": "v2", "separator": "/"}}
    return group.create_array(
        name,
        shape=shape,
        chunks=(1,) * (len(shape) - 2) + sides,
        dtype=np.uint32,
        **settings,
    )


def sampled_positions(level: PyramidLevel, first: PyramidLevel) -> list[NDArray[Any]]:
    """Return, for each axis, the pixels of the full resolution that a level shows.

    Examples
    --------
    >>> pixel = AxisCalibration(1.0), AxisCalibration(1.0)
    >>> first, second = plan_pyramid((5, 1030), pixel)
    >>> sampled_positions(second, first)[0].tolist()
    [0, 2, 4]
    """
    positions = []
    for axis, (size, full) in enumerate(zip(level.shape, first.shape, strict=True)):
        factor = level.calibrations[axis].spacing / first.calibrations[axis].spacing
        # A level without spacing of its own, or of another extent: from the shapes.
        if not 0.5 < size * factor / full < 2:
            factor = full / size
        position = np.floor(np.arange(size) * factor + 1e-6).astype(np.intp)
        positions.append(position.clip(0, full - 1))
    return positions


def describe_axes(
    axes: str, calibrations: Sequence[AxisCalibration]
) -> list[dict[str, str]]:
    """Return the metadata of the axes."""
    described = []
    for axis, calibration in zip(axes, calibrations, strict=True):
        entry = {"name": axis.lower(), "type": "time" if axis == "T" else "space"}
        if calibration.unit:
            entry["unit"] = calibration.unit
        described.append(entry)
    return described


def describe_level(level: PyramidLevel) -> list[dict[str, Any]]:
    """Return the transforms of a level: its scale, and its origin if it has one."""
    moves: list[dict[str, Any]] = [
        {
            "type": "scale",
            "scale": [calibration.spacing for calibration in level.calibrations],
        }
    ]
    starts = [calibration.origin for calibration in level.calibrations]
    if any(starts):
        moves.append({"type": "translation", "translation": starts})
    return moves


def ome_metadata(
    version: str, multiscale: dict[str, Any], label: dict[str, Any]
) -> dict[str, Any]:
    """Return the attributes of an image-label group in a version of OME-Zarr."""
    if version == "0.4":
        return {
            "multiscales": [{"version": version, **multiscale}],
            "image-label": {"version": version, **label},
        }
    return {
        "ome": {"version": version, "multiscales": [multiscale], "image-label": label}
    }
