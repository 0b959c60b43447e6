"""Tracks in the format of the Cell Tracking Challenge.

A folder with one TIFF of 16 bits a frame, ``mask000.tif`` and so on, numbered by
track, and ``res_track.txt`` with four numbers a track: its label, its first and last
frame, and its parent or 0. The true tracks of a data set have ``man_track000.tif`` and
``man_track.txt``. A track has its label in each of its frames; where a nucleus was
missed, a new track begins whose parent is the track before the gap.
"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.core.tracking.tracking import Tracking
from napari_nuclei.io.atomic import prepare_folder, write_atomic
from napari_nuclei.io.origin import check_overwrite
from napari_nuclei.io.tiff_writer import tiff_options

MAX_LABEL = int(np.iinfo(np.uint16).max)


@dataclass(frozen=True, slots=True)
class Names:
    """Names of the files of a folder.

    Attributes
    ----------
    mask : str
        Beginning of the names of the TIFF files, before the number of the frame.
    table : str
        Name of the text file of the tracks.
    """

    mask: str
    table: str

    @property
    def pattern(self) -> re.Pattern[str]:
        """Names of the TIFF files."""
        return re.compile(rf"{self.mask}(\d+)\.tif", re.IGNORECASE)


RESULT = Names("mask", "res_track.txt")
TRUTH = Names("man_track", "man_track.txt")


@suggests_keywords
def write_ctc(
    tracking: Tracking, folder: str | Path, *, truth: bool = False
) -> list[Path]:
    r"""Write tracks in the format of the Cell Tracking Challenge.

    Parameters
    ----------
    tracking : Tracking
    folder : path-like
        Made if needed. Files of an earlier result in it are replaced.
    truth : bool
        Name the files as those of true tracks: ``man_track000.tif``, ``man_track.txt``.

    Returns
    -------
    list of Path
        The files; the table of the tracks, which is written last, first.

    Raises
    ------
    OSError
        If a file cannot be written, or would replace one that this program has not
        written.
    ValueError
        If there are more tracks than 16 bits can number.

    Examples
    --------
    >>> import tempfile
    >>> from napari_nuclei import track
    >>> movie = np.zeros((3, 9, 9), int)
    >>> movie[:, 2:6, 2:6] = [[[4]], [[2]], [[7]]]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     table = write_ctc(track(movie), folder)[0]
    ...     table.name, table.read_text()
    ('res_track.txt', '1 0 2 0\n')
    """
    folder, names = Path(folder).expanduser(), TRUTH if truth else RESULT
    files = encode_ctc(tracking, names)
    prepare_folder(folder)
    earlier = {path for path in folder.iterdir() if names.pattern.fullmatch(path.name)}
    for path in sorted(earlier):
        check_overwrite(path)
    table = folder / names.table
    table.unlink(missing_ok=True)
    written = []
    for name, content in files:
        write_atomic(folder / name, content)
        written.append(folder / name)
    for path in earlier - {*written}:  # frames of an earlier, longer movie
        path.unlink()
    return [table, *(path for path in written if path != table)]


def encode_ctc(
    tracking: Tracking, names: Names = RESULT
) -> Iterator[tuple[str, bytes]]:
    """Yield the names and contents of the files, the table of the tracks last.

    Raises
    ------
    ValueError
        If there are more tracks than 16 bits can number.
    """
    rows, pieces = split_at_gaps(tracking)
    if len(rows) and (highest := int(rows[:, 0].max())) > MAX_LABEL:
        raise ValueError(
            f"The Cell Tracking Challenge numbers up to {MAX_LABEL} tracks with 16 "
            f"bits; these are {highest}. Leave out short ones with min_frames"
        )
    return encode_files(tracking, names, rows, pieces)


def encode_files(
    tracking: Tracking,
    names: Names,
    rows: NDArray[np.int64],
    pieces: NDArray[np.int64],
) -> Iterator[tuple[str, bytes]]:
    """Yield the names and contents of the files, the table of the tracks last.

    Parameters
    ----------
    tracking : Tracking
    names : Names
    rows, pieces : ndarray of int64
        As returned by `split_at_gaps`.
    """
    import tifffile

    scale = tracking.scale
    options = tiff_options(
        np.uint16,
        "ZYX"[-tracking.frames.n_axes :],
        scale.pixel_size,
        scale.z_spacing,
        compressed=tracking.frames.n_axes == 2,
    )
    digits = max(3, len(str(len(tracking.frames) - 1)))
    t = tracking.nuclei["t"].to_numpy()
    track = tracking.nuclei["track"].to_numpy()
    for frame in range(len(tracking.frames)):
        here = t == frame
        new = np.zeros(int(track[here].max(initial=0)) + 1, np.uint16)
        new[track[here]] = pieces[here]
        file = io.BytesIO()
        tifffile.imwrite(file, new[tracking.frame_labels(frame)], **options)
        yield f"{names.mask}{frame:0{digits}}.tif", file.getvalue()
    yield names.table, encode_rows(rows)


def encode_ctc_table(tracking: Tracking) -> bytes:
    """Return the table of the tracks as the bytes of a text file."""
    return encode_rows(split_at_gaps(tracking)[0])


def encode_rows(rows: NDArray[np.int64]) -> bytes:
    """Return the rows of `split_at_gaps` as the bytes of a text file."""
    lines = (f"{' '.join(str(number) for number in row)}\n" for row in rows.tolist())
    return "".join(lines).encode()


def split_at_gaps(
    tracking: Tracking,
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Give the part of a track after a gap a number of its own.

    Parameters
    ----------
    tracking : Tracking

    Returns
    -------
    rows : ndarray of int64, shape (pieces, 4)
        Label, first and last frame, and parent, by label.
    pieces : ndarray of int64, shape (nuclei,)
        The label in the masks of each row of ``tracking.nuclei``.
    """
    t = tracking.nuclei["t"].to_numpy(np.int64)
    track = tracking.nuclei["track"].to_numpy(np.int64)
    parent_of = dict(
        zip(
            tracking.tracks["track"].tolist(),
            tracking.tracks["parent"].tolist(),
            strict=True,
        )
    )
    order = np.lexsort([t, track])
    pieces = np.zeros(len(t), np.int64)
    rows: list[list[int]] = []
    last_piece: dict[int, int] = {}
    free = max(parent_of, default=0) + 1
    for node in order.tolist():
        number, frame = int(track[node]), int(t[node])
        if number not in last_piece:
            rows.append([number, frame, frame, number])  # the parent comes later
            last_piece[number] = number
        elif rows[-1][2] + 1 == frame:
            rows[-1][2] = frame
        else:
            rows.append([free, frame, frame, -last_piece[number]])
            last_piece[number] = free
            free += 1
        pieces[node] = last_piece[number]
    for row in rows:
        # A daughter's parent is the last piece of its mother's track.
        mother = parent_of.get(row[3], 0)
        row[3] = -row[3] if row[3] < 0 else last_piece.get(mother, 0)
    return np.array(sorted(rows), np.int64).reshape(-1, 4), pieces
