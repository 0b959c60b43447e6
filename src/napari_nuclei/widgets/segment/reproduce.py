"""The record of a run as a command line and as Python that repeat it."""

from __future__ import annotations

import shlex
from dataclasses import fields
from typing import Any

from napari_nuclei.config import SegmentConfig
from napari_nuclei.widgets.layers.image_source import WHOLE_IMAGE

NO_PATH = "image.tif"
"""Stands for the file of an image that was not read from one."""


def changed_settings(record: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a run that are not the defaults, by name."""
    settings = record["settings"]
    return {
        item.name: settings[item.name]
        for item in fields(SegmentConfig)
        if item.name in settings and settings[item.name] != item.default
    }


def command_line(record: dict[str, Any]) -> str:
    """Return the command that repeats a run on the image's file.

    Parameters
    ----------
    record : dict
        As of `napari_nuclei.widgets.segment.layer_data.record`.

    Returns
    -------
    str
        One line; a comment in front of it says what a command cannot repeat.
    """
    out = "labels.zarr" if record.get("stored") else "out"
    parts = ["napari-nuclei", "segment", record["path"] or NO_PATH, "-o", out]
    parts += ["--model", record["model"]]
    if record["channel"] is not None:
        parts += ["--channel", str(record["channel"])]
    if record["pixel_size"] is not None:
        parts += ["--pixel-size", repr(record["pixel_size"])]
    for name, value in changed_settings(record).items():
        flag = "--" + name.replace("_", "-")
        if value is True:
            parts.append(flag)
        else:
            parts += [flag, str(value)]
    line = shlex.join(parts)
    if not is_whole_image(record):
        line = f"# The run took a part of the image; this takes all of it.\n{line}"
    return line


def python_code(record: dict[str, Any]) -> str:
    """Return the Python that repeats a run.

    Parameters
    ----------
    record : dict
        As of `napari_nuclei.widgets.segment.layer_data.record`.

    Returns
    -------
    str
        A script that ends with the array `labels`, or for a large image with the
        labels on disk.
    """
    if record.get("stored"):
        return large_code(record)
    call = [f"axes={record['axes']!r}"]
    for name in ("channel", "pixel_size"):
        if record[name] is not None:
            call.append(f"{name}={record[name]!r}")
    call += [f"{name}={value!r}" for name, value in changed_settings(record).items()]
    lines = [
        "from napari_nuclei import load_segmenter",
        "from napari_nuclei.io.image_files import read_image",
        "",
        f"image = read_image({record['path'] or NO_PATH!r}).pixels",
    ]
    if record["level"]:
        lines.append(f"# of a multiscale image, level {record['level']}")
    if not is_whole_image(record):
        places = ", ".join(f"{low}:{high}" for low, high in record["box"])
        lines.append(f"image = image[{places}]")
    lines += [
        f"segmenter = load_segmenter({record['model']!r})",
        "labels = segmenter.segment(",
        "    image,",
        *(f"    {argument}," for argument in call),
        ")",
    ]
    return "\n".join(lines) + "\n"


def large_code(record: dict[str, Any]) -> str:
    """Return the Python that repeats a run on a large image's file."""
    call = [repr(record["path"] or NO_PATH), "'labels.zarr'"]
    call += [f"model={record['model']!r}", f"axes={record['axes']!r}"]
    for name in ("channel", "pixel_size"):
        if record[name] is not None:
            call.append(f"{name}={record[name]!r}")
    settings = [f"{name}={value!r}" for name, value in changed_settings(record).items()]
    call.append(f"config=SegmentConfig({', '.join(settings)})")
    lines = ["from napari_nuclei import SegmentConfig, segment_large", ""]
    if not is_whole_image(record):
        lines.append("# The run took a part of the image; this takes all of it.")
    lines += ["result = segment_large(", *(f"    {part}," for part in call), ")"]
    return "\n".join(lines) + "\n"


def is_whole_image(record: dict[str, Any]) -> bool:
    """Tell whether a run took its image whole and at full resolution."""
    return record["scope"] == WHOLE_IMAGE and not record["level"]
