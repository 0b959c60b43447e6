"""Open zarr arrays and OME-Zarr images without reading their pixels."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from math import isclose
from pathlib import Path
from typing import Any

import numpy as np

from napari_nuclei.core.errors import format_error, shorten_names
from napari_nuclei.io.checks.source_identity import (
    ZARR_METADATA_FILES,
    identify_file,
    identify_quickly,
)
from napari_nuclei.io.lazy_images import AxisCalibration, LazyImage
from napari_nuclei.io.optional_packages import import_extra
from napari_nuclei.io.units import MICROMETRES_PER_UNIT

AXIS_LETTERS = {
    "time": "T",
    "channel": "C",
    "channels": "C",
    "depth": "Z",
    "row": "Y",
    "column": "X",
}
"""Letters for the names of axes that are words."""

OLD_AXES = "TCZYX"
"""Axes of OME-Zarr 0.1 and 0.2, which do not name them."""

OME_UNITS = {
    "micrometer": 1.0,
    "nanometer": 1e-3,
    "millimeter": 1e3,
    **MICROMETRES_PER_UNIT,
}


class OmeZarrError(ValueError):
    """Raised if an OME-Zarr holds no image that can be read."""


def spacing_of_slices(image: LazyImage) -> float | None:
    """Return the distance between the slices of an image, in µm; None if not stated."""
    depth = image.calibrations.get("Z")
    if depth is None or depth.unit not in OME_UNITS:
        return None
    return depth.spacing * OME_UNITS[depth.unit]


def is_zarr(path: Path) -> bool:
    """Return whether a folder is a zarr array or group."""
    return any((path / mark).is_file() for mark in ZARR_METADATA_FILES)


def open_zarr_node(path: Path) -> Any:
    """Open a zarr array or group; raise ValueError if it cannot be read."""
    zarr = import_extra("zarr")
    try:
        return zarr.open(path, mode="r")
    except Exception as error:  # damaged metadata make zarr raise almost anything
        raise ValueError(f"{path} is not a zarr that can be read ({error})") from error


def open_zarr(path: Path) -> LazyImage:
    """Open a zarr array, or the full resolution of an OME-Zarr image."""
    node = open_zarr_node(path)
    if not hasattr(node, "keys"):
        names = getattr(node.metadata, "dimension_names", None)
        named: Sequence[Mapping[str, Any]] = [
            {"name": name or "?"} for name in names or ()
        ]
        axes = axis_letters(named) if len(named) == node.ndim else None
        return LazyImage(
            pixels=node,
            axes=axes,
            pixel_size=None,
            identity=identify_file(path),
            path=str(path),
            state=identify_quickly(path),
        )
    with describe_damage(path):
        return open_ome_image(path, node)


@contextmanager
def describe_damage(path: Path) -> Iterator[None]:
    """Turn any error in the metadata of an OME-Zarr into one line about its file.

    Raises
    ------
    ValueError
    """
    try:
        yield
    except (OmeZarrError, OSError, ImportError, MemoryError):
        raise
    except KeyError as error:
        raise OmeZarrError(
            f"The OME-Zarr metadata of {path} are damaged: {error} is missing"
        ) from error
    except Exception as error:  # zarr raises almost anything
        raise OmeZarrError(
            f"The OME-Zarr metadata of {path} are damaged ({format_error(error)})"
        ) from error


def open_ome_image(path: Path, node: Any) -> LazyImage:
    """Open the full resolution of an OME-Zarr image.

    Parameters
    ----------
    path : Path
    node : zarr.Group
    """
    attributes = ome_attributes(node)
    group = path
    if "multiscales" not in attributes and "plate" not in attributes:
        images = image_groups(node)
        if len(images) > 1:
            raise several_images(path, images, f"Name one, such as {path / images[0]}")
        if images:  # written by bioformats2raw
            node, group = node[images[0]], path / images[0]
            attributes = ome_attributes(node)
    if "plate" in attributes:
        raise OmeZarrError(
            f"{path} is a plate, not an image. Segment it with segment_plate"
        )
    if "multiscales" not in attributes:
        raise OmeZarrError(f"{path} is a zarr group, but holds no OME-Zarr image")
    firsts = {m["datasets"][0]["path"]: m for m in attributes["multiscales"]}
    if len(firsts) > 1:
        names = [str(m.get("name") or level) for level, m in firsts.items()]
        raise several_images(path, names, "Save each as a store of its own")
    image = attributes["multiscales"][0]
    level = image["datasets"][0]
    pixels = node[level["path"]]
    if hasattr(pixels, "keys"):
        raise TypeError(f"{level['path']} is a group, not an array")
    array = pixels.path
    named = axis_metadata(image, pixels.ndim)
    axes = axis_letters(named) if len(named) == pixels.ndim else None
    calibrations = {} if axes is None else read_calibrations(axes, named, level, image)
    return LazyImage(
        pixels=pixels,
        axes=axes,
        pixel_size=ome_pixel_size(calibrations),
        identity=identify_file(path, array),
        path=str(path),
        calibrations=calibrations,
        group=str(group),
        holds_labels="image-label" in attributes,
        array=array,
        state=identify_quickly(path, array),
    )


def image_groups(group: Any) -> list[str]:
    """Return the names of the groups in a zarr group that are OME-Zarr images."""
    names = [
        name for name, child in group.groups() if "multiscales" in ome_attributes(child)
    ]
    return sorted(names, key=lambda name: (len(name), name))


def several_images(path: Path, names: Sequence[str], remedy: str) -> OmeZarrError:
    """Return the error for a store of several images, of which none is chosen."""
    return OmeZarrError(
        f"{path} holds {len(names)} images: {shorten_names(names)}. {remedy}"
    )


def axis_metadata(image: Mapping[str, Any], ndim: int) -> list[Mapping[str, Any]]:
    """Return the name and, if stated, type and unit of each axis of a multiscale."""
    axes = image.get("axes")
    if axes is None:
        axes = list(OLD_AXES.lower()) if ndim == len(OLD_AXES) else []
    return [axis if isinstance(axis, Mapping) else {"name": axis} for axis in axes]


def axis_letters(axes: Sequence[Mapping[str, Any]]) -> str | None:
    """Return a letter for each axis; None if one has no clear letter.

    The type `channel` or `time` decides. An axis of another type is called by its name
    if that is a letter. Axes of space with longer names are Z, Y and X in this order.

    Examples
    --------
    >>> axis_letters([{"name": "wavelength", "type": "channel"}, {"name": "y"}])
    'CY'
    >>> axis_letters([{"name": "rows", "type": "space"}, {"name": "x"}]) is None
    True
    """
    letters = [axis_letter(axis) for axis in axes]
    space = [n for n, axis in enumerate(axes) if axis.get("type") == "space"]
    if None in [letters[n] for n in space] and 2 <= len(space) <= 3:
        for number, letter in zip(space, "ZYX"[-len(space) :], strict=True):
            letters[number] = letter
    if None in letters or len(set(letters)) != len(letters):
        return None
    return "".join(filter(None, letters))


def axis_letter(axis: Mapping[str, Any]) -> str | None:
    """Return the letter of an axis by its type or else its name; None if not clear."""
    kind, name = axis.get("type"), str(axis.get("name", "")).strip()
    if kind in ("channel", "time"):
        return AXIS_LETTERS[kind]
    if len(name) == 1 and name.isalpha():
        return name.upper()
    return AXIS_LETTERS.get(name.lower())


def ome_attributes(group: Any) -> Mapping[str, Any]:
    """Return the OME-Zarr attributes of a group; since version 0.5 under `ome`."""
    attributes: Mapping[str, Any] = group.attrs.asdict()
    ome = attributes.get("ome", attributes)
    return ome if isinstance(ome, Mapping) else {}


def read_calibrations(
    axes: str,
    named: Sequence[Mapping[str, Any]],
    level: Mapping[str, Any],
    image: Mapping[str, Any],
) -> dict[str, AxisCalibration]:
    """Return the spacing of a level's pixels by axis; empty if it is not stated.

    Parameters
    ----------
    axes : str
        A letter for each axis.
    named : sequence of dict
        The metadata of each axis, with its unit.
    level, image : dict
        A data set of a multiscale, and the multiscale. The transforms of the data set
        are applied first, those of the multiscale after them.
    """
    scale, origin = np.ones(len(axes)), np.zeros(len(axes))
    stated = False
    for source in (level, image):
        for transform in source.get("coordinateTransformations") or ():
            kind = transform["type"]
            if kind == "scale" and "scale" in transform:
                factors = np.array(transform["scale"], float)
                with np.errstate(invalid="ignore", over="ignore"):
                    scale, origin, stated = scale * factors, origin * factors, True
            elif kind == "translation" and "translation" in transform:
                origin = origin + np.array(transform["translation"], float)
    if not stated:
        return {}
    return {
        letter: AxisCalibration(float(spacing), float(start), unit_name(axis))
        for letter, axis, spacing, start in zip(axes, named, scale, origin, strict=True)
        if np.isfinite(spacing) and np.isfinite(start) and spacing > 0
    }


def unit_name(axis: Mapping[str, Any]) -> str | None:
    """Return the unit of an axis; None if it is not stated."""
    unit = axis.get("unit")
    return unit if isinstance(unit, str) else None


def ome_pixel_size(calibrations: Mapping[str, AxisCalibration]) -> float | None:
    """Return the side of a pixel in µm, or None if unknown or pixels are not square."""
    sides = [calibrations[axis] for axis in "YX" if axis in calibrations]
    lengths = [g.spacing * OME_UNITS[g.unit] for g in sides if g.unit in OME_UNITS]
    if len(lengths) != 2 or not isclose(*lengths, rel_tol=0.01):
        return None
    return lengths[1]
