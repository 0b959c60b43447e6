"""The settings of the Segment form, saved from one session to the next.

napari 0.9 and later stores them and shows them in its preferences. For older versions
they are in a file of this package.
"""

from __future__ import annotations

import json
import logging
import re
from pathlib import Path
from typing import Any

from platformdirs import user_config_path

from napari_nuclei.io.atomic import write_atomic

PLUGIN, SECTION = "napari-nuclei", "segment"

OLD_REGIONS = {
    "everything": "whole image",
    "this plane": "this slice",
    "this view": "visible part",
}
"""Values of the setting "region" when it was called "area"."""

LOGGER = logging.getLogger("napari_nuclei")


def settings_file() -> Path:
    """Return the file of settings for versions before napari 0.9."""
    return user_config_path("napari-nuclei", appauthor=False) / "segment.json"


def plugin_section() -> Any | None:
    """Return napari's settings of this plugin, or None if it stores none.

    A region that an earlier version saved as "area" is set first.
    """
    try:
        from napari.settings import get_plugin_settings
    except ImportError:  # napari before 0.9
        return None
    try:
        settings = get_plugin_settings(PLUGIN)
        section = getattr(settings, SECTION)
    except (AttributeError, KeyError):  # an npe2 that does not read our section
        return None
    region = read_old_region(settings.config_path)
    if region is not None and region != section.region:
        section.region = region  # napari writes the file again, without "area"
    return section


def read_old_region(file: Path | None) -> str | None:
    """Return the region from the former "area" in napari's file of settings.

    napari drops "area" as it reads the file, because the manifest does not list it.
    """
    try:
        text = file.read_text(encoding="utf-8") if file else ""
    except (OSError, ValueError):
        return None
    found = re.search(rf"^ +area: *['\"]?({'|'.join(OLD_REGIONS)})['\"]?$", text, re.M)
    return OLD_REGIONS[found[1]] if found else None


def rename_area(saved: dict[str, Any]) -> dict[str, Any]:
    """Return saved settings with the former "area" as "region".

    Examples
    --------
    >>> rename_area({"area": "this plane"})
    {'region': 'this slice'}
    """
    renamed = {name: value for name, value in saved.items() if name != "area"}
    old = saved.get("area")
    if "region" not in renamed and isinstance(old, str) and old in OLD_REGIONS:
        renamed["region"] = OLD_REGIONS[old]
    return renamed


def load_settings() -> dict[str, Any]:
    """Return the saved settings; empty if there are none."""
    section = plugin_section()
    if section is not None:
        return dict(section.model_dump())
    try:
        saved = json.loads(settings_file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        LOGGER.warning("Cannot read the settings of the last session: %s", error)
        return {}
    return rename_area(saved) if isinstance(saved, dict) else {}


def save_settings(values: dict[str, Any]) -> None:
    """Save settings; only log a failure, because a run must not fail because of it."""
    section = plugin_section()
    try:
        if section is None:
            text = json.dumps(values, indent=2) + "\n"
            write_atomic(settings_file(), text.encode())
            return
        for name, value in values.items():
            if name in type(section).model_fields and getattr(section, name) != value:
                setattr(section, name, value)
    except (OSError, ValueError) as error:
        LOGGER.warning("Cannot save the settings: %s", error)
