from __future__ import annotations

import numpy as np

from napari_nuclei.widgets.nuclei.sections.scatter import ScatterSection, point_groups


def test_a_lasso_selects_nuclei_of_the_filtered_table(session, opened, qtbot) -> None:
    section = opened(ScatterSection)
    assert (section.x.value, section.y.value) == ("area", "ki67_mean")
    session.set_filter("label > 60")
    qtbot.waitUntil(lambda: len(section.table) == 4)
    section.plot.lasso_drawn.emit(np.array([True, False, False, False]), False)
    assert session.selected == {61}
    section.plot.lasso_drawn.emit(np.array([False, False, True, False]), True)
    assert session.selected == {61, 63}
    assert section.plot.selected.tolist() == [True, False, True, False]
    assert section.message.value == "2 of 4 nuclei are selected."


def test_a_selection_elsewhere_is_highlighted(session, opened) -> None:
    section = opened(ScatterSection)
    session.select([5])
    assert np.flatnonzero(section.plot.selected).tolist() == [4]


def test_a_lasso_of_an_old_table_selects_nothing(session, opened) -> None:
    section = opened(ScatterSection)
    section.plot.lasso_drawn.emit(np.ones(3, bool), False)
    assert session.selected == frozenset()


def test_points_have_the_colours_of_their_classes(session) -> None:
    classes = np.where(np.arange(64) % 2, "positive", "negative").astype(object)
    classes[0] = None
    session.set_column("class", classes)
    groups = {
        group.name: group.members.sum()
        for group in point_groups(session, session.frame)
    }
    assert groups == {"negative": 31, "positive": 32, "no class": 1}
