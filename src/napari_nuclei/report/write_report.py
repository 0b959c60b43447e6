"""Write a report of the results of a folder or a plate."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from os import cpu_count
from pathlib import Path
from typing import Any

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.core.errors import format_error
from napari_nuclei.core.measure.counts import counted
from napari_nuclei.core.notebook.progress_bar import shows_progress
from napari_nuclei.core.tiling import Progress
from napari_nuclei.io.atomic import atomic_replace, prepare_folder
from napari_nuclei.io.tables import check_table_suffix
from napari_nuclei.io.zarr_images import is_zarr
from napari_nuclei.report.condition_samples import NucleiSamples
from napari_nuclei.report.conditions import apply_conditions, check_controls
from napari_nuclei.report.joined_table import add_joined_table
from napari_nuclei.report.left_out import leave_out_flagged
from napari_nuclei.report.nuclei_values import (
    measurements_of,
    read_nuclei,
    summarize_table,
)
from napari_nuclei.report.page import GENERATOR, write_page
from napari_nuclei.report.pictures import (
    Picture,
    limit_for,
    read_picture,
    side_for,
)
from napari_nuclei.report.provenance import as_dict, describe_own_limits
from napari_nuclei.report.read_folder import read_folder
from napari_nuclei.report.read_plate import find_plate, read_plate_results
from napari_nuclei.report.report_columns import DENSITY_MM2, DENSITY_MPX
from napari_nuclei.report.report_results import ReportImage, Results
from napari_nuclei.scale.plates import is_plate
from napari_nuclei.scale.records.manifest import MANIFEST_NAME

REPORT_NAME = "report.html"
"""Name of a report, in the folder of the results."""

SAME_VALUES = {
    "share touches_border": "border_share",
    "median confidence": "median_confidence",
}
"""Values of nuclei that are columns of results.csv too."""

MAX_THREADS = 4
"""Largest number of pictures that are drawn at the same time."""


@suggests_keywords
@shows_progress("image")
def write_report(
    folder: str | Path,
    destination: str | Path | None = None,
    *,
    conditions: str | Path | None = None,
    controls: Sequence[str] | None = None,
    title: str | None = None,
    table: str | Path | None = None,
    leave_out: Sequence[str] = (),
    progress: Progress | None = None,
    on_remark: Callable[[str], None] | None = None,
) -> Path:
    """Write one HTML file that shows the results of a folder or a plate.

    It holds a summary, a picture of every image with the outlines of its nuclei, a heat
    map of the plate if wells are known, distributions, what failed, the settings, the
    model card and the command that repeats the run. It opens without network.

    Parameters
    ----------
    folder : path-like
        Folder of the results of `segment_files`, with its ``results.csv``; or an
        OME-Zarr plate that `segment_plate` has segmented, or a folder that holds one.
    destination : path-like, optional
        An ``.html`` file, or a folder. An earlier report is replaced. By default
        ``report.html`` in the folder, or ``<plate>_report.html`` next to a plate.
    conditions : path-like, optional
        CSV file with the columns `well` (or `file`) and `condition`.
    controls : sequence of two str, optional
        The conditions of the positive and of the negative control, for the Z' factor.
    title : str, optional
        By default the name of the folder of the images.
    table : path-like, optional
        One table of the nuclei of all images. By default the tables in the folder, or
        next to the plate.
    leave_out : sequence of str
        Flags of quality; images with one of them are left out of the plate, the
        distributions and the controls. "any" stands for all flags.
    progress : callable, optional
        Called with (done, total) in images; raise an error in it to cancel.
    on_remark : callable, optional
        Called with each sentence of the report about what it lacks, such as rows of
        `conditions` or `table` that fit no image.

    Returns
    -------
    Path
        The report.

    Raises
    ------
    OSError
        If there are no results, a file cannot be read or written, or the destination is
        a file of another kind.
    ValueError
        If a table lacks columns, a control is not a condition, or there is no such
        flag.

    Examples
    --------
    >>> import tempfile, tifffile
    >>> from napari_nuclei import segment_files, synthetic_nuclei, write_report
    >>> image, truth = synthetic_nuclei((96, 96), seed=1)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     for name in ("A01", "A02"):
    ...         tifffile.imwrite(f"{folder}/{name}.tif", image)
    ...     results = segment_files(folder, f"{folder}/out")
    ...     write_report(f"{folder}/out").name
    'report.html'
    """
    folder = Path(folder).expanduser()
    if not folder.is_dir():
        raise FileNotFoundError(f"{folder}: there is no such folder of results")
    if controls is not None and conditions is None:
        raise ValueError(
            "Controls are conditions of wells; name their table with --conditions "
            "(conditions=)"
        )
    path = choose_destination(folder, destination)
    plate = folder if is_plate(folder) else None
    if plate is None and not (folder / MANIFEST_NAME).exists():
        plate = find_plate(folder)
    results = read_folder(folder) if plate is None else read_plate_results(plate)
    if table is not None:
        results.table = check_table_suffix(table)
        if not results.table.is_file():
            raise FileNotFoundError(f"{table}: there is no such table of nuclei")
    leave_out_flagged(results, leave_out)
    names: list[str] = []
    if conditions is not None:
        names = apply_conditions(results, Path(conditions).expanduser())
    if controls is not None:
        check_controls(controls, names)
    if limits := describe_own_limits(results.record):
        results.remarks.append(limits)
    complete_images(results, progress)
    prepare_folder(path.parent)
    with atomic_replace(path, ".html") as partial:
        write_page(
            results,
            partial,
            conditions=names,
            controls=controls or (),
            title=title or "",
        )
    if on_remark is not None:
        for remark in results.remarks:
            on_remark(remark)
    return path


def choose_destination(folder: Path, destination: str | Path | None) -> Path:
    """Return the path of a report.

    Raises
    ------
    FileExistsError
        If there is a file that is not a report of this program.
    ValueError
        If the path does not end in ``.html``.
    """
    path = folder if destination is None else Path(destination).expanduser()
    if destination is None and is_zarr(folder):
        # Programs that read a zarr warn about files that are none of its own.
        path = folder.with_name(f"{folder.stem}_{REPORT_NAME}")
    elif path.is_dir():
        path /= REPORT_NAME
    if path.suffix.lower() not in (".html", ".htm"):
        raise ValueError(f"A report must end in .html; got {path.name}")
    if path.exists():
        with path.open("rb") as file:
            head = file.read(4096)
        if GENERATOR.split()[0].encode() not in head:
            raise FileExistsError(
                f"{path} is not a report of this program and is not replaced. Move it, "
                "or name another file"
            )
    return path


def complete_images(results: Results, progress: Progress | None) -> None:
    """Add pictures, densities and values of nuclei to the images that have results."""
    settings = as_dict(results.record.get("settings"))
    images = results.images
    drawing = {
        "side": side_for(len(images)),
        "max_bytes": limit_for(len(images)),
        "axes": settings.get("axes"),
        "channel": settings.get("channel"),
        "scene": settings.get("scene"),
    }
    unreadable = 0
    samples = NucleiSamples()
    for number, (image, picture) in enumerate(draw_all(images, drawing), 1):
        if isinstance(picture, Picture):
            image.picture, image.picture_note = picture.uri, picture.note
            add_density(image, picture)
        elif picture:
            image.picture_note = f"No picture: {picture}"
        try:
            if image.tables and results.table is None:
                # CSV and parquet hold the same table.
                add_nuclei(image, read_nuclei(image.tables[0]), samples)
        except Exception:  # pandas raises almost anything for a damaged table
            unreadable += 1
        if progress:
            progress(number, len(images))
    if results.table is not None:
        add_joined_table(
            results, lambda image, table: add_nuclei(image, table, samples)
        )
    results.histograms = samples.histograms()
    results.nuclei_counts = samples.counts
    if unreadable:
        results.remarks.append(
            f"The tables of {counted(unreadable, 'image')} could not be read, so that "
            "values of nuclei are missing"
        )


def add_nuclei(image: ReportImage, table: Any, samples: NucleiSamples) -> None:
    """Add the nuclei of an image to its values and to the samples."""
    add_values(image, summarize_table(table))
    if not image.left_out:
        samples.add(image.condition, measurements_of(table))


def add_values(image: ReportImage, values: dict[str, float]) -> None:
    """Add the values of nuclei, without those that results.csv has already."""
    for name, value in values.items():
        if SAME_VALUES.get(name) not in image.values:
            image.values[name] = value


def draw_all(
    images: Sequence[ReportImage], drawing: dict[str, Any]
) -> Iterator[tuple[ReportImage, Picture | str]]:
    """Yield each image with its picture, or the reason why there is none.

    A few pictures are drawn at the same time; no more images are in memory.
    """
    threads = max(1, min(MAX_THREADS, cpu_count() or 1))
    waiting: deque[tuple[ReportImage, Future[Picture | str]]] = deque()
    with ThreadPoolExecutor(threads) as pool:
        try:
            for image in images:
                waiting.append((image, pool.submit(draw_one, image, drawing)))
                if len(waiting) > 2 * threads:
                    first, future = waiting.popleft()
                    yield first, future.result()
            while waiting:
                first, future = waiting.popleft()
                yield first, future.result()
        finally:
            pool.shutdown(cancel_futures=True)


def draw_one(image: ReportImage, drawing: dict[str, Any]) -> Picture | str:
    """Return the picture of an image, or the reason why there is none.

    `drawing` holds the keywords of `read_picture`.
    """
    if image.failed or (image.image is None and image.labels is None):
        return "" if image.failed else "its image and its labels were not found"
    try:
        return read_picture(image.image, image.labels, **drawing)
    except Exception as error:  # the report shows the other images
        return f"{image.name}: {format_error(error)}"


def add_density(image: ReportImage, picture: Picture) -> None:
    """Add the number of nuclei by area to the values of an image of one plane."""
    if picture.note or "nuclei" not in image.values:
        return  # nuclei of a stack belong to a volume, or to several frames
    pixels = picture.shape[0] * picture.shape[1]
    count = image.values["nuclei"]
    if picture.pixel_size:
        image.values[DENSITY_MM2] = count / (pixels * picture.pixel_size**2) * 1e6
    else:
        image.values[DENSITY_MPX] = count / pixels * 1e6
