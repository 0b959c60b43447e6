"""How the results were made: settings, versions, model card, command and citation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from napari_nuclei import __version__
from napari_nuclei.config import SegmentConfig
from napari_nuclei.config.fields import update_names
from napari_nuclei.io.origin import SOFTWARE

SOURCE_URL = "https://github.com/napari-nuclei/napari-nuclei"

NOT_RECORDED = "not recorded; the results are of an earlier version"

Rows = list[tuple[str, str]]
"""Names and values of a table."""


def card_of(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the model card in a record; empty if there is none."""
    return as_dict(as_dict(record.get("model")).get("card"))


def as_dict(value: Any) -> dict[str, Any]:
    """Return a dictionary as it is, and an empty one for any other value."""
    return value if isinstance(value, dict) else {}


def model_name(record: Mapping[str, Any]) -> str:
    """Return name and version of the model, such as "nuclei 4"; empty if unknown."""
    card = card_of(record)
    return f"{card.get('name', '')} {card.get('version', '')}".strip()


def version_of(record: Mapping[str, Any]) -> str:
    """Return the version of this program that made the results; empty if unknown."""
    return str(record.get("version") or "")


def recorded_config(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of the segmentation, under their current names."""
    config = as_dict(as_dict(record.get("settings")).get("config"))
    return update_names(SegmentConfig, config)


def changed_settings(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings of the segmentation that differ from the defaults."""
    defaults = SegmentConfig()
    return {
        name: value
        for name, value in recorded_config(record).items()
        if value != getattr(defaults, name, None)
    }


def settings_rows(record: Mapping[str, Any]) -> Rows:
    """Return the settings of a run, with what was left at its default."""
    settings = as_dict(record.get("settings"))
    if not settings:
        return [("Settings", NOT_RECORDED)]
    rows = [
        (name.replace("_", " "), show(value))
        for name, value in settings.items()
        if not isinstance(value, dict)
    ]
    changed = changed_settings(record)
    for name, value in recorded_config(record).items():
        default = "" if name in changed else " (default)"
        rows.append((name.replace("_", " "), show(value) + default))
    for name, value in as_dict(settings.get("measurements")).items():
        if value not in (None, [], {}):
            rows.append((f"measure: {name.replace('_', ' ')}", show(value)))
    return rows


def version_rows(record: Mapping[str, Any]) -> Rows:
    """Return the versions of the programs that made the results."""
    if not record:
        return [(SOFTWARE, NOT_RECORDED)]
    rows = [
        (SOFTWARE, version_of(record)),
        ("Date of the run", show(record.get("date")).replace("T", " ")),
        ("Python", show(record.get("python"))),
        ("System", show(record.get("platform"))),
    ]
    packages = as_dict(record.get("packages"))
    rows += [(name, show(version)) for name, version in packages.items()]
    return [*rows, ("Report", f"{SOFTWARE} {__version__}")]


def model_rows(record: Mapping[str, Any]) -> Rows:
    """Return what identifies the model: name, version, purpose, licence and hashes."""
    card = card_of(record)
    if not card:
        return [("Model", NOT_RECORDED)]
    rows = [("Model", model_name(record))]
    for name in ("description", "licence"):
        if card.get(name):
            rows.append((name.capitalize(), show(card[name])))
    digest = as_dict(record.get("model")).get("card_sha256")
    rows.append(("SHA-256 of the card", show(digest)))
    hashes = as_dict(card.get("sha256"))
    rows += [(f"SHA-256 of {name}", show(value)) for name, value in hashes.items()]
    return rows


def show(value: Any) -> str:
    """Return a value as people write it.

    Examples
    --------
    >>> show(None), show(True), show(["labels", "csv"]), show(0.5)
    ('automatic', 'yes', 'labels, csv', '0.5')
    """
    if value is None:
        return "automatic"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, list):
        return ", ".join(map(show, value))
    if isinstance(value, dict):
        return "; ".join(f"{name}: {show(item)}" for name, item in value.items())
    return str(value)


def repeat_code(record: Mapping[str, Any]) -> str:
    """Return the command, or the Python code, that repeats a run; empty if unknown."""
    if record.get("command"):
        return str(record["command"])
    settings = as_dict(record.get("settings"))
    if not settings:
        return ""
    arguments = [repr(record.get("inputs")), repr(record.get("output"))]
    arguments.append(f"model={card_of(record).get('name', 'nuclei')!r}")
    for name, value in settings.items():
        # The settings hold the diameter that was measured in the first images.
        if name == "diameter_from_first":
            continue
        if value is not None and not isinstance(value, dict):
            arguments.append(f"{name}={value!r}")
    names = ["segment_files"]
    for title, keyword, values in (
        ("SegmentConfig", "config", changed_settings(record)),
        ("MeasureConfig", "measurements", as_dict(settings.get("measurements"))),
    ):
        inside = [f"{k}={v!r}" for k, v in values.items() if v not in (None, [], {})]
        if inside:
            names.append(title)
            arguments.append(f"{keyword}={title}({', '.join(inside)})")
    lines = ",\n    ".join(arguments)
    return (
        f"from napari_nuclei import {', '.join(sorted(names))}\n\n"
        f"segment_files(\n    {lines},\n)"
    )


def methods_sentence(record: Mapping[str, Any]) -> str:
    """Return a sentence for the methods section of a paper."""
    version = version_of(record)
    program = f"{SOFTWARE} {version}".strip()
    sentence = f"Nuclei were segmented with {program}"
    if model := model_name(record):
        digest = str(as_dict(record.get("model")).get("card_sha256") or "")
        sentence += f" (model {model}, model card SHA-256 {digest[:12]})"
    if not recorded_config(record):
        return sentence + "."
    changed = [
        f"{name.replace('_', ' ')} {show(value)}"
        for name, value in changed_settings(record).items()
    ]
    channel = as_dict(record.get("settings")).get("channel")
    if channel is not None:
        changed.insert(0, f"channel {channel}")
    settings = "; ".join(changed)
    return sentence + (f", with {settings}." if settings else ", at default settings.")


def citation(record: Mapping[str, Any]) -> str:
    """Return how to cite the program and the model."""
    version = version_of(record) or __version__
    text = f"The napari-nuclei developers. {SOFTWARE}, version {version} [software]. "
    text += SOURCE_URL
    model = model_name(record)
    return f"{text}. Model: {model}." if model else f"{text}."


def describe_own_limits(record: Mapping[str, Any]) -> str:
    """Return a warning if each image had limits of classes of its own; else empty."""
    measured = as_dict(as_dict(record.get("settings")).get("measurements"))
    threshold = measured.get("threshold")
    if not isinstance(threshold, list) or len(threshold) != 2 or threshold[1]:
        return ""
    return (
        f"Each image had a limit of {threshold[0]} of its own (Otsu's method), so "
        "shares of classes cannot be compared between images. Give one limit for all: "
        f"--threshold {threshold[0]}=LIMIT"
    )


def card_text(record: Mapping[str, Any]) -> str:
    """Return the whole model card as text; empty if it is not recorded."""
    card = card_of(record)
    return json.dumps(card, indent=1, ensure_ascii=False) if card else ""
