"""The settings of a form, kept from one session to the next.

Where the installed napari keeps settings for plugins they lie there, and its
preferences show them; elsewhere in a file of this package.
"""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

from platformdirs import user_config_path

from napari_nuclei.io.atomic import write_atomic

PLUGIN, SECTION = "napari-nuclei", "segment"

LOGGER = logging.getLogger("napari_nuclei")


def settings_file() -> Path:
    """Return the file of settings for a napari that keeps none for plugins."""
    return user_config_path("napari-nuclei", appauthor=False) / "segment.json"


def plugin_section() -> Any | None:
    """Return napari's settings of this plugin, or None where it keeps none."""
    try:
        from napari.settings import get_plugin_settings
    except ImportError:  # napari before 0.9
        return None
    try:
        return getattr(get_plugin_settings(PLUGIN), SECTION)
    except (AttributeError, KeyError):  # an older npe2 does not read our section
        return None


def load_settings() -> dict[str, Any]:
    """Return the settings that were kept; empty where there are none."""
    section = plugin_section()
    if section is not None:
        return dict(section.model_dump())
    try:
        kept = json.loads(settings_file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        LOGGER.warning("the settings of the last session cannot be read: %s", error)
        return {}
    return kept if isinstance(kept, dict) else {}


def save_settings(values: dict[str, Any]) -> None:
    """Keep settings; a failure is logged, for a run must not fail for it."""
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
        LOGGER.warning("the settings cannot be kept: %s", error)
