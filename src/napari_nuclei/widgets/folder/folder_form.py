"""The controls of the dock "Folder or plate"."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from magicgui.widgets import LineEdit, PushButton, Widget

from napari_nuclei.cli.profiles.profile_file import Setting, read_profile
from napari_nuclei.scale.records.manifest import MANIFEST_NAME
from napari_nuclei.widgets.folder.folder_request import (
    PLATE_SUFFIX,
    FolderRequest,
    default_output,
)
from napari_nuclei.widgets.folder.name_preview import NamePreview, preview_names
from napari_nuclei.widgets.shared.form import (
    combo,
    file_line,
    fit_height,
    folder_line,
    make_checkbox,
    status_line,
)

CHOOSE = "choose ..."

CHOOSE_CHANNEL = "Choose the channel of the nuclei first (Nuclei in)."

AUTOMATIC = "automatic"

PATTERN_HELP = (
    "How to read file names, such as {well}_s{field}_w{channel}. Files of one "
    "image are joined. Placeholders: {well}, {row}, {column}, {field}, {channel}, {z}, "
    "{t}, {name}, and * for other text. none: each file is an image."
)

WORKERS = (1, 2, 3, 4, 6, 8, 12, 16)
"""Numbers of images at the same time to choose from."""


class FolderForm:
    """The controls of the dock, and the request that they make.

    Attributes
    ----------
    main : list of Widget
        The controls from top to bottom.
    preview : Label
        What the names of the files say.
    """

    def __init__(self) -> None:
        self.folder = folder_line(
            "folder",
            "A folder of images, or an OME-Zarr plate. You can also drop it here.",
            label="Folder",
            placeholder="choose or drop a folder",
        )
        # A folder that is dropped on the line is for the dock; the line takes text.
        self.folder.line_edit.native.setAcceptDrops(False)
        self.pattern = LineEdit(
            name="pattern",
            label="File names",
            tooltip=PATTERN_HELP,
        )
        self.pattern.native.setPlaceholderText("recognised")
        self.preview = status_line()
        self.channel = combo(
            "nuclei_in", self._channels, "The channel that shows the nuclei."
        )
        self.channel.label = "Nuclei in"
        self.profile = file_line(
            "profile",
            "A profile: a file that Save profile ... in Segment nuclei has written. "
            "Empty: the present settings of Segment nuclei.",
            label="Settings",
            filter="*.toml",
            placeholder="those of Segment nuclei",
        )
        self.output = folder_line(
            "output",
            "Folder for the results. Choose the same folder to continue a stopped run.",
            label="Results in",
        )
        self.conditions = file_line(
            "conditions",
            "For the report: a CSV file with the columns well and condition. Plots "
            "then compare the conditions.",
            filter="*.csv *.tsv *.txt",
            placeholder="none",
        )
        self.table = make_checkbox(
            "table",
            "Tables of nuclei",
            "Write a table of the nuclei of each image, and one of all images.",
        )
        self.table.value = True
        self.workers = combo(
            "workers",
            lambda _: [AUTOMATIC, *map(str, WORKERS)],
            "Number of images that are segmented at the same time.",
        )
        self.workers.label = "At once"
        self.main: list[Widget] = [
            *(self.folder, self.pattern, self.channel, self.profile, self.output),
            *(self.workers, self.conditions, self.table),
        ]
        self.names = NamePreview("")
        self.update_preview()

    @property
    def source(self) -> Path | None:
        """The chosen folder; None if there is none."""
        text = str(self.folder.line_edit.value or "").strip()
        return Path(text).expanduser() if text else None

    @property
    def results_folder(self) -> Path | None:
        """The folder of the results; None if no folder is chosen."""
        chosen = str(self.output.line_edit.value or "").strip()
        if chosen:
            return Path(chosen).expanduser()
        return None if self.source is None else default_output(self.source)

    @property
    def conditions_file(self) -> Path | None:
        """The table of conditions for the report; None if there is none."""
        text = str(self.conditions.line_edit.value or "").strip()
        return Path(text).expanduser() if text else None

    @property
    def reported(self) -> tuple[Path, dict[str, Any]] | None:
        """The results and the keywords of `write_report`; None without results."""
        source, folder = self.source, self.results_folder
        if source is None or folder is None:
            return None
        keywords: dict[str, Any] = {"conditions": self.conditions_file}
        if source.suffix.lower() != PLATE_SUFFIX:
            return (folder, keywords) if (folder / MANIFEST_NAME).is_file() else None
        table = folder / f"{source.stem}_nuclei.csv"
        keywords |= {"destination": folder / "report.html", "table": table}
        return (source, keywords) if table.is_file() else None

    @property
    def missing(self) -> str:
        """What the user must do before a run; empty if nothing."""
        if self.names.problem:
            return self.names.problem
        chosen = self.channel.value != CHOOSE or self.profile.line_edit.value
        return CHOOSE_CHANNEL if self.names.channels and not chosen else ""

    def update_preview(self) -> None:
        """Show what the names of the files say, and list the channels."""
        source = self.source
        if source is None:
            names = NamePreview("", problem="Choose a folder first.")
        elif not source.is_dir():
            names = NamePreview(
                f"There is no folder {source}.", problem=f"There is no folder {source}."
            )
        else:
            names = preview_names(source, self.pattern.value)
        before = self.names
        self.names = names
        self.preview.value = names.text
        self.preview.visible = bool(names.text)
        fit_height(self.preview)
        recognised = names.pattern or "recognised"
        self.pattern.native.setPlaceholderText(recognised)
        said = f"Now {names.pattern}. " if names.pattern else ""
        self.pattern.tooltip = said + PATTERN_HELP
        output = "next to the folder" if source is None else str(default_output(source))
        self.output.line_edit.native.setPlaceholderText(output)
        if names.channels != before.channels:
            self.channel.reset_choices()
            self.channel.value = names.nuclear_channel or CHOOSE
        self.channel.visible = bool(names.channels)

    def request(self, settings: dict[str, Setting]) -> FolderRequest:
        """Return what a run does.

        Parameters
        ----------
        settings : dict
            Those of the Segment dock; the chosen profile replaces them.

        Raises
        ------
        OSError, ValueError
            If the folder or the profile cannot be read, or no channel is chosen.
        """
        self.update_preview()
        if self.names.problem:
            raise ValueError(self.names.problem)
        source = self.source
        assert source is not None
        channel = self.channel.value if self.names.channels else ""
        profile = str(self.profile.line_edit.value or "").strip()
        name = "The settings of Segment nuclei"
        if profile:
            settings, name = read_profile(profile), Path(profile).name
        if channel == CHOOSE:
            # The channel of the Segment dock is that of its image, not of these files.
            if not profile or "channel" not in settings:
                raise ValueError(CHOOSE_CHANNEL)
            channel = ""
        if channel and source.suffix.lower() == PLATE_SUFFIX:
            channel = str(self.names.channels.index(channel))
        return FolderRequest(
            source,
            self.results_folder,
            settings,
            name,
            pattern=self.pattern.value.strip(),
            channel=channel,
            table=self.table.value,
            workers=0 if (n := self.workers.value) == AUTOMATIC else int(n),
        )

    def _channels(self, _: Any = None) -> list[str]:
        names = getattr(self, "names", None)
        if names is None or not names.channels:
            return [CHOOSE]
        return [CHOOSE, *names.channels]


def make_buttons() -> tuple[PushButton, PushButton, PushButton]:
    """Return the buttons Run, Cancel and Report."""
    return (
        PushButton(text="Run", tooltip="Segment all images that are not done."),
        PushButton(text="Cancel", tooltip="Stop; Run continues later."),
        PushButton(
            text="Report",
            tooltip="Write a page with pictures, plots and tables, and open it.",
        ),
    )
