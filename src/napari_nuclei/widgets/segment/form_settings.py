"""The settings of the Segment form, saved from one session to the next.

napari 0.9 and later stores them and shows them in its preferences. For older versions
they are in a file of this package. In both, a setting without a value is saved as a
text such as "model", which its page in the preferences shows.
"""

from __future__ import annotations

import json
import logging
from contextlib import suppress
from pathlib import Path
from typing import Any

from platformdirs import user_config_path

from napari_nuclei.config import SegmentConfig
from napari_nuclei.config.fields import update_names
from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.model.user_models import get_preferred_model
from napari_nuclei.widgets.segment.old_settings import OLD_SECTION, convert_old

PLUGIN, SECTION = "napari-nuclei", "segmentation"

UNSET = {
    "model": "automatic",
    "probability": "model",
    "splitting": "model",
    "min_size": "model",
    "min_confidence": "model",
    "max_size": "no limit",
    "large_folder": "default folder",
}
"""Texts of settings that have no value; the defaults in the manifest."""

NUMBERS = ("probability", "splitting", "min_size", "max_size", "min_confidence")
"""Settings that are numbers, or not set."""

LOGGER = logging.getLogger("napari_nuclei")


def settings_file() -> Path:
    """Return the file of settings for versions before napari 0.9."""
    return user_config_path("napari-nuclei", appauthor=False) / "segment.json"


def plugin_section() -> Any | None:
    """Return napari's settings of this plugin, or None if it stores none.

    Values that an earlier version saved are converted first.
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
    # The first change makes napari write the file again, without the old values.
    old = as_texts(convert_old(read_yaml_section(settings.config_path, OLD_SECTION)))
    saved = read_yaml_section(settings.config_path, SECTION)
    current = update_names(SegmentConfig, saved)
    old |= {name: current[name] for name in current.keys() - saved.keys()}
    for name, value in old.items():
        with suppress(ValueError):  # a value that is not valid
            set_values(section, {name: value})
    return section


def read_yaml_section(file: Path | None, name: str) -> dict[str, Any]:
    """Return a section of napari's file of settings; empty if there is none.

    napari itself drops sections that the manifest does not list.
    """
    import yaml

    try:
        content = yaml.safe_load(file.read_text(encoding="utf-8")) if file else None
    except (OSError, ValueError, yaml.YAMLError):
        return {}
    section = content.get(name) if isinstance(content, dict) else None
    return section if isinstance(section, dict) else {}


def load_settings() -> dict[str, Any]:
    """Return the saved settings that are set."""
    section = plugin_section()
    if section is not None:
        return as_values(section.model_dump())
    try:
        saved = json.loads(settings_file().read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except (OSError, ValueError) as error:
        LOGGER.warning("Cannot read the settings of the last session: %s", error)
        return {}
    if not isinstance(saved, dict):
        return {}
    section = saved.get(SECTION)
    if isinstance(section, dict):
        return as_values(update_names(SegmentConfig, section))
    return convert_old(saved)


def save_settings(values: dict[str, Any]) -> None:
    """Save settings; only log a failure, because a run must not fail because of it.

    Parameters
    ----------
    values : dict
        By name; None, or an empty text, for a setting that is not set. The model that
        napari selects anyway is not saved, so that a better one replaces it.
    """
    if values.get("model") == get_preferred_model():
        values = values | {"model": None}
    texts, section = as_texts(values), plugin_section()
    try:
        if section is None:
            content = json.dumps({SECTION: texts}, indent=2) + "\n"
            write_atomic(settings_file(), content.encode())
        else:
            set_values(section, texts)
    except (OSError, ValueError) as error:
        LOGGER.warning("Cannot save the settings: %s", error)


def set_values(section: Any, values: dict[str, Any]) -> None:
    """Set the fields of a section that differ; napari saves each change."""
    for name, value in values.items():
        if name in type(section).model_fields and getattr(section, name) != value:
            setattr(section, name, value)


def as_texts(values: dict[str, Any]) -> dict[str, Any]:
    """Return settings as they are saved.

    Examples
    --------
    >>> as_texts({"probability": None, "min_size": 40.0, "correct": True})
    {'probability': 'model', 'min_size': '40', 'correct': True}
    """
    texts = dict(values)
    for name, unset in UNSET.items():
        value = texts.get(name, unset)
        if name not in texts:
            continue
        if value is None or value == "":
            texts[name] = unset
        else:
            texts[name] = f"{value:.10g}" if name in NUMBERS else str(value)
    return texts


def as_values(saved: dict[str, Any]) -> dict[str, Any]:
    """Return the saved settings that are set and valid.

    Examples
    --------
    >>> as_values({"probability": "model", "min_size": " 40 ", "correct": True})
    {'min_size': 40.0, 'correct': True}
    """
    values: dict[str, Any] = {}
    for name, value in saved.items():
        text = str(value).strip()
        if name in UNSET and text.lower() in ("", UNSET[name]):
            continue
        if name in NUMBERS:
            try:
                value = float(text)
            except ValueError:
                LOGGER.warning(
                    "The preference %s must be a number or %r; got %r",
                    name,
                    UNSET[name],
                    text,
                )
                continue
        values[name] = value
    return values
