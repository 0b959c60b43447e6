"""Read settings and records of runs that earlier versions saved."""

from __future__ import annotations

from typing import Any

from napari_nuclei.config import SegmentConfig
from napari_nuclei.config.fields import update_names
from napari_nuclei.config.segment_config import LENGTH_PATTERN
from napari_nuclei.model.store import DEFAULT_MODEL

OLD_SECTION = "segment"
"""Section of these settings in napari's file."""

OLD_REGIONS = {
    "everything": "whole image",
    "this plane": "this slice",
    "this view": "visible part",
}
"""Values of the setting "region" when it was called "area"."""

OLD_KEYS = {
    "box": "bounds",
    "dropped": "left_out",
    "scale": "network_scale",
    "scope": "region",
    "stored": "on_disk",
}
"""Keys that a record had in earlier versions."""

OLD_THRESHOLDS = ("probability", "splitting", "min_size", "min_confidence")
"""Settings that were -1 if they had no value."""


def convert_old(saved: dict[str, Any]) -> dict[str, Any]:
    """Return settings of an earlier version under their present names.

    Some values had no meaning to the user who left them, and are dropped:

    - A diameter in pixels was saved with every run, and fits only that run's image.
    - The default model was saved with every run.
    - The page of the preferences showed -1 as 0 and saved 0. Of the sensitivity and
      the splitting, 0 is not a valid value, so it comes from there.

    Examples
    --------
    >>> convert_old({"area": "this plane", "probability": 0.7, "splitting": -1})
    {'probability': 0.7, 'region': 'this slice'}
    """
    values = update_names(SegmentConfig, saved)
    values.pop("area", None)
    old = saved.get("area")
    if isinstance(old, str) and old in OLD_REGIONS:
        values.setdefault("region", OLD_REGIONS[old])
    from_page = 0 in (saved.get("probability"), saved.get("splitting"))
    for name in OLD_THRESHOLDS:
        value = values.get(name)
        if not isinstance(value, int | float):
            values.pop(name, None)
        elif value < 0 or (value == 0 and from_page):
            del values[name]
    largest = number_or_drop(values.pop("max_size", None))
    if largest is not None:
        values["max_size"] = largest
    if values.get("model") == DEFAULT_MODEL:
        del values["model"]
    diameter = str(values.pop("diameter", ""))
    if LENGTH_PATTERN.match(diameter) or diameter == "native":
        values["diameter"] = diameter
    return values


def update_record(record: dict[str, Any]) -> dict[str, Any]:
    """Return a record with keys, settings and values of earlier versions renamed."""
    current = {OLD_KEYS.get(key, key): value for key, value in record.items()}
    region = current.get("region")
    current["region"] = OLD_REGIONS.get(str(region), region)
    if isinstance(current.get("settings"), dict):
        current["settings"] = update_names(SegmentConfig, current["settings"])
    return current


def number_or_drop(text: object) -> float | None:
    """Return a number that was saved as text; None if it is none."""
    try:
        return float(str(text))
    except ValueError:
        return None
