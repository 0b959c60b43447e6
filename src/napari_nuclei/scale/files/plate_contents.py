"""The wells and fields of a plate in OME-Zarr.

The metadata are read here, because a damaged well must not end a run: packages that
validate a plate refuse all of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_nuclei.core.errors import format_error
from napari_nuclei.io.ome_zarr_labels import ZARR_FORMATS, check_ome_version
from napari_nuclei.io.optional_packages import import_extra
from napari_nuclei.io.zarr_images import (
    describe_damage,
    ome_attributes,
    open_zarr_node,
)


@dataclass(frozen=True, slots=True)
class PlateContents:
    """The wells and fields of a plate.

    Attributes
    ----------
    plate : dict
        Metadata of the plate.
    wells : dict of str to list of str
        Names of the fields of each well, by the path of the well.
    damaged : dict of str to str
        What is wrong with other wells, by their path.
    """

    plate: Mapping[str, Any]
    wells: Mapping[str, list[str]]
    damaged: Mapping[str, str]

    @property
    def fields(self) -> list[str]:
        """Paths of all fields, such as ``A/1/0``, in the order of the wells."""
        return [
            f"{well}/{name}" for well, names in self.wells.items() for name in names
        ]


def read_plate(source: Path) -> PlateContents:
    """Read the metadata of a plate.

    Raises
    ------
    ModuleNotFoundError
        If zarr is not installed.
    OSError
        If the plate cannot be read.
    ValueError
        If it is not a plate, or its metadata are damaged.
    """
    import_extra("zarr")
    node = open_zarr_node(source)
    plate = ome_attributes(node).get("plate") if hasattr(node, "keys") else None
    if plate is None:
        raise ValueError(f"{source} is not an OME-Zarr plate; name the plate's folder")
    with describe_damage(source):
        wells, damaged = read_wells(node, plate)
        for part in ("rows", "columns"):
            names = [entry["name"] for entry in plate[part]]
            if not all(isinstance(name, str) for name in names):
                raise TypeError(f"names of {part} must be text")
    return PlateContents(plate, wells, damaged)


def read_wells(
    node: Any, plate: Mapping[str, Any]
) -> tuple[dict[str, list[str]], dict[str, str]]:
    """Return the names of the fields of each well, and what is wrong with other wells.

    Parameters
    ----------
    node : zarr.Group
        The plate.
    plate : dict
        Its metadata.
    """
    wells: dict[str, list[str]] = {}
    damaged: dict[str, str] = {}
    for well in [str(well["path"]) for well in plate["wells"]]:
        try:
            with describe_damage(Path(well)):
                images = ome_attributes(node[well])["well"]["images"]
                names = [str(image["path"]) for image in images]
                for name in (well, *names):
                    check_plate_path(name)
        except ValueError as error:
            damaged[well] = format_error(error)
        else:
            wells[well] = names
    return wells, damaged


def check_plate_path(path: str) -> None:
    """Raise ValueError if the path of a well or field leads out of its plate."""
    parts = path.split("/")
    if "\\" in path or ":" in path or {"", ".", ".."} & {*parts}:
        raise ValueError(f"{path!r} is not the path of a well or field")


def write_plate(
    path: Path,
    plate: Mapping[str, Any],
    wells: Mapping[str, Sequence[str]],
    version: str,
) -> None:
    """Write the metadata of a plate and of its wells, without fields.

    Parameters
    ----------
    path : Path
    plate : dict
        Metadata of the plate of which the rows, columns and wells are taken.
    wells : dict of str to sequence of str
        Names of the fields of each well, by the path of the well.
    version : str
        Version of OME-Zarr.
    """
    zarr, writer = import_extra("zarr"), import_extra("ome_zarr.writer")
    check_ome_version(version)
    group = zarr.open_group(path, mode="a", zarr_format=ZARR_FORMATS[version])
    writer.write_plate_metadata(
        group,
        [row["name"] for row in plate["rows"]],
        [column["name"] for column in plate["columns"]],
        list(wells),
        name=plate.get("name"),
    )
    for well, names in wells.items():
        writer.write_well_metadata(group.require_group(well), list(names))
