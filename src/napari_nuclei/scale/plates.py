"""Well plates in OME-Zarr (HCS): segment every field into a plate of labels."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

from napari_nuclei.config import SegmentConfig
from napari_nuclei.config.given_config import config_or_defaults
from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.core.notebook.progress_bar import shows_progress
from napari_nuclei.core.quality.compare_images import flag_images
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import Progress
from napari_nuclei.io.atomic import prepare_folder
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.io.locks import lock_path
from napari_nuclei.io.ome.image_labels import labels_path
from napari_nuclei.io.ome_zarr_labels import (
    DEFAULT_VERSION,
    LABELS_NAME,
)
from napari_nuclei.io.optional_packages import import_extra
from napari_nuclei.io.zarr_images import (
    is_zarr,
    ome_attributes,
    open_zarr_node,
)
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.store import DEFAULT_MODEL
from napari_nuclei.scale.block_settings import BLOCK_SIZE, BlockSettings
from napari_nuclei.scale.files.plate_contents import read_plate, write_plate
from napari_nuclei.scale.files.plate_field import FieldResult, FieldSegmenter
from napari_nuclei.scale.records.run_record import make_run_record
from napari_nuclei.scale.tables.plate_table import PlateTable

PLATE_RECORD = "napari_nuclei"
"""Key of the record of the run, in the attributes of a plate of labels."""


def is_plate(path: Path) -> bool:
    """Return whether a path is a plate in OME-Zarr."""
    if not is_zarr(path) or path.suffix != ".zarr":
        return False
    node = open_zarr_node(path)
    return hasattr(node, "keys") and "plate" in ome_attributes(node)


@suggests_keywords
@shows_progress("block")
def segment_plate(
    source: str | Path,
    destination: str | Path | None = None,
    *,
    into_image: bool = False,
    labels_name: str = LABELS_NAME,
    ome_version: str | None = None,
    model: str | Path | Segmenter = DEFAULT_MODEL,
    axes: str | None = None,
    channel: int | str | None = None,
    pixel_size: float | None = None,
    z_spacing: float | None = None,
    table: str | Path | None = None,
    block: int = BLOCK_SIZE,
    margin: int | None = None,
    max_pixels: int = MAX_PIXELS,
    workers: int | None = None,
    scheduler: Any = None,
    config: SegmentConfig | None = None,
    progress: Progress | None = None,
    on_plan: Callable[[list[str]], None] | None = None,
    on_result: Callable[[FieldResult], None] | None = None,
) -> list[FieldResult]:
    """Segment every field of a plate into a plate with the same wells.

    Fields that are done are not segmented again. To continue a run that was stopped,
    call the function again with the same arguments.

    Parameters
    ----------
    source : path-like
        A plate in OME-Zarr.
    destination : path-like, optional
        The plate to write. Its fields are image-labels of uint32. Required without
        `into_image`.
    into_image : bool
        Write the labels into the group ``labels`` of each field of the source.
    labels_name : str
        Name of the labels.
    ome_version : str, optional
        Version of OME-Zarr of the destination, as for `segment_large`.
    model, axes, channel, pixel_size, z_spacing : optional
        As for `segment_large`, for every field.
    table : path-like, optional
        A ``.csv`` or ``.parquet`` file for one table of the nuclei of all fields, with
        columns for the well, its row and column, and the field.
    block, margin, max_pixels, workers, scheduler, config : optional
        As for `segment_large`, for every field.
    progress : callable, optional
        Called with (done, total) in blocks of the current field; raise an error in it
        to cancel.
    on_plan : callable, optional
        Called once with the paths of all fields, before the first is segmented.
    on_result : callable, optional
        Called with the `FieldResult` of each field.

    Returns
    -------
    list of FieldResult
        One for each field, in the order of the wells.

    Raises
    ------
    OSError
        If the source cannot be read.
    ValueError
        If the source is not a plate, not one of destination and `into_image` is given,
        or `axes` or sizes fit no image.

    Examples
    --------
    >>> from napari_nuclei import segment_plate
    >>> results = segment_plate("plate.zarr", "labels.zarr")  # doctest: +SKIP
    >>> [result.path for result in results if result.reason]  # doctest: +SKIP
    []
    """
    settings = BlockSettings(
        config=config_or_defaults(config, SegmentConfig),
        into_image=into_image,
        labels_name=labels_name,
        ome_version=ome_version,
        axes=axes,
        channel=channel,
        pixel_size=pixel_size,
        z_spacing=z_spacing,
        max_pixels=max_pixels,
        block=block,
        margin=margin,
        workers=workers,
        scheduler=scheduler,
    )
    import_extra("zarr")
    source = Path(source).expanduser()
    if (destination is None) != into_image:
        raise ValueError("Name either a destination or into_image for the labels")
    contents = read_plate(source)
    fields = contents.fields
    if destination is None:
        paths = {field: labels_path(source / field, labels_name) for field in fields}
    else:
        destination = Path(destination).expanduser().absolute()
        paths = {field: destination / field for field in fields}
    tables = None if table is None else PlateTable(Path(table), source)
    segmenter = model if isinstance(model, Segmenter) else load_segmenter(model)
    segment_field = FieldSegmenter(source, segmenter, settings, tables, progress)
    if on_plan:
        on_plan([*fields, *contents.damaged])
    record = make_run_record(
        [source], destination, segmenter.card, recorded_settings(settings)
    )
    results: list[FieldResult] = []

    def add_result(result: FieldResult) -> None:
        results.append(result)
        if on_result:
            on_result(result)

    with ExitStack() as stack:
        if destination is not None:
            prepare_folder(destination.parent)
            stack.enter_context(lock_path(destination))
            write_plate(
                destination,
                contents.plate,
                contents.wells,
                ome_version or DEFAULT_VERSION,
            )
        for field in fields:
            add_result(segment_field(field, paths[field]))
        for well, reason in contents.damaged.items():
            add_result(FieldResult(well, None, reason))
        results = flag_fields(results)
        if destination is not None:
            write_plate_record(destination, record | summarise_fields(results))
        if tables is not None:
            done = [result.path for result in results if result.labels is not None]
            failed = any(result.reason for result in results)
            tables.write(done, complete=not failed)
    return results


def recorded_settings(settings: BlockSettings) -> dict[str, Any]:
    """Return the settings that the record of a plate states."""
    names = ("axes", "channel", "pixel_size", "z_spacing", "config")
    return {name: getattr(settings, name) for name in names}


def flag_fields(results: Sequence[FieldResult]) -> list[FieldResult]:
    """Return the results of all fields, with flags that compare the fields."""
    flags = flag_images([result.quality for result in results])
    return [
        replace(result, flags=flags_of_field)
        for result, flags_of_field in zip(results, flags, strict=True)
    ]


def summarise_fields(results: Sequence[FieldResult]) -> dict[str, Any]:
    """Return the flags of fields, and why fields failed, for the record of a plate."""
    return {
        "flags": {
            result.path: list(result.flags) for result in results if result.flags
        },
        "failed": {result.path: result.reason for result in results if result.reason},
    }


def write_plate_record(path: Path, record: Mapping[str, Any]) -> None:
    """Write how the labels of a plate were made into its attributes."""
    group = import_extra("zarr").open_group(path, mode="r+")
    group.attrs[PLATE_RECORD] = dict(record)
