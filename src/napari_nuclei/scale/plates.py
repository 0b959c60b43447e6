"""Well plates in OME-Zarr (HCS): every field segmented, and a plate of labels made."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from napari_nuclei.core.errors import format_error
from napari_nuclei.io.lazy_images import (
    import_extra,
    is_zarr,
    ome_attributes,
    open_zarr_node,
)
from napari_nuclei.scale.large import LargeResult, segment_large
from napari_nuclei.scale.recoverable import RECOVERABLE_ERRORS


@dataclass(frozen=True, slots=True)
class FieldResult:
    """What became of a field of a plate.

    Attributes
    ----------
    path : str
        Of the field in the plate, such as ``A/1/0``.
    result : LargeResult, optional
        None where it failed, or an earlier run has done it.
    reason : str
        Why it failed; empty where all went well.
    """

    path: str
    result: LargeResult | None
    reason: str = ""


def is_plate(path: Path) -> bool:
    """Tell whether a path is a plate of OME-Zarr."""
    if not is_zarr(path) or path.suffix != ".zarr":
        return False
    node = open_zarr_node(path)
    return hasattr(node, "keys") and "plate" in ome_attributes(node)


def segment_plate(
    source: str | Path,
    destination: str | Path,
    *,
    on_result: Callable[[FieldResult], None] | None = None,
    **settings: Any,
) -> list[FieldResult]:
    """Segment every field of a plate into a plate of the same wells.

    A field that is done is not done again, so a run that was killed goes on.

    Parameters
    ----------
    source : path-like
        A plate of OME-Zarr.
    destination : path-like
        The plate that is made; the labels of a field are in its ``labels/nuclei``.
    on_result : callable, optional
        Is given each field's result as it comes.
    **settings
        As of `segment_large`.

    Returns
    -------
    list of FieldResult
    """
    zarr, writer = import_extra("zarr"), import_extra("ome_zarr.writer")
    source, destination = Path(source), Path(destination)
    group = zarr.open_group(source, mode="r")
    plate = ome_attributes(group).get("plate")
    if plate is None:
        raise ValueError(f"{source} is not a plate of OME-Zarr")
    made = zarr.open_group(destination, mode="a", zarr_format=3)
    wells = [well["path"] for well in plate["wells"]]
    writer.write_plate_metadata(
        made,
        [row["name"] for row in plate["rows"]],
        [column["name"] for column in plate["columns"]],
        wells,
        name=plate.get("name"),
    )
    results = []
    for well in wells:
        fields = [i["path"] for i in ome_attributes(group[well])["well"]["images"]]
        writer.write_well_metadata(made.require_group(well), fields)
        for field in fields:
            path = f"{well}/{field}"
            done = segment_field(source / path, destination / path, path, settings)
            results.append(done)
            if on_result:
                on_result(done)
    return results


def segment_field(
    source: Path, destination: Path, path: str, settings: dict[str, Any]
) -> FieldResult:
    """Segment a field unless it is done; say why where it cannot be."""
    partial = destination.with_name(destination.name + ".partial")
    if destination.exists() and not partial.exists():
        return FieldResult(path, None)
    try:
        result = segment_large(source, destination, **settings)
    except RECOVERABLE_ERRORS as error:
        return FieldResult(path, None, format_error(error))
    reason = "; ".join(map(str, result.failed))
    return FieldResult(path, result, reason)
