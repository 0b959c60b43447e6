"""The buttons of the Segment dock that lead to folders, plates and profiles."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from magicgui.widgets import Container, PushButton, Widget
from qtpy.QtWidgets import QWidget

from napari_nuclei.core.errors import format_error
from napari_nuclei.widgets.folder.drop_folder import DropFolder
from napari_nuclei.widgets.folder.segment_settings import settings_of_form
from napari_nuclei.widgets.nuclei.sections.ask_file import ask_save
from napari_nuclei.widgets.shared.dock import raise_dock
from napari_nuclei.widgets.shared.form import row

if TYPE_CHECKING:
    import napari.viewer

    from napari_nuclei.widgets.segment.segment_form import SegmentForm

KINDS = "Profiles (*.toml)"

DOCK_NAME = "Folder or plate"


class SegmentButtons:
    """The buttons "Folder or plate ..." and "Save profile ...".

    A folder that is dropped on the Segment dock opens the dock "Folder or plate" too.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    form : SegmentForm
    native : QWidget
        The Segment dock.
    show_message : callable
        Called with what was done.

    Attributes
    ----------
    folder, profile : PushButton
    row : Container
        The two buttons.
    """

    def __init__(
        self,
        viewer: napari.viewer.Viewer,
        form: SegmentForm,
        native: QWidget,
        show_message: Callable[[str], object],
    ) -> None:
        self._viewer, self._form = viewer, form
        self._show_message = show_message
        self.folder = PushButton(
            text="Folder or plate ...",
            tooltip="Segment all images of a folder, or a plate, with these settings.",
        )
        self.profile = PushButton(
            text="Save profile ...",
            tooltip="Save these settings as a file, to use them for a folder or plate "
            "here or with: napari-nuclei run PROFILE FOLDER",
        )
        self.row: Container[Widget] = row([self.folder, self.profile])
        self.folder.changed.connect(lambda: self.open_folder_dock())
        self.profile.changed.connect(self.save_profile)
        DropFolder(native, self.open_folder_dock)

    def open_folder_dock(self, folder: Path | None = None) -> None:
        """Open the dock "Folder or plate", and choose a folder in it."""
        window = self._viewer.window
        _, dock = window.add_plugin_dock_widget("napari-nuclei", DOCK_NAME)
        raise_dock(dock.native)
        if folder is not None:
            dock.choose_folder(folder)

    def save_profile(self) -> None:
        """Ask for a file, and write the settings to it."""
        from napari_nuclei.cli import segment_command
        from napari_nuclei.cli.profiles.profile_file import write_profile
        from napari_nuclei.cli.profiles.profile_options import (
            group_settings,
            make_settings_parser,
        )

        title, name = "Save settings as a profile", "profile.toml"
        path = ask_save(self.profile.native, title, name, KINDS)
        if path is None:
            return
        try:
            settings = settings_of_form(self._form)
            parser = make_settings_parser(segment_command.add_command)
            write_profile(path, group_settings(parser, settings))
        except (OSError, TypeError, ValueError) as error:
            self._show_message(format_error(error))
            return
        self._show_message(
            f"Settings saved: {path.name}. Run them with: napari-nuclei run "
            f"{path.name} FOLDER"
        )
