"""Read the files of microscopes through the package bioio."""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from math import isfinite, prod
from pathlib import Path
from textwrap import shorten
from typing import Any

import numpy as np

from napari_nuclei.core.errors import as_one_line, format_error
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS, check_pixel_count
from napari_nuclei.io.checks.source_identity import identify_file, identify_quickly
from napari_nuclei.io.image_files import ImageFile
from napari_nuclei.io.lazy_images import AxisCalibration, LazyImage
from napari_nuclei.io.microscopes.chunks import CachedChunks
from napari_nuclei.io.microscopes.plugins import (
    PLUGINS,
    describe_missing_plugin,
    is_microscope_name,
    readable_suffixes,
)
from napari_nuclei.io.microscopes.scenes import Scene, number_of_scene, scene_notes
from napari_nuclei.io.tiff_metadata import square_side
from napari_nuclei.io.units import implausible_size_note, is_plausible_size

LOGGER = "bioio.bio_image"
"""Where bioio says why a plugin does not read a file."""

OPTIONAL_AXES = "TCZ"
"""Axes that bioio gives to every image; those of one step are left out."""


@dataclass(frozen=True, slots=True)
class BioioImage:
    """A scene of a file that bioio has opened.

    Attributes
    ----------
    pixels : dask.array.Array
    axes : str
        One letter for each axis: T, C, Z, Y, X and S.
    pixel_size, z_spacing : float, optional
        In µm; None if the file does not state it, or pixels are not square.
    channel_names : tuple of str
        One for each channel; empty without an axis C or names.
    notes : tuple of str
        What a user should know, a sentence each.
    scenes : tuple of str
        Names of all scenes of the file.
    scene : int
        Number of this scene, from 0.
    """

    pixels: Any
    axes: str
    pixel_size: float | None
    z_spacing: float | None
    channel_names: tuple[str, ...]
    notes: tuple[str, ...]
    scenes: tuple[str, ...]
    scene: int


def read_bioio(
    path: Path, max_pixels: int = MAX_PIXELS, scene: Scene = None
) -> ImageFile:
    """Read a scene of a file of a microscope, by default the first one.

    Raises
    ------
    ModuleNotFoundError
        If the package that reads such files is not installed.
    ValueError
        If the file is damaged, has too many pixels, or has no such scene.
    """
    image = open_scene(path, scene)
    count = prod(image.pixels.shape)
    if image.axes.endswith("S"):
        count //= image.pixels.shape[-1]
    check_pixel_count(count, path.stat().st_size, max_pixels, path.name)
    with damage_in_one_line(path):
        pixels = np.asarray(image.pixels)
    return ImageFile(
        pixels,
        image.axes,
        image.pixel_size,
        image.z_spacing,
        image.notes,
        channel_names=image.channel_names,
        scenes=image.scenes,
    )


def open_bioio(path: Path, scene: Scene = None) -> LazyImage:
    """Open a scene of a file of a microscope; errors are as for `read_bioio`.

    A plane, or a z stack with some plugins, is decoded at a time.
    """
    image = open_scene(path, scene)
    calibrations = {}
    if image.z_spacing:
        calibrations["Z"] = AxisCalibration(image.z_spacing, unit="micrometer")
    return LazyImage(
        CachedChunks(image.pixels),
        image.axes,
        image.pixel_size,
        identify_file(path),
        str(path),
        calibrations=calibrations,
        notes=image.notes,
        state=identify_quickly(path),
        channel_names=image.channel_names,
        scene=image.scene,
    )


def open_scene(path: Path, scene: Scene = None) -> BioioImage:
    """Open a scene of a file without reading its pixels."""
    suffix = path.suffix.lower()
    if suffix in PLUGINS and suffix not in readable_suffixes():
        raise ModuleNotFoundError(describe_missing_plugin(path.name))
    from bioio import BioImage

    log = PluginLog()
    with damage_in_one_line(path, log):
        with log:
            image = BioImage(path)
        scenes = tuple(map(str, image.scenes))
    number = number_of_scene(scenes, scene, path.name)
    with damage_in_one_line(path, log):
        if number:
            image.set_scene(number)
        axes, pixels = without_single_axes(image.dims.order, image.dask_data)
        width, height, depth = (
            length_of(getattr(image.physical_pixel_sizes, axis)) for axis in "XYZ"
        )
        names = tuple(map(str, image.channel_names or ()))
    notes = [*scene_notes(scenes, scene)]
    size = square_side(width, height)
    if size is not None and not is_plausible_size(size, has_unit=True):
        notes.append(implausible_size_note(size))
        size = None
    if "C" not in axes or len(names) != pixels.shape[axes.index("C")]:
        names = ()
    return BioioImage(pixels, axes, size, depth, names, tuple(notes), scenes, number)


def without_single_axes(axes: str, pixels: Any) -> tuple[str, Any]:
    """Leave out the axes T, C and Z of one step."""
    single = [
        number
        for number, axis in enumerate(axes)
        if axis in OPTIONAL_AXES and pixels.shape[number] == 1
    ]
    index = tuple(0 if n in single else slice(None) for n in range(len(axes)))
    left = "".join(axis for n, axis in enumerate(axes) if n not in single)
    return left, pixels[index]


def length_of(value: Any) -> float | None:
    """Return a length in µm; None if it is not stated."""
    if value is None or not isfinite(value) or value <= 0:
        return None
    return float(value)


class PluginLog(logging.Handler):
    """Keep what bioio logs while a file is opened, for the one line of an error.

    Attributes
    ----------
    reason : str
        Why the last plugin did not read the file, as one line; empty if none failed.
    """

    reason = ""
    _opening = threading.Lock()  # one file at a time, as all share the logger

    def emit(self, record: logging.LogRecord) -> None:
        """Keep the text after the name of the plugin."""
        self.reason = as_one_line(record.getMessage().partition("with error: ")[2])

    def __enter__(self) -> None:
        """Keep messages instead of printing them."""
        self._opening.acquire()
        logger = logging.getLogger(LOGGER)
        self._before = logger.propagate
        logger.addHandler(self)
        logger.propagate = False

    def __exit__(self, *_: object) -> None:
        """Print messages again."""
        logger = logging.getLogger(LOGGER)
        logger.removeHandler(self)
        logger.propagate = self._before
        self._opening.release()


@contextmanager
def damage_in_one_line(path: Path, log: PluginLog | None = None) -> Iterator[None]:
    """Raise any error but that of memory as the one line of a damaged file."""
    try:
        yield
    except MemoryError:
        raise
    except Exception as error:  # a damaged file makes a plugin raise almost anything
        reason = (log.reason if log is not None else "") or format_error(error)
        raise damaged(path, reason) from error


def damaged(path: Path, reason: str) -> ValueError:
    """Return the error for a file that bioio cannot read."""
    package = PLUGINS[path.suffix.lower()] if is_microscope_name(path.name) else "bioio"
    return ValueError(
        f"{path.name} cannot be read by {package}; it may be damaged "
        f"({shorten(reason, 240, placeholder=' ...')})"
    )
