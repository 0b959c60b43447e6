"""Choose the files that are written for an image."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from napari_nuclei.io.origin import check_overwrite
from napari_nuclei.io.writer import Writer
from napari_nuclei.io.writers import WRITERS, find_writers, writer_of_suffix

DEFAULT_FORMATS = ("labels",)

TABLE_FORMATS = ("csv", "parquet")
"""Formats of tables."""

OTHER_FILES = frozenset(
    ".bmp .gif .h5 .hdf5 .html .jpeg .jpg .json .npy .npz .pdf .svg .toml .tsv .txt "
    ".webp .xls .xlsx .xml".split()
)
"""Endings of files that are not written, and that no folder has."""

OutputPaths = dict[Path, Writer]
"""The files to write, each with its format."""


def is_file_destination(destination: Path) -> bool:
    """Return whether a destination is a single file rather than a folder.

    Examples
    --------
    >>> is_file_destination(Path("labels.tif")), is_file_destination(Path("out.v2"))
    (True, False)
    """
    return writer_of_suffix(destination, WRITERS) is not None and (
        not destination.is_dir()
    )


def check_output_name(output: Path | None) -> None:
    """Raise ValueError if an output looks like a file of a format that is not written.

    Examples
    --------
    >>> check_output_name(Path("results.v2"))
    >>> check_output_name(Path("labels.jpg"))
    Traceback (most recent call last):
        ...
    ValueError: labels.jpg: no format ends in .jpg. Name a file that ends in .tif, \
.png, .geojson, .zip, .csv or .parquet, or a folder
    """
    if output is None or output.suffix.lower() not in OTHER_FILES or output.exists():
        return  # what exists is a folder, or is refused as a file later
    raise ValueError(
        f"{output.name}: no format ends in {output.suffix}. Name a file that ends in "
        ".tif, .png, .geojson, .zip, .csv or .parquet, or a folder"
    )


def plan_output_paths(
    source: Path,
    destination: Path | None,
    formats: Sequence[str] | None,
    stem: str | None = None,
    *,
    table: bool = False,
) -> OutputPaths:
    """Return the files to write for an image.

    Parameters
    ----------
    source : Path
        The file of the image.
    destination : Path, optional
        A file with the suffix of a format. Other formats are written to its folder, to
        files that begin with its stem. Any other path is a folder, in which names begin
        with `stem`. By default the folder of the image.
    formats : sequence of str, optional
        By default the format of the destination's suffix, or labels.
    stem : str, optional
        Beginning of the names in a folder. By default the stem of the image.
    table : bool
        Whether to add a CSV table if no format holds measurements.

    Raises
    ------
    ValueError
        If a format is unknown, no format has the destination's suffix, or a file would
        replace the image itself.
    """
    check_output_name(destination)
    file: Path | None = None
    folder = source.parent if destination is None else destination
    if destination is not None and is_file_destination(destination):
        file, folder, stem = destination, destination.parent, destination.stem
    if formats is None:
        writer_of_file = None if file is None else writer_of_suffix(file, WRITERS)
        formats = (writer_of_file.name,) if writer_of_file else DEFAULT_FORMATS
    if table and not {*TABLE_FORMATS} & {*formats}:
        formats = (*formats, TABLE_FORMATS[0])
    writers = find_writers(formats)
    stem = stem or source.stem
    paths = {folder / (stem + writer.ending): writer for writer in writers}
    if file is not None:
        writer_of_file = writer_of_suffix(file, writers)
        if writer_of_file is None:
            endings = " or ".join(dict.fromkeys(writer.suffix for writer in writers))
            raise ValueError(
                f"{file.name} does not end in {endings}. Name such a file, or a folder"
            )
        paths = {
            file if writer is writer_of_file else path: writer
            for path, writer in paths.items()
        }
    for path in paths:
        if path.exists() and path.samefile(source):
            raise ValueError(
                f"{path} is the image itself and is not replaced. Name another file"
            )
    return paths


def check_output_paths(paths: OutputPaths) -> None:
    """Raise FileExistsError if a file would replace one that a user has edited."""
    for path, writer in paths.items():
        if writer.editable and not path.is_dir():
            check_overwrite(path)


def has_table(paths: OutputPaths) -> bool:
    """Return whether one of the files is a table of the nuclei."""
    return any(writer.name in TABLE_FORMATS for writer in paths.values())
