from __future__ import annotations

import pytest

from napari_nuclei.core.intensity.notes import MAX_NAMED_PLANES, join_notes


@pytest.mark.parametrize(
    ("planes", "notes"),
    [
        ([], ()),
        ([("a",)], ("a",)),
        ([("a",), ("a", "b")], ("a", "b (plane 1)")),
        ([(), ("b",), ("a", "b")], ("b (planes 1, 2)", "a (plane 2)")),
    ],
)
def test_a_note_names_its_planes_unless_it_is_about_all(
    planes: list[tuple[str, ...]], notes: tuple[str, ...]
) -> None:
    assert join_notes(planes) == notes


def test_a_note_on_many_planes_names_the_first() -> None:
    (note,) = join_notes([()] + [("a",)] * (MAX_NAMED_PLANES + 1))
    assert note == "a (planes 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, ...)"
