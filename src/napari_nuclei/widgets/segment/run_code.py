"""Write the record of a run as a command or as Python code that repeats it."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from napari_nuclei.cli.options import option_name
from napari_nuclei.config import SegmentConfig
from napari_nuclei.widgets.layers.image_source import INSIDE_SHAPES, WHOLE_IMAGE
from napari_nuclei.widgets.segment.old_settings import update_record

NO_PATH = "image.tif"
"""Placeholder for the path of an image that was not read from a file."""

PART_COMMENT = "# The run segmented a part of the image; this segments all of it."


def command_line(record: dict[str, Any]) -> str:
    """Return the command that repeats a run on the file of its image.

    Parameters
    ----------
    record : dict
        As returned by `run_record`.

    Returns
    -------
    str
        One line. If the run segmented a part of the image, which a command cannot
        repeat, a comment precedes it.
    """
    record = update_record(record)
    output = "labels.zarr" if record.get("on_disk") else "out"
    parts = ["napari-nuclei", "segment", record["path"] or NO_PATH, "-o", output]
    parts += words_of_run(record["model"], record["channel"], changed_settings(record))
    if record["pixel_size"] is not None:
        parts += ["--pixel-size", repr(record["pixel_size"])]
    if joins(record):
        parts += ["--z-spacing", repr(record["z_spacing"])]
    line = shlex.join(parts)
    return line if is_whole_image(record) else f"{PART_COMMENT}\n{line}"


def words_of_run(
    model: str, channel: int | str | None, settings: Mapping[str, Any]
) -> list[str]:
    """Return the options of `segment` for a model, a channel and settings.

    Parameters
    ----------
    model : str
    channel : int or str, optional
    settings : dict of str to object
        Fields of `SegmentConfig` that differ from their defaults.
    """
    parts = ["--model", model]
    if channel is not None:
        parts += ["--channel", str(channel)]
    for name, value in settings.items():
        option = option_name(name)
        if isinstance(value, bool):
            parts.append(option if value else option.replace("--", "--no-", 1))
        else:
            parts += [option, str(value)]
    return parts


def python_code(record: dict[str, Any]) -> str:
    """Return the Python code that repeats a run.

    Parameters
    ----------
    record : dict
        As returned by `run_record`.

    Returns
    -------
    str
        A script with public names only. It ends with the array `labels`, or for a
        large image with the result of `segment_large`.
    """
    record = update_record(record)
    return large_image_code(record) if record.get("on_disk") else image_code(record)


def image_code(record: dict[str, Any]) -> str:
    """Return the Python code that repeats a run in memory."""
    lines = [
        "from napari_nuclei import load_segmenter, read_image",
        "",
        f"image = read_image({record['path'] or NO_PATH!r}).pixels",
    ]
    if record["level"]:
        lines.append(f"# Use level {record['level']} of the multiscale image here.")
    if not is_whole_image(record):
        sides = ", ".join(f"{start}:{stop}" for start, stop in record["bounds"])
        lines.append(f"image = image[{sides}]")
    if record["region"] == INSIDE_SHAPES:
        lines.append("# The run left out nuclei with a centre outside the shapes.")
    lines.append(f"segmenter = load_segmenter({record['model']!r})")
    arguments = ["image", *image_arguments(record), *setting_arguments(record)]
    return join_lines([*lines, *format_call("labels = segmenter.segment", arguments)])


def large_image_code(record: dict[str, Any]) -> str:
    """Return the Python code that repeats a run on the file of a large image."""
    lines = ["from napari_nuclei import SegmentConfig, segment_large", ""]
    if not is_whole_image(record):
        lines.append(PART_COMMENT)
    settings = ", ".join(setting_arguments(record))
    arguments = [
        repr(record["path"] or NO_PATH),
        "'labels.zarr'",
        f"model={record['model']!r}",
        *image_arguments(record),
        f"config=SegmentConfig({settings})",
    ]
    return join_lines([*lines, *format_call("result = segment_large", arguments)])


def changed_settings(record: dict[str, Any]) -> dict[str, Any]:
    """Return the settings of a run that differ from the defaults, by name."""
    settings = record["settings"]
    return {
        item.name: settings[item.name]
        for item in fields(SegmentConfig)
        if item.name in settings and settings[item.name] != item.default
    }


def setting_arguments(record: dict[str, Any]) -> list[str]:
    """Return the changed settings of a run as keyword arguments."""
    return [f"{name}={value!r}" for name, value in changed_settings(record).items()]


def image_arguments(record: dict[str, Any]) -> list[str]:
    """Return the axes, channel and pixel size of an image as keyword arguments."""
    stated = [name for name in ("channel", "pixel_size") if record[name] is not None]
    stated += ["z_spacing"] if joins(record) else []
    return [f"{name}={record[name]!r}" for name in ("axes", *stated)]


def joins(record: dict[str, Any]) -> bool:
    """Return whether a run joined slices whose distance is stated."""
    joined = record["settings"].get("join", "none") != "none"
    return joined and record.get("z_spacing") is not None


def format_call(function: str, arguments: Sequence[str]) -> list[str]:
    """Return a call as lines, with one argument per line."""
    return [f"{function}(", *(f"    {argument}," for argument in arguments), ")"]


def join_lines(lines: Sequence[str]) -> str:
    """Return lines as a text that ends with a line break."""
    return "\n".join(lines) + "\n"


def is_whole_image(record: dict[str, Any]) -> bool:
    """Return whether a run segmented the whole image at full resolution."""
    return record["region"] == WHOLE_IMAGE and not record["level"]
