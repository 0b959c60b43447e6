"""Masks as run lengths in a CSV file, as the 2018 Data Science Bowl has them.

A row is a nucleus: the name of its image, and pairs of numbers, the first pixel of a
run and the length of the run. Pixels are numbered from 1, down the columns.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from numpy.typing import ArrayLike

COLUMNS = ("ImageId", "EncodedPixels")
"""Columns of the CSV file; others are ignored."""


def encode_runs(labels: NDArray[np.integer]) -> list[str]:
    """Return the run lengths of each nucleus, in order of label.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X)
        0 is background.

    Examples
    --------
    >>> encode_runs(np.array([[1, 0, 2], [1, 0, 2], [0, 0, 1]]))
    ['1 2 9 1', '7 2']
    """
    flat = np.asarray(labels).ravel(order="F")
    if not flat.size:
        return []
    starts = np.concatenate([[0], np.flatnonzero(np.diff(flat)) + 1])
    lengths = np.diff(starts, append=flat.size)
    values = flat[starts]
    inside = np.flatnonzero(values > 0)
    order = inside[np.argsort(values[inside], kind="stable")]
    pairs = np.stack([starts[order] + 1, lengths[order]], axis=1)
    ends = np.flatnonzero(np.diff(values[order])) + 1
    parts = np.split(pairs, ends) if len(pairs) else []
    return [" ".join(map(str, part.ravel().tolist())) for part in parts]


def decode_runs(rows: Sequence[str], shape: tuple[int, int]) -> NDArray[np.int32]:
    """Return labels from the run lengths of each nucleus.

    Parameters
    ----------
    rows : sequence of str
        A row per nucleus; an empty row is not a nucleus.
    shape : tuple of int
        Height and width of the image, in pixels.

    Returns
    -------
    ndarray of int32, shape (Y, X)
        Numbered from 1 in the order of the rows. A pixel in two rows belongs to the
        later one.

    Raises
    ------
    ValueError
        If a row does not hold pairs of whole numbers, or a run leaves the image.

    Examples
    --------
    >>> decode_runs(["1 2 9 1", "7 2"], (3, 3)).tolist()
    [[1, 0, 2], [1, 0, 2], [0, 0, 1]]
    """
    flat = np.zeros(shape[0] * shape[1], np.int32)
    nuclei = [row for row in rows if row.strip()]
    for number, row in enumerate(nuclei, 1):
        try:
            values = np.array(row.split(), np.int64)
        except (ValueError, OverflowError) as error:
            raise ValueError(
                f"Run lengths must be whole numbers; got {row[:40]!r}"
            ) from error
        starts, lengths = values[::2] - 1, values[1::2]
        if len(starts) != len(lengths):
            raise ValueError(
                "Run lengths must be pairs of a first pixel and a length; got "
                f"{len(values)} numbers"
            )
        if starts.min() < 0 or lengths.min() < 1:
            raise ValueError(
                f"Run lengths must be at least 1, from pixel 1; got {row[:40]!r}"
            )
        last = max(map(sum, zip(starts.tolist(), lengths.tolist(), strict=True)))
        if last > flat.size:
            raise ValueError(
                f"A run ends at pixel {last}, but the image has {flat.size} "
                f"({shape[0]} x {shape[1]}). The run lengths belong to another image"
            )
        steps = np.arange(lengths.sum()) - np.repeat(
            np.cumsum(lengths) - lengths, lengths
        )
        flat[np.repeat(starts, lengths) + steps] = number
    return flat.reshape(shape, order="F")


def encode_submission(name: str, labels: ArrayLike) -> bytes:
    """Return a CSV file with the run lengths of the nuclei of an image.

    Parameters
    ----------
    name : str
        Name of the image, without suffix.
    labels : array-like of int, shape (Y, X)
        An image without nuclei gets one row with empty run lengths.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    writer.writerows((name, runs) for runs in encode_runs(np.asarray(labels)) or [""])
    return text.getvalue().encode()


def join_submissions(paths: Sequence[Path]) -> bytes:
    """Return one CSV file with the rows of several, which have the same columns."""
    header = ",".join(COLUMNS).encode() + b"\n"
    rows = [path.read_bytes().partition(b"\n")[2] for path in paths]
    return header + b"".join(rows)


def has_run_lengths(path: Path) -> bool:
    """Return whether a CSV file has the columns of run lengths."""
    with path.open("rb") as file:
        head = file.readline(1000).decode("utf-8-sig", errors="replace")
    columns = [name.strip().strip('"') for name in head.split(",")]
    return set(COLUMNS) <= set(columns)


def read_run_lengths(path: Path | str) -> dict[str, list[str]]:
    """Read the run lengths of the nuclei of each image from a CSV file.

    Parameters
    ----------
    path : str or path-like

    Returns
    -------
    dict of str to list of str
        By name of the image without suffix; see `decode_runs`.

    Raises
    ------
    OSError
        If there is no such file.
    ValueError
        If it lacks a column or is not text.
    """
    import pandas as pd

    path = Path(path).expanduser()
    try:
        table = pd.read_csv(
            path, dtype=str, keep_default_na=False, encoding="utf-8-sig"
        )
    except ValueError as error:  # pandas too raises it, for a file that is not a table
        raise ValueError(
            f"{path} is not a CSV file of run lengths ({error})"
        ) from error
    table.columns = table.columns.str.strip()
    if not set(COLUMNS) <= set(table.columns):
        raise ValueError(
            f"{path} must have the columns {' and '.join(COLUMNS)}; it has "
            f"{', '.join(table.columns)}"
        )
    rows: dict[str, list[str]] = {}
    for name, runs in zip(*(table[column] for column in COLUMNS), strict=True):
        path_in_table = PurePosixPath(name)
        is_image = path_in_table.suffix.lower() in (".png", ".jpg", ".jpeg", ".tif")
        rows.setdefault(path_in_table.stem if is_image else name, []).append(runs)
    return rows
