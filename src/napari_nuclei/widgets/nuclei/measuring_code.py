"""Write the measuring of the dock as a command or as Python code."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from napari_nuclei.widgets.nuclei.live.matching_images import (
    column_names,
    offset_of_labels,
)
from napari_nuclei.widgets.segment.run_code import format_call, join_lines

if TYPE_CHECKING:
    import napari.layers

    from napari_nuclei.widgets.nuclei.table_session import TableSession

NO_LABELS, NO_IMAGE = "labels.tif", "{name}.tif"
"""Placeholders for the paths of layers that were not read from files."""

CROP_COMMENT = "# {name}: the labels cover a part of this image; crop it first."
SAVE_COMMENT = "# Save these layers first: {names}."


def command_line(session: TableSession) -> str:
    """Return the command that measures the same nuclei in the same images.

    Layers that were not read from files have placeholders for their paths, and a
    comment names them.
    """
    labels = session.labels_layer
    if labels is None:
        return ""
    parts = ["napari-nuclei", "measure", path_of(labels, NO_LABELS)]
    for name, image in named_images(session):
        parts += ["--image", f"{name}={path_of(image, NO_IMAGE.format(name=name))}"]
    if session.pixel_side is not None:
        parts += ["--pixel-size", f"{session.pixel_side:.6g}"]
    if session.settings.ring is not None:
        parts += ["--ring", ":".join(session.settings.ring)]
    if session.settings.stains:
        parts += ["--stains", *session.settings.stains]
    parts += ["-o", "nuclei.csv"]
    return "\n".join([*comments(session), shlex.join(parts)])


def python_code(session: TableSession) -> str:
    """Return the Python code that measures the same; it ends with a DataFrame."""
    labels = session.labels_layer
    if labels is None:
        return ""
    lines = ["from napari_nuclei import measure, read_image, read_labels", ""]
    lines += [*comments(session)]
    lines.append(f"labels = read_labels({path_of(labels, NO_LABELS)!r})")
    arguments = ["labels"]
    images = named_images(session)
    if images:
        lines.append("images = {")
        for name, image in images:
            path = path_of(image, NO_IMAGE.format(name=name))
            lines.append(f"    {name!r}: read_image({path!r}).pixels,")
        lines.append("}")
        arguments.append("images")
    else:
        lines[0] = "from napari_nuclei import measure, read_labels"
    request = session.live.request
    if request is not None:
        if request.pixel_size is not None:
            arguments.append(f"pixel_size={request.pixel_size!r}")
        if request.axes != "YX":
            arguments.append(f"axes={request.axes!r}")
    if session.settings.ring is not None:
        arguments.append(f"ring={session.settings.ring!r}")
    if session.settings.stains:
        arguments.append(f"stains={session.settings.stains!r}")
    return join_lines([*lines, *format_call("table = measure", arguments)])


def named_images(session: TableSession) -> list[tuple[str, napari.layers.Image]]:
    """Return the measured images with the names of their columns."""
    names = column_names(image.name for image in session.images)
    return list(zip(names, session.images, strict=True))


def path_of(layer: napari.layers.Layer, missing: str) -> str:
    """Return the path of the file of a layer, or a placeholder."""
    path = layer.source.path
    return missing if path is None else str(path)


def comments(session: TableSession) -> list[str]:
    """Return comments on layers that no file holds as they are."""
    labels = session.labels_layer
    if labels is None:
        return []
    layers = [labels, *session.images]
    unsaved = [layer.name for layer in layers if layer.source.path is None]
    found = [SAVE_COMMENT.format(names=", ".join(unsaved))] if unsaved else []
    for image in session.images:
        offset, shape = offset_of_labels(image, labels)
        request = session.live.request
        if request is not None and (any(offset) or shape != request.labels.shape):
            found.append(CROP_COMMENT.format(name=image.name))
    return found
