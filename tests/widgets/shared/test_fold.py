"""Sections of a dock that can be closed."""

from __future__ import annotations

from magicgui.widgets import LineEdit

from napari_nuclei.widgets.shared.fold import Fold


def test_a_section_is_closed_until_its_title_is_clicked(qtbot) -> None:
    line = LineEdit(label="a")
    section = Fold("More", [line], "Further settings.")
    qtbot.addWidget(section)
    assert section.text() == "▸ More"
    assert not line.native.isVisibleTo(section)
    section.toggleButton().click()
    assert section.text() == "▾ More"
    assert line.native.isVisibleTo(section)
    section.toggleButton().click()
    assert not line.native.isVisibleTo(section)


def test_the_title_follows_the_controls(qtbot) -> None:
    lines = [LineEdit(label=name) for name in "ab"]
    section = Fold("More", lines, "Further settings.")
    qtbot.addWidget(section)
    assert section.reset_button.isHidden()

    def reset() -> None:
        for line in lines:
            line.value = ""

    section.track_changes(lambda: sum(bool(line.value) for line in lines), reset)
    lines[0].value = "1"
    assert section.text() == "▸ More (1 changed)"
    lines[1].value = "2"
    assert section.text() == "▸ More (2 changed)"
    assert section.reset_button.isVisibleTo(section)
    section.reset_button.click()
    assert section.text() == "▸ More"
    assert section.reset_button.isHidden()
