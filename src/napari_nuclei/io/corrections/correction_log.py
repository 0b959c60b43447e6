"""Files of corrections."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.core.correct.edit import Labels
from napari_nuclei.core.correct.log import Correction, CorrectionLog, replay
from napari_nuclei.io.atomic import write_atomic

FORMAT = "napari-nuclei corrections"
VERSION = 1

MAX_BYTES = 1_000_000_000
"""Size above which a file is not a log of corrections."""


@suggests_keywords
def write_corrections(log: CorrectionLog, path: str | os.PathLike[str]) -> None:
    """Write a log of corrections to a JSON file.

    Parameters
    ----------
    log : CorrectionLog
    path : path-like
        An existing file is replaced when the new one is complete.

    Raises
    ------
    OSError
        If the file cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> from pathlib import Path
    >>> from napari_nuclei import CorrectionLog
    >>> log = CorrectionLog(shape=(512, 512))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_corrections(log, Path(folder) / "corrections.json")
    ...     [one.name for one in Path(folder).iterdir()]
    ['corrections.json']
    """
    content = {
        "format": FORMAT,
        "version": VERSION,
        "shape": list(log.shape),
        "corrections": [correction_as_dict(correction) for correction in log],
    }
    write_atomic(Path(path), json.dumps(content).encode())


@suggests_keywords
def read_corrections(path: str | os.PathLike[str]) -> CorrectionLog:
    """Read a log of corrections from a JSON file.

    Parameters
    ----------
    path : path-like
        A file of "Save log…" in napari, or of `write_corrections`.

    Returns
    -------
    CorrectionLog
        `log.summary(labels)` gives the fraction of nuclei that had to be corrected.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it holds no corrections.

    Examples
    --------
    >>> import tempfile
    >>> from napari_nuclei import CorrectionLog, write_corrections
    >>> log = CorrectionLog(shape=(512, 512))
    >>> _ = log.accept([17, 18])
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_corrections(log, f"{folder}/corrections.json")
    ...     read_corrections(f"{folder}/corrections.json").corrections[0].touched
    (17, 18)
    """
    path = Path(path)
    if path.stat().st_size > MAX_BYTES:
        raise ValueError(f"{path} is too large for a log of corrections")
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        if content["format"] != FORMAT:
            raise ValueError
        version = int(content["version"])
        if version <= VERSION:
            shape = tuple(int(size) for size in content["shape"])
            entries = [correction_from_dict(entry) for entry in content["corrections"]]
            return CorrectionLog(shape, entries)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise ValueError(f"{path} is not a log of corrections") from None
    raise ValueError(
        f"{path} was written by a later version of napari-nuclei; update this one"
    )


@suggests_keywords
def replay_corrections(
    labels: Labels, corrections: CorrectionLog | str | os.PathLike[str]
) -> Labels:
    """Return labels after the corrections of a log, exactly as they were made.

    Parameters
    ----------
    labels : ndarray of int
        Labels before the corrections, such as those of the same model again; not
        modified.
    corrections : CorrectionLog or path-like

    Returns
    -------
    ndarray of int

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If it holds no corrections, or those of other labels.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from napari_nuclei import CorrectionLog, write_corrections
    >>> from napari_nuclei.core.correct.merge import merge
    >>> labels = np.array([[1, 1, 1, 0, 2, 2]])
    >>> log = CorrectionLog(labels.shape)
    >>> _ = log.add(merge(labels, [1, 2]))
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_corrections(log, f"{folder}/log.json")
    ...     replay_corrections(labels, f"{folder}/log.json").tolist()
    [[1, 1, 1, 1, 1, 1]]
    """
    if not isinstance(corrections, CorrectionLog):
        corrections = read_corrections(corrections)
    return replay(labels, corrections)


def correction_as_dict(correction: Correction) -> dict[str, Any]:
    """Return a correction as values that JSON holds."""
    return {
        "kind": correction.kind,
        "when": correction.when,
        "touched": list(correction.touched),
        "new": list(correction.new),
        "point": None if correction.point is None else list(correction.point),
        "arguments": dict(correction.arguments),
        "region": [list(side) for side in correction.region],
        "runs": correction.runs,
    }


def correction_from_dict(entry: Mapping[str, Any]) -> Correction:
    """Return a correction from values that JSON holds.

    Raises
    ------
    KeyError, TypeError, ValueError
        If the values are those of something else.
    """
    point = entry["point"]
    region = tuple((int(start), int(stop)) for start, stop in entry["region"])
    if any(not 0 <= start < stop for start, stop in region):
        raise ValueError("A window must not be empty")
    runs = [[int(value) for value in run] for run in entry["runs"]]
    if any(len(run) != 4 for run in runs):
        raise ValueError("A run has four numbers")
    return Correction(
        kind=str(entry["kind"]),
        when=str(entry["when"]),
        touched=tuple(int(number) for number in entry["touched"]),
        new=tuple(int(number) for number in entry["new"]),
        point=None if point is None else tuple(float(x) for x in point),
        arguments=dict(entry["arguments"]),
        region=region,
        runs=runs,
    )
