"""Show what the names of the files of a folder say, before a run; without Qt."""

from __future__ import annotations

import os
from collections.abc import Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from napari_nuclei.config.channel_names import is_nuclear_stain
from napari_nuclei.core.errors import format_error
from napari_nuclei.core.measure.counts import counted
from napari_nuclei.io.readers import is_image_name, open_image
from napari_nuclei.scale.files.name_pattern import JOINED, NamedFile, NamePattern
from napari_nuclei.scale.files.plate_contents import read_plate
from napari_nuclei.scale.files.run_plan import NO_PATTERN, sort_steps
from napari_nuclei.scale.files.usual_patterns import THUMBNAIL, recognise
from napari_nuclei.scale.inputs import RESULT_ENDINGS
from napari_nuclei.scale.tables.other_channels import name_channels
from napari_nuclei.widgets.folder.folder_request import PLATE_SUFFIX

EXAMPLES = 3
"""Number of names that are shown."""

MAX_FOLDERS = 50
"""Number of folders inside that are searched for images."""


@dataclass(frozen=True, slots=True)
class NamePreview:
    """What the names of the files of a folder say.

    Attributes
    ----------
    text : str
        A line on the folder, and a line for each example.
    pattern : str
        The pattern that the names fit; empty without one.
    channels : tuple of str
        Names of the channels that are joined; empty if there is one only.
    problem : str
        Why a run is not possible; empty if it is.
    """

    text: str
    pattern: str = ""
    channels: tuple[str, ...] = ()
    problem: str = ""

    @property
    def nuclear_channel(self) -> str:
        """The channel that is named by a stain of nuclei; empty if none is."""
        found = [name for name in self.channels if is_nuclear_stain(name)]
        return found[0] if len(found) == 1 else ""


def preview_names(folder: Path, pattern: str = "") -> NamePreview:
    """Return what the names of the images of a folder say.

    Parameters
    ----------
    folder : Path
    pattern : str
        A pattern of names, "none", or empty to recognise one.
    """
    if folder.suffix.lower() == PLATE_SUFFIX:
        return preview_plate(folder)
    try:
        names = list_image_names(folder)
    except OSError as error:
        return failed(f"{folder} cannot be read: {error.strerror or error}")
    if not names:
        return failed(f"{folder.name} holds no images.{hint_at_folders(folder)}")
    count = f"{len(names)} image files. "
    if pattern.strip().lower() == NO_PATTERN:
        return NamePreview(f"{count}Each is an image of its own.")
    if pattern.strip():
        try:
            used: NamePattern | None = NamePattern(pattern.strip())
        except ValueError as error:
            return failed(f"{error}.")
    else:
        used = recognise(names)
    if used is None:
        return NamePreview(
            f"{count}Each is an image of its own. If names hold well, field or "
            "channel, type a pattern such as {well}_s{field}_w{channel}."
        )
    return preview_pattern(names, used)


def preview_pattern(names: Sequence[str], pattern: NamePattern) -> NamePreview:
    """Return what names say by a pattern."""
    found: dict[str, NamedFile] = {}
    for name in names:
        named = pattern.match(name)
        if named is not None:
            found[name] = named
        elif THUMBNAIL not in name:
            return failed(f"{name} does not fit the pattern {pattern}.")
    channels = {
        match.values["channel"]: match.channel_name
        for match in found.values()
        if "channel" in match.values
    }
    joined = [channels[value] for value in sort_steps(channels)]
    images = {
        tuple(value for key, value in match.values.items() if key not in JOINED)
        for match in found.values()
    }
    text = f"{counted(len(found), 'image file')}, {counted(len(images), 'image')}"
    if len(joined) > 1:
        text += f" of {len(joined)} channels"
    lines = [
        f"{Path(name).stem}: {found[name].describe()}" for name in spread(list(found))
    ]
    return NamePreview(
        "\n".join([f"{text}.", *lines]),
        pattern.text,
        tuple(joined) if len(joined) > 1 else (),
    )


def preview_plate(path: Path) -> NamePreview:
    """Return what a plate in OME-Zarr holds."""
    try:
        contents = read_plate(path)
    except (OSError, ValueError, TypeError, ImportError) as error:
        return failed(f"{format_error(error)}.")
    return NamePreview(
        f"A plate of {counted(len(contents.wells), 'well')} and "
        f"{counted(len(contents.fields), 'field')}. "
        "The labels are added to the plate, one table to the results.",
        channels=channels_of_plate(path, contents.fields),
    )


def channels_of_plate(plate: Path, fields: Sequence[str]) -> tuple[str, ...]:
    """Return the names of the channels of a plate; empty if there is one only.

    They are those of the first field that can be read.
    """
    for field in fields:
        with suppress(OSError, ValueError), closing(open_image(plate / field)) as image:
            sizes = dict(zip(image.axes or "", image.pixels.shape, strict=False))
            count = sizes.get("C", 1)
            return tuple(name_channels(plate / field, count)) if count > 1 else ()
    return ()


def failed(problem: str) -> NamePreview:
    """Return a preview that says why a run is not possible."""
    return NamePreview(problem, problem=problem)


def list_image_names(folder: Path) -> list[str]:
    """Return the sorted names of the images in a folder, or in ``<id>/images/``.

    Files that are named like results are left out.
    """
    with os.scandir(folder) as entries:
        names = [
            entry.name
            for entry in entries
            if is_image_name(Path(entry.name))
            and not entry.name.endswith(RESULT_ENDINGS)
        ]
    if not names:
        names = [path.name for path in folder.glob("*/images/*") if is_image_name(path)]
    return sorted(names)


def hint_at_folders(folder: Path) -> str:
    """Return a sentence that names a folder inside with images; empty without one."""
    inside = sorted(path for path in folder.iterdir() if path.is_dir())
    for path in inside[:MAX_FOLDERS]:
        if any(is_image_name(file) for file in path.iterdir()):
            return f" Choose the folder inside that holds them, such as {path.name}."
    return ""


def spread(names: Sequence[str]) -> list[str]:
    """Return the first, the middle and the last name.

    Examples
    --------
    >>> spread(["a", "b", "c", "d", "e"]), spread(["a"])
    (['a', 'c', 'e'], ['a'])
    """
    last = len(names) - 1
    numbers = {round(last * step / (EXAMPLES - 1)) for step in range(EXAMPLES)}
    return [names[number] for number in sorted(numbers)]
