"""The button that saves the settings of the Segment dock."""

from __future__ import annotations

import pytest

from napari_nuclei.cli.profiles.profile_file import read_profile

pytestmark = pytest.mark.usefixtures("network")


def test_a_first_run_shows_no_buttons_for_folders(opened, spots) -> None:
    _, widget = opened(spots[0])
    buttons = widget.buttons.folder.native, widget.buttons.profile.native
    assert widget.run.native.isVisibleTo(widget.native)
    assert not any(button.isVisibleTo(widget.native) for button in buttons)
    widget.form.more_fold.expand()
    assert all(button.isVisibleTo(widget.native) for button in buttons)


def test_the_settings_of_the_dock_are_saved_as_a_profile(
    opened, spots, tmp_path, monkeypatch
) -> None:
    _, widget = opened(spots[0])
    form, path = widget.form, tmp_path / "mine.toml"
    form.diameter.text = "22"
    form.sliders.probability.value = 0.35
    form.drop_border.value = True
    monkeypatch.setattr(
        "napari_nuclei.widgets.folder.segment_buttons.ask_save", lambda *_: path
    )
    widget.buttons.profile.native.click()
    assert read_profile(path) == {
        "model": "discs",
        "diameter": 22,
        "probability": 0.35,
        "drop_border": True,
    }
    assert "napari-nuclei run mine.toml" in widget.status_panel.status.value
    monkeypatch.setattr(
        "napari_nuclei.widgets.folder.segment_buttons.ask_save", lambda *_: None
    )
    path.unlink()
    widget.buttons.profile.native.click()
    assert not path.exists()
    path.mkdir()
    monkeypatch.setattr(
        "napari_nuclei.widgets.folder.segment_buttons.ask_save", lambda *_: path
    )
    widget.buttons.profile.native.click()
    assert "mine.toml" in widget.status_panel.status.value
