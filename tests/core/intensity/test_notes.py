from __future__ import annotations

import pytest

from napari_nuclei.core.intensity.notes import (
    MAX_NAMED_PLANES,
    describe_steps,
    join_notes,
)
from napari_nuclei.core.intensity.preparation import Preparation


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


def test_every_step_of_a_preparation_has_a_note() -> None:
    assert describe_steps(Preparation((0, 1))) == []
    (note,) = describe_steps(Preparation((0, 1), channel=1))
    assert "green channel" in note and "--channel" in note
    assert len(describe_steps(Preparation((0, 1), padding=0, smoothing=1.5))) == 2
