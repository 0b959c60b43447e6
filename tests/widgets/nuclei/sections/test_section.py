from __future__ import annotations

from magicgui.widgets import Label
from qtpy.QtWidgets import QLabel

from napari_nuclei.widgets.nuclei.sections.section import Section


class Counting(Section):
    name = "Counting"
    tooltip = "Count updates."
    builds = updates = 0
    error: Exception | None = None

    def build(self) -> None:
        self.builds += 1
        self.first, self.second = Label(value="one"), QLabel("two")
        self.add(self.first, self.second, self.message)

    def update(self) -> None:
        self.updates += 1
        if self.error is not None:
            raise self.error


def test_a_closed_section_does_nothing(session, qtbot) -> None:
    section = Counting(session)
    qtbot.addWidget(section.fold)
    session.changed.emit()
    qtbot.wait(100)
    assert (section.builds, section.updates) == (0, 0)


def test_a_section_is_built_once_and_updated_at_each_opening(session, qtbot) -> None:
    section = Counting(session)
    qtbot.addWidget(section.fold)
    section.fold.expand()
    section.fold.collapse()
    section.fold.expand()
    assert (section.builds, section.updates) == (1, 2)


def test_many_changes_are_one_update(session, qtbot, opened) -> None:
    section = opened(Counting)
    for _ in range(5):
        session.changed.emit()
    qtbot.waitUntil(lambda: section.updates == 2)
    qtbot.wait(150)
    assert section.updates == 2


def test_an_error_is_one_line(session, opened) -> None:
    section = opened(Counting)
    section.error = ValueError("The table has no column area")
    section.update_now()
    assert section.message.value == "The table has no column area"


def test_a_deleted_section_ignores_changes(session, qtbot) -> None:
    section = Counting(session)
    section.fold.expand()
    section.fold.deleteLater()
    del section.fold.section
    with qtbot.waitSignal(section.fold.destroyed):
        pass
    session.changed.emit()
    assert section.updates == 1


def test_controls_are_below_each_other_in_their_order(opened, qtbot) -> None:
    section = opened(Counting)
    controls = [section.first.native, section.second, section.message.native]

    def heights() -> list[int]:
        return [
            control.mapTo(section.fold, control.rect().topLeft()).y()
            for control in controls
        ]

    qtbot.waitUntil(lambda: len(set(heights())) == 3)
    assert heights() == sorted(heights())
