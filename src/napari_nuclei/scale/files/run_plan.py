"""Plan a run: which files form an image, and where its results go."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from napari_nuclei.config.channel_names import (
    find_channel,
    list_channels,
    no_channel,
    stained_channel,
)
from napari_nuclei.config.channels import COLOURS, channel_number
from napari_nuclei.io.microscopes.plugins import is_microscope_name
from napari_nuclei.io.microscopes.scenes import Scene, add_scene, check_scene
from napari_nuclei.io.readers import MICROSCOPE, find_file_reader
from napari_nuclei.scale.files.image_set import ImageSet, Index
from napari_nuclei.scale.files.name_pattern import JOINED, NamedFile, NamePattern
from napari_nuclei.scale.files.usual_patterns import THUMBNAIL, recognise
from napari_nuclei.scale.inputs import FileToSegment, output_stems, plan_files

AUTOMATIC: str = "auto"
"""Stands for the pattern of a usual microscope, if there is one."""

NO_PATTERN: str = "none"
"""Stands for no pattern."""

Channel = int | str | None

FileWithName = tuple[FileToSegment, NamedFile]
"""A file, and what its name says."""


@dataclass(frozen=True, slots=True)
class RunPlan:
    """The images of a run.

    Attributes
    ----------
    items : tuple of FileToSegment
    channel : int or str, optional
        The channel to segment.
    note : str
        How the names of the files are read, and the diameter if it was measured in the
        first images, a line each; empty if neither.
    """

    items: tuple[FileToSegment, ...]
    channel: Channel = None
    note: str = ""

    @property
    def channel_names(self) -> tuple[str, ...]:
        """Names of the channels that the names of the files state."""
        sets = [item.image_set for item in self.items if item.image_set is not None]
        return sets[0].channel_names if sets else ()


def plan_run(
    inputs: Sequence[str | Path],
    output: Path | None,
    pattern: str = AUTOMATIC,
    channel: Channel = None,
    scene: Scene = None,
) -> RunPlan:
    """Return the images of inputs, each with the folder or file of its results.

    Parameters
    ----------
    inputs : sequence of path-like
        As for `segment_files`.
    output : Path, optional
    pattern : str
        A pattern of names (`NamePattern`); "auto" recognises those of usual
        microscopes, "none": each file is an image.
    channel : int or str, optional
        The channel to segment: its number from 0, or its name in the names of files.
    scene : int or str, optional
        The scene to segment; names of results have it after that of the file.

    Raises
    ------
    OSError, ValueError
        If there is no image, a name does not fit the pattern, several channels are
        joined and none is chosen, or a scene is chosen and no file has scenes.
    """
    items = plan_files(inputs, output)
    if scene is not None and not any(has_scenes(item.path) for item in items):
        check_scene(items[0].path, scene, has_scenes=False)
    names = [item.path.name for item in items]
    if pattern == NO_PATTERN:
        used = None
    elif pattern == AUTOMATIC:
        used = recognise(names)
    else:
        used = NamePattern(pattern)
    if used is None:
        if isinstance(channel, str) and not any(map(is_microscope_name, names)):
            channel_number(channel)
        return name_by_scene(RunPlan(tuple(items), channel), scene)
    named: list[FileWithName] = []
    left_out = 0
    for item in items:
        named_file = used.match(item.path.name)
        if named_file is not None:
            named.append((item, named_file))
        elif THUMBNAIL in item.path.name:
            left_out += 1
        else:
            raise ValueError(
                f"{item.path.name} does not fit the pattern {used}. Correct --pattern, "
                f"or take each file for an image with --pattern {NO_PATTERN}"
            )
    if not named:
        raise ValueError(f"No file fits the pattern {used}")
    return name_by_scene(join_files(used, named, channel, left_out), scene)


def has_scenes(path: Path) -> bool:
    """Return whether a file is of a format that can hold scenes."""
    return path.is_file() and find_file_reader(path) is MICROSCOPE


def name_by_scene(plan: RunPlan, scene: Scene) -> RunPlan:
    """Return a plan whose results are named by the scene too."""
    items = [replace(item, stem=add_scene(item.stem, scene)) for item in plan.items]
    return replace(plan, items=tuple(items))


def join_files(
    pattern: NamePattern,
    named: Sequence[FileWithName],
    channel: Channel,
    left_out: int = 0,
) -> RunPlan:
    """Return the plan of a run whose files have names of a pattern.

    Parameters
    ----------
    pattern : NamePattern
    named : sequence of (FileToSegment, NamedFile)
        The files, and what their names say.
    channel : int or str, optional
        The channel to segment: its number from 0, or its name.
    left_out : int
        Number of files that are not images of the run.

    Raises
    ------
    ValueError
        If several channels are joined and none is chosen, or there is no such channel.
    """
    names = {
        named_file.values.get("channel", ""): named_file.channel_name
        for _, named_file in named
    }
    channel_values = tuple(sort_steps(names))
    channel_names = tuple(names[value] for value in channel_values if value)
    several_channels = len(channel_values) > 1
    value_of_nuclei = ""
    if several_channels:
        channel = choose_channel(pattern, channel_names, channel)
        value_of_nuclei = channel_values[channel]
    elif isinstance(channel, str) and channel not in COLOURS:
        if find_channel(channel_names, channel) is None:
            raise no_channel(channel, channel_names)
        channel = None  # the only one
    joins = not {*pattern.words}.isdisjoint(JOINED)
    items = []
    for files in group_by_image(named):
        image_set = make_image_set(files, channel_values, channel_names)
        item, _ = min(files, key=lambda entry: order_of(entry[1], value_of_nuclei))
        stem = image_set.name if joins else item.stem
        items.append(replace(item, image_set=image_set, stem=stem))
    item, example = named[-1] if several_channels else named[0]
    words = ", ".join(pattern.words)
    note = f"Names are read as {words}: {item.path.name} = {example.describe()}"
    if several_channels:
        number = int(channel or 0)
        others = [name for name in channel_names if name != channel_names[number]]
        note += (
            f". Nuclei: channel {number} ({channel_names[number]}); tables measure "
            f"{', '.join(others)} too"
        )
    if left_out:
        note += f". {left_out} thumbnails are left out"
    return RunPlan(tuple(with_unique_stems(items)), channel, note)


def group_by_image(named: Sequence[FileWithName]) -> list[list[FileWithName]]:
    """Return the files of each image: names differ only in slice, frame or channel."""
    groups: dict[tuple[str, ...], list[FileWithName]] = {}
    for item, named_file in named:
        values = named_file.values
        texts = [text.casefold() for word, text in values.items() if word not in JOINED]
        groups.setdefault((str(item.path.parent), *texts), []).append(
            (item, named_file)
        )
    return list(groups.values())


def make_image_set(
    group: Sequence[FileWithName],
    channels: tuple[str, ...],
    channel_names: tuple[str, ...],
) -> ImageSet:
    """Return the files of one image.

    Raises
    ------
    ValueError
        If two files have the same channel, slice and frame.
    """
    files: dict[Index, Path] = {}
    for item, named_file in group:
        index = index_of(named_file)
        if index in files:
            raise ValueError(
                f"{files[index].name} and {item.path.name} have the same place in one "
                "image. Give a --pattern that tells them apart"
            )
        files[index] = item.path
    steps = tuple(tuple(sort_steps(key[n] for key in files)) for n in range(2))
    named_file = group[0][1]
    return ImageSet(
        named_file.stem,
        files,
        (steps[0], steps[1], channels),
        channel_names,
        named_file.position,
    )


def index_of(named_file: NamedFile) -> Index:
    """Return the texts of t, z and channel of a name."""
    t, z, channel = (named_file.values.get(word, "") for word in JOINED)
    return t, z, channel


def order_of(named_file: NamedFile, channel: str) -> tuple[object, ...]:
    """Return the key by which the file of the nuclei comes first."""
    t, z, own_channel = index_of(named_file)
    differs = own_channel != channel
    return differs, step_key(own_channel), step_key(t), step_key(z)


def step_key(text: str) -> tuple[int, int, str]:
    """Return the key by which steps are sorted: by number, then by text."""
    return (0, int(text), text) if text.isdecimal() else (1, 0, text.casefold())


def sort_steps(texts: Iterable[str]) -> list[str]:
    """Return the steps of an axis in their order, each once.

    Examples
    --------
    >>> sort_steps(["10", "2", "2", "DAPI"])
    ['2', '10', 'DAPI']
    """
    return sorted(dict.fromkeys(texts), key=step_key)


def choose_channel(pattern: NamePattern, names: Sequence[str], channel: Channel) -> int:
    """Return the number of the channel of the nuclei among joined channels.

    Raises
    ------
    ValueError
        If none is chosen and no name is that of a stain of nuclei, or there is no such
        channel.
    """
    if channel is None:
        stained = stained_channel(names)
        if stained is not None:
            return stained
        raise ValueError(
            f"Files of {len(names)} channels are joined by the pattern {pattern}. "
            f"Choose the channel of the nuclei with --channel: {list_channels(names)}; "
            f"or take each file for an image with --pattern {NO_PATTERN}"
        )
    number = channel if isinstance(channel, int) else find_channel(names, channel)
    if number is None or not 0 <= number < len(names):
        raise no_channel(channel, names)
    return number


def with_unique_stems(items: Sequence[FileToSegment]) -> list[FileToSegment]:
    """Return images whose results have different names in each folder."""
    renamed = {}
    for folder in dict.fromkeys(item.destination for item in items):
        of_folder = [item for item in items if item.destination == folder]
        paths = [
            item.path.with_name(item.stem + item.path.suffix) for item in of_folder
        ]
        for item, stem in zip(of_folder, output_stems(paths), strict=True):
            renamed[item.path] = replace(item, stem=stem)
    return [renamed[item.path] for item in items]
