"""The settings and statistics of a run in blocks, so that a later run can continue."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

from napari_nuclei.core.intensity.preparation import Preparation
from napari_nuclei.core.plane_regions import ImageStatistics
from napari_nuclei.io.atomic import write_atomic


def load_run_state(folder: Path, settings: dict[str, Any]) -> ImageStatistics | None:
    """Return the statistics that an earlier run has saved; None if there was none.

    Raises
    ------
    ValueError
        If the earlier run had other settings.
    """
    path = folder / "run.json"
    if not path.exists():
        return None
    earlier = json.loads(path.read_text(encoding="utf-8"))
    now = json.loads(json.dumps(settings))
    changed = [key for key in now if earlier["settings"].get(key) != now[key]]
    if changed:
        raise ValueError(
            f"{folder} is from a run with another {', '.join(changed)}; remove it, or "
            "use the same settings to continue"
        )
    preparations = tuple(map(Preparation.from_dict, earlier["preparations"]))
    return ImageStatistics(preparations, Fraction(earlier["scale"]))


def save_run_state(
    folder: Path, settings: dict[str, Any], statistics: ImageStatistics
) -> None:
    """Save the settings and statistics of a run, so that a later run can continue."""
    content = {
        "settings": settings,
        "preparations": [one.as_dict() for one in statistics.preparations],
        "scale": str(statistics.scale),
    }
    write_atomic(folder / "run.json", json.dumps(content, indent=1).encode())
