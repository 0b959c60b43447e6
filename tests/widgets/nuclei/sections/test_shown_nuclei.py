from __future__ import annotations

from napari_nuclei.widgets.nuclei.sections.shown_nuclei import (
    filter_note,
    selected_mask,
    shown_nuclei,
)


def test_a_filter_limits_the_nuclei_and_is_noted(session) -> None:
    assert len(shown_nuclei(session)) == 64
    assert filter_note(session) == ""
    session.set_filter("label <= 4")
    shown = shown_nuclei(session)
    assert shown.index.tolist() == [1, 2, 3, 4]
    assert filter_note(session) == " The filter shows 4 of 64 nuclei."
    session.select([2, 9])
    assert selected_mask(session, shown).tolist() == [False, True, False, False]
