"""The settings of the Segment dock, for a run on a folder."""

from __future__ import annotations

from dataclasses import asdict, fields, replace
from typing import TYPE_CHECKING, Any

from qtpy.QtWidgets import QDockWidget, QWidget

from napari_nuclei.config import SegmentConfig
from napari_nuclei.model.user_models import get_preferred_model
from napari_nuclei.widgets.segment.form_settings import load_settings
from napari_nuclei.widgets.segment.run_code import changed_settings, words_of_run

if TYPE_CHECKING:
    from napari_nuclei.cli.profiles.profile_file import Setting
    from napari_nuclei.widgets.segment.segment_form import SegmentForm


def settings_of_form(form: SegmentForm) -> dict[str, Setting]:
    """Return the settings of the Segment dock as a profile holds them.

    Settings of the image alone, such as its pixel size, are left out, because each
    file of a folder states its own.

    Raises
    ------
    ValueError
        If one of them is not valid.
    """
    track = form.track.box
    config = replace(
        form.config(),
        join="z" if form.join.box.value else "none",
        track=track.value and not track.native.isHidden(),
    )
    channel = form.region_controls.choice().channel
    return settings_of(form.model.value, channel, asdict(config))


def settings_of_last_session() -> dict[str, Setting]:
    """Return the settings that the Segment dock would have if it were opened."""
    saved = load_settings()
    names = {item.name for item in fields(SegmentConfig)}
    model = saved.get("model", get_preferred_model())
    config = {name: value for name, value in saved.items() if name in names}
    return settings_of(model, None, config)


def settings_of(
    model: str, channel: int | None, config: dict[str, Any]
) -> dict[str, Setting]:
    """Return a model, a channel and settings as a profile holds them."""
    from napari_nuclei.cli import segment_command
    from napari_nuclei.cli.profiles.profile_options import (
        make_settings_parser,
        settings_from_args,
    )

    words = words_of_run(model, channel, changed_settings({"settings": config}))
    parser = make_settings_parser(segment_command.add_command)
    return settings_from_args(parser, parser.parse_args([*words, "image.tif"]))


def find_segment_form(window: QWidget) -> SegmentForm | None:
    """Return the form of the Segment dock of a window; None if it is not open."""
    from napari_nuclei.widgets.segment.segment_widget import SegmentWidget

    for dock in window.findChildren(QDockWidget):
        widget = getattr(dock.widget(), "_magic_widget", None)
        if isinstance(widget, SegmentWidget):
            return widget.form
    return None


def settings_of_window(window: QWidget) -> dict[str, Setting]:
    """Return the settings of the Segment dock of a window, or of its last session.

    Raises
    ------
    ValueError
        If a setting of the dock is not valid.
    """
    form = find_segment_form(window)
    return settings_of_last_session() if form is None else settings_of_form(form)
