"""Save the settings of the Segment dock as a profile, for folders and plates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from typing import TYPE_CHECKING

from magicgui.widgets import PushButton

from napari_nuclei.core.errors import format_error
from napari_nuclei.widgets.nuclei.sections.ask_file import ask_save
from napari_nuclei.widgets.segment.reproduce import changed_settings, words_of_run

if TYPE_CHECKING:
    from napari_nuclei.io.profiles import Setting
    from napari_nuclei.widgets.segment.form import SegmentForm

KINDS = "Profiles (*.toml)"


def settings_of_form(form: SegmentForm) -> dict[str, Setting]:
    """Return the settings of the Segment dock as a profile holds them.

    Settings of the image alone, such as its pixel size, are left out, because each
    file of a folder states its own.

    Raises
    ------
    ValueError
        If one of them is not valid.
    """
    from napari_nuclei.cli import segment
    from napari_nuclei.cli.profiles.profile_options import (
        make_settings_parser,
        settings_from_args,
    )

    track = form.track.box
    config = replace(
        form.config(),
        join="z" if form.join.box.value else "none",
        track=track.value and not track.native.isHidden(),
    )
    words = words_of_run(
        form.model.value,
        form.region_controls.choice().channel,
        changed_settings({"settings": asdict(config)}),
    )
    parser = make_settings_parser(segment.add_command)
    return settings_from_args(parser, parser.parse_args([*words, "image.tif"]))


class SaveProfileButton:
    """The button "Save profile ...".

    Parameters
    ----------
    form : SegmentForm
    show_message : callable
        Called with what was done.

    Attributes
    ----------
    button : PushButton
    """

    def __init__(
        self, form: SegmentForm, show_message: Callable[[str], object]
    ) -> None:
        self._form, self._show_message = form, show_message
        self.button = PushButton(
            text="Save profile ...",
            tooltip="Save these settings as a file, to use them for a folder or plate "
            "here or with: napari-nuclei run PROFILE FOLDER",
        )
        self.button.changed.connect(self.save)

    def save(self) -> None:
        """Ask for a file, and write the settings to it."""
        from napari_nuclei.cli import segment
        from napari_nuclei.cli.profiles.profile_options import (
            group_settings,
            make_settings_parser,
        )
        from napari_nuclei.io.profiles import write_profile

        title, name = "Save settings as a profile", "profile.toml"
        path = ask_save(self.button.native, title, name, KINDS)
        if path is None:
            return
        try:
            settings = settings_of_form(self._form)
            write_profile(
                path,
                group_settings(make_settings_parser(segment.add_command), settings),
            )
        except (OSError, TypeError, ValueError) as error:
            self._show_message(format_error(error))
            return
        self._show_message(
            f"Settings saved: {path.name}. Run them with: napari-nuclei run "
            f"{path.name} FOLDER"
        )
