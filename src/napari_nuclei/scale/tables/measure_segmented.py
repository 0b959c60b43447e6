"""Measure the nuclei of a segmented file in the images of other files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from napari_nuclei.config.measure_config import MeasureConfig
from napari_nuclei.core.measure.nuclei import INTENSITY, measure_columns
from napari_nuclei.core.measure.volumes import select_channel
from napari_nuclei.core.measure.voxels import VoxelSize
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.io.labelled_image import LabelledImage
from napari_nuclei.io.readers import image_suffixes
from napari_nuclei.scale.tables.complete_table import CompleteTable, complete_table
from napari_nuclei.scale.tables.pixels_of_file import (
    PixelsOfFile,
    open_pixels,
    split_channels,
)

STEM = "{stem}"
"""Stands for the name of the segmented file without its suffix."""

REGION_SUFFIXES = (".geojson", ".json")


def measure_segmented(
    labelled: LabelledImage,
    config: MeasureConfig,
    max_pixels: int = MAX_PIXELS,
    channel_names: Sequence[str] = (),
) -> CompleteTable:
    """Measure the nuclei of a segmented image.

    The image itself is measured as "intensity", as in a table without settings.

    Parameters
    ----------
    labelled : LabelledImage
    config : MeasureConfig
        Its paths are those of this image (`paths_of_image`).
    max_pixels : int
        Largest number of pixels of a file, as for `read_image`.
    channel_names : sequence of str
        Names of the channels of the image. With at least two, the channels that were
        not segmented are measured by their names.

    Raises
    ------
    OSError
        If a file cannot be read.
    ValueError
        If a file does not fit the image, or a setting does not fit.
    """
    check_image_names(config)
    layout = labelled.layout
    labels = PixelsOfFile(
        f"{labelled.name} (segmented)", labelled.labels, labelled.axes, None, None
    )
    images: dict[str, Any] = {INTENSITY: select_channel(labelled.image, layout)}
    if len(channel_names) > 1:
        for number, name in enumerate(channel_names):
            if number != layout.channel:
                other = replace(layout, channel=number)
                images[name] = select_channel(labelled.image, other)
    for name, path in config.images.items():
        opened = open_pixels(path, max_pixels=max_pixels)
        for key, pixels in split_channels(name, opened, labels).items():
            if key in images:
                raise ValueError(f"Two images have columns of the name {key!r}")
            images[key] = pixels
    side, depth = labelled.pixel_size, labelled.z_spacing
    voxel: VoxelSize | None = side
    if labelled.joined and side is not None:
        voxel = None if depth is None else (depth, side, side)
    columns = measure_columns(
        labelled.labels,
        images,
        foreground=labelled.foreground,
        pixel_size=voxel,
        ring=config.ring,
        background=config.background,
        stains=config.stains,
        axes=labelled.axes,
        joined=labelled.joined,
    )
    if labelled.curve is not None and "confidence" in columns:
        columns["confidence"] = labelled.curve.confidence(columns["confidence"])
    return complete_table(
        columns, config, shape=layout.plane_shape, pixel_size=labelled.pixel_size
    )


def paths_of_image(config: MeasureConfig, source: Path) -> MeasureConfig:
    """Return settings with the paths of the images and regions of one file.

    Parameters
    ----------
    config : MeasureConfig
    source : Path
        The segmented file.

    Raises
    ------
    FileNotFoundError
        If a file does not exist.
    """
    images = {
        name: find_partner(Path(path), source, image_suffixes())
        for name, path in config.images.items()
    }
    regions = config.regions
    if regions is not None:
        regions = find_partner(Path(regions), source, REGION_SUFFIXES)
    return replace(config, images=images, regions=regions)


def find_partner(path: Path, source: Path, suffixes: Sequence[str]) -> Path:
    """Return the file that belongs to a segmented file.

    Parameters
    ----------
    path : Path
        A file, a path with ``{stem}``, or a folder, in which the file of the same name
        is taken, or of the same name with another suffix.
    source : Path
        The segmented file.
    suffixes : sequence of str
        Suffixes that are tried in a folder.
    """
    path = Path(str(path.expanduser()).replace(STEM, source.stem))
    if path.is_dir() and path.suffix != ".zarr":
        names = [source.name, *(source.stem + suffix for suffix in suffixes)]
        candidates = [path / name for name in names if (path / name).is_file()]
        candidates = [
            candidate
            for candidate in candidates
            if candidate.suffix.lower() in suffixes
        ]
        if not candidates:
            raise FileNotFoundError(
                f"{path} has no file of the name {source.stem} ({', '.join(suffixes)})"
            )
        return candidates[0]
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no such file")
    return path


def check_image_names(config: MeasureConfig) -> None:
    """Raise ValueError if an image has the name of the segmented image."""
    if INTENSITY in config.images:
        raise ValueError(
            f"{INTENSITY!r} is the name of the segmented image itself; choose another "
            "name for the image"
        )


def describe_files(config: MeasureConfig, source: Path) -> list[object]:
    """Return what changes if the settings, or a file that they name, change."""
    try:
        of_image = paths_of_image(config, source)
    except OSError:
        of_image = config
    files = [*of_image.images.values(), of_image.regions, of_image.classify]
    described: list[object] = [repr(config)]
    for path in files:
        if path is None:
            continue
        try:
            state = Path(path).stat()
            described.append([str(path), state.st_size, state.st_mtime_ns])
        except OSError:
            described.append(str(path))
    return described
