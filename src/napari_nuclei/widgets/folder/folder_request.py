"""What the dock "Folder or plate" was asked to do; without Qt."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from napari_nuclei.cli.profiles.profile_file import Setting

PLATE_SUFFIX = ".zarr"


@dataclass(frozen=True, slots=True)
class FolderRequest:
    """The settings of the dock at the time when Run was pressed.

    Attributes
    ----------
    source : Path
        A folder of images, or a plate in OME-Zarr.
    output : Path, optional
        Folder for the results; None for the usual one.
    settings : dict of str to setting
        Of a profile, or of the Segment dock.
    settings_name : str
        Where they come from, for messages.
    pattern : str
        Pattern of names; empty to recognise it.
    channel : str
        Channel of the nuclei; empty to take that of the settings.
    table : bool
        Whether to write tables of the nuclei.
    workers : int
        Images at the same time; 0 for the usual number.
    """

    source: Path
    output: Path | None
    settings: Mapping[str, Setting]
    settings_name: str = "The settings"
    pattern: str = ""
    channel: str = ""
    table: bool = True
    workers: int = 0

    @property
    def is_plate(self) -> bool:
        """Whether the source is a plate in OME-Zarr."""
        return self.source.suffix.lower() == PLATE_SUFFIX

    @property
    def results_folder(self) -> Path:
        """Folder of the results."""
        return self.output or default_output(self.source)

    def arguments(self) -> argparse.Namespace:
        """Return the arguments of the command `segment` that does the same.

        Raises
        ------
        ValueError
            If a setting is unknown or not valid.
        """
        from napari_nuclei.cli import segment_command
        from napari_nuclei.cli.profiles.profile_options import (
            check_settings,
            make_settings_parser,
            words_of_settings,
        )

        parser = make_settings_parser(segment_command.add_command, self.settings_name)
        check_settings(parser, self.settings, self.settings_name)
        changes: dict[str, Setting] = {"output": str(self.results_folder)}
        if self.is_plate:
            changes["into_image"] = True
        if self.pattern:
            changes["pattern"] = self.pattern
        if self.channel:
            changes["channel"] = self.channel
        if self.workers:
            changes["workers"] = self.workers
        if self.table:
            changes["table"] = True
        settings = {**self.settings, **changes}
        words = words_of_settings(parser, settings, self.settings_name)
        return parser.parse_args([*words, "--", str(self.source)])


def default_output(source: Path) -> Path:
    """Return the folder of the results if none is chosen.

    Examples
    --------
    >>> default_output(Path("data/plate 1")).as_posix()
    'data/plate 1_nuclei'
    >>> default_output(Path("data/plate.zarr")).as_posix()
    'data/plate_nuclei'
    """
    name = source.stem if source.suffix.lower() == PLATE_SUFFIX else source.name
    return source.with_name(f"{name}_nuclei")
