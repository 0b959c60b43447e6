"""Read tracks in the format of the Cell Tracking Challenge."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.core.tracking.tracking import Tracking
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.io.readers import read_image
from napari_nuclei.io.tracks.ctc import RESULT, TRUTH


@suggests_keywords
def read_ctc(folder: str | Path, *, max_pixels: int = MAX_PIXELS) -> Tracking:
    """Read tracks in the format of the Cell Tracking Challenge.

    Parameters
    ----------
    folder : path-like
        With ``mask000.tif`` and ``res_track.txt``, or ``man_track000.tif`` and
        ``man_track.txt``.
    max_pixels : int
        Largest number of pixels of a file, as for `read_image`.

    Returns
    -------
    Tracking
        A track that begins after a gap, as the only child of its parent, continues its
        parent's track, as `write_ctc` writes it.

    Raises
    ------
    OSError
        If the folder or a file cannot be read.
    ValueError
        If files are missing, or the table and the masks do not agree.

    Examples
    --------
    >>> import tempfile
    >>> from napari_nuclei import track, write_ctc
    >>> movie = np.zeros((3, 9, 9), int)
    >>> movie[:, 2:6, 2:6] = 4
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     files = write_ctc(track(movie), folder)
    ...     read_ctc(folder)
    <Tracking: 1 track in 3 frames, 0 divisions>
    """
    folder = Path(folder).expanduser()
    present = [names for names in (RESULT, TRUTH) if (folder / names.table).is_file()]
    if not present:
        raise FileNotFoundError(
            f"{folder} has no {RESULT.table} or {TRUTH.table}. Name a folder in the "
            "format of the Cell Tracking Challenge"
        )
    names = present[0]
    files = {
        int(match[1]): path
        for path in folder.iterdir()
        if (match := names.pattern.fullmatch(path.name))
    }
    if sorted(files) != list(range(len(files))) or not files:
        raise ValueError(
            f"{folder} must have a {names.mask}000.tif for each frame, numbered from "
            f"0 without gaps; it has {len(files)} files"
        )
    rows = read_track_table(folder / names.table)
    images = [read_image(files[t], max_pixels=max_pixels) for t in range(len(files))]
    labels = np.stack([image.stored_pixels for image in images])
    axes = "T" + "ZYX"[-(labels.ndim - 1) :]
    joined, parents = join_pieces(rows)
    check_tracks(folder / names.table, labels, rows)
    if joined:
        lookup = np.arange(int(labels.max()) + 1)
        for piece, number in joined.items():
            lookup[piece] = number
        labels = lookup[labels]
    return Tracking.from_numbers(
        labels.astype(np.int32),
        parents,
        axes=axes,
        pixel_size=images[0].pixel_size,
        z_spacing=images[0].z_spacing,
    )


def read_track_table(path: Path) -> NDArray[np.int64]:
    """Return the rows of a table of tracks: label, first and last frame, parent.

    Raises
    ------
    ValueError
        If a line does not have four whole numbers.
    """
    rows = []
    for number, line in enumerate(path.read_text().splitlines(), 1):
        cells = line.split()
        if not cells:
            continue
        if len(cells) != 4 or not all(cell.isdecimal() for cell in cells):
            raise ValueError(
                f"{path}, line {number}: must be four whole numbers (label, first "
                f"frame, last frame, parent); got {line!r:.60}"
            )
        rows.append([int(cell) for cell in cells])
    return np.array(rows, np.int64).reshape(-1, 4)


def join_pieces(
    rows: NDArray[np.int64],
) -> tuple[dict[int, int], dict[int, int]]:
    """Find the tracks that continue another one after a gap.

    Parameters
    ----------
    rows : ndarray of int64, shape (n, 4)

    Returns
    -------
    joined : dict of int to int
        From each such track to the first piece of the whole.
    parents : dict of int to int
        From each daughter to her mother, with the numbers of whole tracks.
    """
    end = {int(label): int(last) for label, _, last, _ in rows}
    children: dict[int, list[int]] = {}
    for label, _, _, parent in rows.tolist():
        children.setdefault(parent, []).append(label)
    joined: dict[int, int] = {}
    parents: dict[int, int] = {}
    for label, start, _, parent in sorted(rows.tolist(), key=lambda row: row[1]):
        if not parent or parent not in end:
            continue
        whole = joined.get(parent, parent)
        if len(children[parent]) == 1 and start > end[parent] + 1:
            joined[label] = whole
        else:
            parents[label] = whole
    return joined, parents


def check_tracks(
    path: Path, labels: NDArray[np.integer], rows: NDArray[np.int64]
) -> None:
    """Raise ValueError if the masks hold labels that the table of tracks lacks."""
    missing = set(np.unique(labels).tolist()) - {0, *rows[:, 0].tolist()}
    if missing:
        raise ValueError(
            f"{path} has no line for the label {min(missing)}, which is in the masks"
        )
