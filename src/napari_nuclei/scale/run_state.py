"""The settings and statistics of a run in blocks, so that a later run can continue."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import Any

from napari_nuclei.core.intensity.preparation import Preparation
from napari_nuclei.core.plane_regions import ImageStatistics
from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.io.checks.source_identity import (
    HiddenChangeError,
    SourceChangedError,
)
from napari_nuclei.scale.destination import remove_folder

RUN_FILE = "run.json"


@contextmanager
def explain_source_change(folder: Path) -> Iterator[None]:
    """Say what to do if the image changes while its blocks are in a folder.

    If nobody can say which blocks were read before the change, the folder is removed.

    Parameters
    ----------
    folder : Path
        Folder of the blocks' files.

    Raises
    ------
    SourceChangedError
    """
    try:
        yield
    except HiddenChangeError as error:
        remove_folder(folder)
        raise SourceChangedError(
            f"{error}, which was not seen until the end. The blocks may mix the old "
            "and the new image and were removed: run the same command again"
        ) from error
    except SourceChangedError as error:
        raise SourceChangedError(
            f"{error}. Finished blocks are in {folder}: to continue, restore the image "
            "and run the same command again; else remove that folder"
        ) from error


def load_run_state(
    folder: Path, settings: dict[str, Any], planes: int
) -> ImageStatistics | None:
    """Return the statistics that an earlier run has saved.

    Parameters
    ----------
    folder : Path
        Folder of the blocks' files.
    settings : dict of str to object
    planes : int
        Number of planes of the image.

    Returns
    -------
    ImageStatistics or None
        None if there is no file, or a power loss or another program has damaged it.

    Raises
    ------
    OSError
        If the file cannot be read.
    ValueError
        If the earlier run had other settings.
    """
    path = folder / RUN_FILE
    if not path.exists():
        return None
    try:
        earlier = json.loads(path.read_bytes())
        preparations = tuple(map(Preparation.from_dict, earlier["preparations"]))
        statistics = ImageStatistics(preparations, Fraction(earlier["scale"]))
        saved = dict(earlier["settings"])
        if len(preparations) != planes or not statistics.scale > 0:
            return None
        again = [preparation.as_dict() for preparation in preparations]
        if json.loads(json.dumps(again)) != earlier["preparations"]:
            return None
    except (ValueError, TypeError, LookupError, AttributeError, ArithmeticError):
        return None
    except RecursionError:
        return None
    now = json.loads(json.dumps(settings))
    changed = [key for key in now if saved.get(key) != now[key]]
    if changed:
        raise ValueError(
            f"{folder} is from a run with another {', '.join(changed)}; remove it, or "
            "use the same settings to continue"
        )
    return statistics


def save_run_state(
    folder: Path, settings: dict[str, Any], statistics: ImageStatistics
) -> None:
    """Save the settings and statistics of a run, so that a later run can continue."""
    content = {
        "settings": settings,
        "preparations": [
            preparation.as_dict() for preparation in statistics.preparations
        ],
        "scale": str(statistics.scale),
    }
    write_atomic(folder / RUN_FILE, json.dumps(content, indent=1).encode())


def begin_run(
    folder: Path, settings: dict[str, Any], statistics: ImageStatistics
) -> None:
    """Save the state of a new run; remove blocks of which the settings are unknown."""
    for block in folder.glob("*.npz"):
        block.unlink()
    save_run_state(folder, settings, statistics)
