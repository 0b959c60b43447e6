"""The labels of an OME-Zarr image: open them, and add new ones to the image."""

from __future__ import annotations

import re
import warnings
from pathlib import Path
from typing import Any

from napari_nuclei.core.errors import shorten_names
from napari_nuclei.io.lazy_images import AxisCalibration, LazyImage
from napari_nuclei.io.ome_zarr_labels import ZARR_FORMATS, PyramidLevel
from napari_nuclei.io.optional_packages import import_extra
from napari_nuclei.io.zarr_images import (
    axis_metadata,
    is_zarr,
    ome_attributes,
    open_zarr,
    open_zarr_node,
    read_calibrations,
)

GROUP_NAME = "labels"
"""Name of the group of all labels of an image, which OME-Zarr prescribes."""


def open_labels(path: Path) -> LazyImage:
    """Open labels in OME-Zarr, or a zarr array of labels.

    Parameters
    ----------
    path : Path
        An image-label, a zarr array, or a group whose `labels` has one image-label.

    Raises
    ------
    ValueError
        If there are no labels, or several.
    """
    node = open_zarr_node(path)
    if not hasattr(node, "keys") or "image-label" in ome_attributes(node):
        return open_zarr(path)
    names: list[str] = []
    if GROUP_NAME in node:
        names = list(ome_attributes(node[GROUP_NAME]).get("labels", ()))
    if len(names) == 1:
        return open_zarr(path / GROUP_NAME / names[0])
    if names:
        raise ValueError(
            f"{path} holds {len(names)} labels: {shorten_names(names)}. Name one, such "
            f"as {path / GROUP_NAME / names[0]}"
        )
    raise ValueError(f"{path} holds no labels")


def labels_path(group: str | Path, name: str) -> Path:
    """Return the path of labels in an OME-Zarr image.

    Parameters
    ----------
    group : path-like
        Group of the image; empty if the image is not OME-Zarr.
    name : str
        Name of the labels.

    Raises
    ------
    ValueError
        If the image is not OME-Zarr, or the name cannot be that of a folder.
    """
    if not str(group):
        raise ValueError(
            "Labels can only be added to an OME-Zarr image. Name a file or folder for "
            "the labels of other images"
        )
    if not re.fullmatch(r"[\w][\w. -]*", name):
        raise ValueError(
            "The name of the labels must begin with a letter or digit, and have no "
            f"slashes; got {name!r}"
        )
    return Path(group) / GROUP_NAME / name


def read_version(group: str | Path) -> str:
    """Return the version in which labels of an OME-Zarr image are written."""
    node = open_zarr_node(Path(group))
    return "0.5" if "ome" in node.attrs else "0.4"


def read_label_levels(group: str | Path, axes: str) -> list[PyramidLevel]:
    """Return the levels of an OME-Zarr image without its channels.

    Labels in an image have the levels of the image, as OME-Zarr requires.

    Parameters
    ----------
    group : path-like
        Group of the image.
    axes : str
        One letter for each axis of the image.
    """
    node = open_zarr_node(Path(group))
    image = ome_attributes(node)["multiscales"][0]
    named = axis_metadata(image, len(axes))
    pixel = AxisCalibration(1.0)
    levels = []
    for dataset in image["datasets"]:
        shape = node[dataset["path"]].shape
        stated = read_calibrations(axes, named, dataset, image)
        labelled = [n for n, axis in enumerate(axes) if axis not in "SC"]
        levels.append(
            PyramidLevel(
                tuple(int(shape[n]) for n in labelled),
                tuple(stated.get(axes[n], pixel) for n in labelled),
            )
        )
    return levels


def register_labels(path: Path, version: str) -> None:
    """Add labels to the list of labels of their image.

    Parameters
    ----------
    path : Path
        Of the labels, in the group `labels` of an image.
    version : str
        Version of OME-Zarr of the image.
    """
    zarr = import_extra("zarr")
    group = zarr.open_group(path.parent, mode="a", zarr_format=ZARR_FORMATS[version])
    attributes: dict[str, Any] = dict(group.attrs.asdict())
    described = attributes if version == "0.4" else dict(attributes.get("ome", {}))
    names = list(described.get("labels", ()))
    if path.name not in names:
        described["labels"] = [*names, path.name]
    if version != "0.4":
        described.setdefault("version", version)
        described = {"ome": described}
    group.attrs.update(described)
    update_consolidated_metadata(path.parent)


def update_consolidated_metadata(group: Path) -> None:
    """Consolidate the metadata of an image and of its parents again, where they are.

    Programs that read consolidated metadata find only the labels that are in it.
    """
    zarr = import_extra("zarr")
    while is_zarr(group):
        node = zarr.open_group(group, mode="r")
        if node.metadata.consolidated_metadata is not None:
            with warnings.catch_warnings():
                # zarr warns that version 3 of the format has no such metadata yet.
                warnings.simplefilter("ignore")
                zarr.consolidate_metadata(
                    str(group), zarr_format=node.metadata.zarr_format
                )
        group = group.parent
