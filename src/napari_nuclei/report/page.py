"""Fill the page of a report with results."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_nuclei.io.origin import SIGNATURE
from napari_nuclei.report.controls import unit_of, z_prime_rows
from napari_nuclei.report.provenance import (
    card_text,
    citation,
    methods_sentence,
    model_name,
    model_rows,
    repeat_code,
    settings_rows,
    version_rows,
)
from napari_nuclei.report.report_columns import Column, describe_columns
from napari_nuclei.report.report_results import ReportImage, Results
from napari_nuclei.report.report_summary import count_phrase, summarize
from napari_nuclei.report.z_prime import SOURCE

if TYPE_CHECKING:
    from jinja2 import Template

GENERATOR = SIGNATURE
"""Name of this program in a report; a file with it may be replaced."""

MAX_PROBLEMS = 300
"""Largest number of images in the table of problems."""

DIGITS = 6
"""Significant digits of the numbers in a page."""


def load_template() -> Template:
    """Return the page, which escapes what is filled in."""
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("napari_nuclei.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    return environment.get_template("report.html")


def write_page(
    results: Results,
    path: Path,
    *,
    conditions: Sequence[str] = (),
    controls: Sequence[str] = (),
    title: str = "",
) -> None:
    """Write the page of a report to a file, piece by piece.

    Parameters
    ----------
    results : Results
        With the pictures of its images.
    path : Path
    conditions : sequence of str
        In the order in which they are shown.
    controls : sequence of str
        The conditions of the positive and of the negative control, or none.
    title : str
        By default the name of the folder of the images.
    """
    content = page_content(results, conditions, controls, title)
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as f:
        for piece in load_template().generate(**content):
            f.write(piece)


def page_content(
    results: Results,
    conditions: Sequence[str],
    controls: Sequence[str],
    title: str = "",
) -> dict[str, Any]:
    """Return what the template shows, by the names that it uses."""
    from markupsafe import Markup

    columns = describe_columns(results.column_names())
    style, script = read_part("report.css"), read_part("report.js")
    problems = [i for i in results.images if i.failed or i.flags or i.notes]
    problems.sort(key=lambda image: (not image.failed, not image.flags))
    record = results.record
    return {
        "title": printable(title or default_title(results)),
        "subtitle": subtitle(results),
        "generator": GENERATOR,
        "date": datetime.now(UTC).astimezone().strftime("%Y-%m-%d %H:%M"),
        # The files are this package's own, so they are not escaped.
        "style": Markup(style),
        "script": Markup(script),
        "style_hash": content_hash(style),
        "script_hash": content_hash(script),
        "data": Markup(embed_json(page_data(results, columns, conditions, controls))),
        "tiles": summarize(results),
        "remarks": list(map(printable, results.remarks)),
        "flags": list(results.count_flags().items()),
        "done": len(results.done),
        "plate": results.plate is not None,
        "conditions": list(conditions),
        "controls": list(controls),
        "unit": unit_of(results),
        "z_primes": z_prime_rows(results, columns, controls),
        "z_source": SOURCE,
        "images": list(map(card_content, results.images)),
        "problems": list(map(card_content, problems[:MAX_PROBLEMS])),
        "problems_left": max(0, len(problems) - MAX_PROBLEMS),
        "methods_sentence": methods_sentence(record),
        "citation": citation(record),
        "repeat": printable(repeat_code(record)),
        "repeat_folder": printable(str(record.get("folder") or "")),
        "tables": [
            {"title": "Settings", "rows": settings_rows(record)},
            {"title": "Model", "rows": model_rows(record)},
            {"title": "Versions", "rows": version_rows(record)},
        ],
        "card": card_text(record),
    }


def read_part(name: str) -> str:
    """Return a file of the folder of templates, without a newline at its end."""
    text = files("napari_nuclei.report").joinpath("templates", name)
    return text.read_text(encoding="utf-8").strip().replace("\r\n", "\n")


def content_hash(text: str) -> str:
    """Return the hash by which a Content-Security-Policy allows a script or style."""
    digest = hashlib.sha256(text.encode()).digest()
    return "sha256-" + base64.b64encode(digest).decode()


def embed_json(value: Any) -> str:
    """Return a value as JSON that cannot end the script element which holds it."""
    text = json.dumps(value, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    for character in "<>&":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def printable(text: str) -> str:
    """Return text without bytes that are not characters, as names of files may have."""
    return text.encode("utf-8", "backslashreplace").decode()


def default_title(results: Results) -> str:
    """Return the name of the folder of images that was segmented, or of the results."""
    inputs = results.record.get("inputs")
    if isinstance(inputs, list) and len(inputs) == 1:
        name = Path(str(results.record.get("folder") or "."), str(inputs[0])).name
        if name and "*" not in name:
            return name
    return results.folder.resolve().name or str(results.folder)


def subtitle(results: Results) -> str:
    """Return the line below the title: date of the run, model and folder."""
    record = results.record
    date = str(record.get("date") or "")[:16].replace("T", " ")
    model = model_name(record)
    parts = [f"segmented {date}" if date else "", f"model {model}" if model else ""]
    parts.append(printable(str(results.folder.resolve())))
    return " · ".join(part for part in parts if part)


def card_content(image: ReportImage) -> dict[str, Any]:
    """Return what the template shows of an image."""
    return {
        "name": printable(image.name),
        "file": printable(image.file),
        "failed": image.failed,
        "count": "" if image.failed else count_phrase(image.values),
        "well": image.well,
        "condition": image.condition,
        "flags": image.flags,
        "notes": [printable(note).removesuffix(".") for note in image.notes],
        "reason": printable(image.reason),
        "picture": image.picture,
        "picture_note": image.picture_note,
    }


def page_data(
    results: Results,
    columns: Sequence[Column],
    conditions: Sequence[str],
    controls: Sequence[str],
) -> dict[str, Any]:
    """Return what the script of the page works on; its values fit JSON."""
    plate = results.plate
    return {
        "columns": [
            {"name": column.name, "label": column.label, "percent": column.percent}
            for column in columns
        ],
        "images": [image_data(image, columns) for image in results.images],
        "plate": plate and {"rows": plate.rows, "columns": plate.columns},
        "conditions": list(conditions),
        "controls": list(controls),
        "histograms": results.histograms,
        "nuclei": results.nuclei_counts,
    }


def image_data(image: ReportImage, columns: Sequence[Column]) -> dict[str, Any]:
    """Return what the script of the page needs of an image."""
    content = card_content(image)
    for name in ("picture", "picture_note", "failed"):
        del content[name]
    values = [round_digits(image.values.get(column.name)) for column in columns]
    return content | {
        "status": image.status,
        "failed": image.failed,
        "left_out": image.left_out,
        "flags": list(image.flags),
        "values": values,
    }


def round_digits(value: float | None) -> float | int | None:
    """Return a number with `DIGITS` digits, whole ones as integers; None if unknown."""
    if value is None or not math.isfinite(value):
        return None
    if value == int(value) and abs(value) < 10**15:
        return int(value)
    return float(f"{value:.{DIGITS}g}")
