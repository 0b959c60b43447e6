"""Read the labels of an OME-Zarr plate for a report."""

from __future__ import annotations

from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np

from napari_nuclei.core.errors import format_error
from napari_nuclei.io.lazy_images import LazyImage
from napari_nuclei.io.ome.image_labels import open_labels
from napari_nuclei.io.writers import stem_of_image
from napari_nuclei.io.zarr_images import (
    describe_damage,
    is_zarr,
    ome_attributes,
    open_zarr_node,
)
from napari_nuclei.report.joined_table import find_joined_table
from napari_nuclei.report.report_results import (
    FAILED,
    PlateShape,
    ReportImage,
    Results,
)
from napari_nuclei.report.wells import name_of_well
from napari_nuclei.scale.destination import get_partial_folder
from napari_nuclei.scale.files.plate_contents import read_wells
from napari_nuclei.scale.plates import PLATE_RECORD, is_plate
from napari_nuclei.scale.records.field_quality import read_field_quality
from napari_nuclei.scale.tables.quality_columns import QUALITY_COLUMNS

MAX_BAND_PIXELS = 1 << 24
"""Largest number of pixels of labels that are counted at once."""


def read_plate_results(folder: Path) -> Results:
    """Read the results of a plate that `segment_plate` has written.

    Parameters
    ----------
    folder : Path
        A plate of labels, or a plate of images with labels in them.

    Raises
    ------
    ValueError
        If the plate is damaged.
    """
    node = open_zarr_node(folder)
    attributes = ome_attributes(node)
    with describe_damage(folder):
        plate = attributes["plate"]
        wells, damaged = read_wells(node, plate)
        shape = PlateShape(
            tuple(str(row["name"]) for row in plate["rows"]),
            tuple(str(column["name"]) for column in plate["columns"]),
        )
    record = node.attrs.get(PLATE_RECORD)
    record = dict(record) if isinstance(record, dict) else {}
    reasons = record.get("failed")
    reasons = reasons if isinstance(reasons, dict) else {}
    flags = record.get("flags")
    flags = flags if isinstance(flags, dict) else {}
    images = []
    for well, names in wells.items():
        for name in names:
            field = f"{well}/{name}"
            image = read_field(folder, field, str(reasons.get(field) or ""))
            image.well = name_of_well(well)
            if isinstance(more := flags.get(field), list):
                image.flags = tuple(dict.fromkeys([*image.flags, *map(str, more)]))
            images.append(image)
    for well, reason in damaged.items():
        failed = ReportImage(well, well, FAILED, reason, well=name_of_well(well))
        images.append(failed)
    table = find_joined_table(folder.parent, stem_of_image(folder))
    return Results(folder, images, record, shape, table)


def find_plate(folder: Path) -> Path | None:
    """Return the only plate of labels in a folder; None if there is none, or several.

    Examples
    --------
    >>> find_plate(Path("nowhere")) is None
    True
    """
    plates = [path for path in folder.glob("*.zarr") if is_plate(path)]
    return plates[0] if len(plates) == 1 else None


def read_field(folder: Path, field: str, reason: str = "") -> ReportImage:
    """Return a field of a plate, with the number and size of its nuclei.

    Parameters
    ----------
    folder : Path
        The plate.
    field : str
        Path of the field in it.
    reason : str
        Why it failed, if that is recorded.
    """
    path = folder / field
    if reason:
        return ReportImage(field, field, FAILED, reason)
    if not is_zarr(path):
        reason = "has no labels: it was not segmented, or has failed"
        return ReportImage(field, field, FAILED, reason)
    if get_partial_folder(path).exists():
        reason = "is not finished: run the same command again"
        return ReportImage(field, field, FAILED, reason)
    try:
        labels = open_labels(path)
        values = count_nuclei(labels)
    except Exception as error:  # zarr raises almost anything for damaged arrays
        return ReportImage(field, field, FAILED, format_error(error))
    image = find_source(path)
    found: tuple[str, ...] = ()
    if quality := read_field_quality(Path(labels.group or path)):
        found = quality.flags
        numbers = {name: float(getattr(quality, name)) for name in QUALITY_COLUMNS}
        values |= {name: one for name, one in numbers.items() if isfinite(one)}
    return ReportImage(
        field, field, flags=found, values=values, image=image, labels=path
    )


def find_source(path: Path) -> Path | None:
    """Return the image of a field: the field itself, or what its labels name."""
    attributes = ome_attributes(open_zarr_node(path))
    label = attributes.get("image-label")
    if label is None:
        return path
    source = label.get("source") if isinstance(label, dict) else None
    named: Any = source.get("image") if isinstance(source, dict) else None
    if not isinstance(named, str) or not is_zarr(path / named):
        return None
    return (path / named).resolve()


def count_nuclei(labels: LazyImage) -> dict[str, float]:
    """Return the number of nuclei and their median area, band by band.

    Parameters
    ----------
    labels : LazyImage
        Labels; 0 is background.

    Returns
    -------
    dict of str to float
        "nuclei"; and "median area" in pixels, or "median area_um2". Of a stack the
        number of nuclei alone.
    """
    pixels = labels.pixels
    rows, width = pixels.shape[-2:]
    step = max(1, MAX_BAND_PIXELS // max(1, width))
    areas: dict[int, int] = {}
    planes = 0
    for index in np.ndindex(*pixels.shape[:-2]):
        planes += 1
        for start in range(0, rows, step):
            band = np.asarray(pixels[(*index, slice(start, start + step))])
            names, counts = np.unique(band, return_counts=True)
            for name, count in zip(names.tolist(), counts.tolist(), strict=True):
                areas[name] = areas.get(name, 0) + count
    areas.pop(0, None)
    values = {"nuclei": float(len(areas))}
    if areas and planes == 1:
        median = float(np.median([*areas.values()]))
        size = labels.pixel_size
        if size:
            values["median area_um2"] = median * size**2
        else:
            values["median area"] = median
    return values
