from __future__ import annotations

from napari_nuclei.core.quality.flags import (
    FLAG_SEPARATOR,
    Flag,
    join_flags,
    split_flags,
    summarize_flags,
)


def test_flags_survive_the_cell_of_a_table() -> None:
    assert not any(FLAG_SEPARATOR in flag for flag in Flag)
    assert split_flags(join_flags([*Flag])) == (*Flag,)
    assert split_flags(join_flags([])) == ()


def test_the_summary_names_the_most_frequent_flag_first() -> None:
    flags = [(Flag.EMPTY,), (), (Flag.SATURATED, Flag.EMPTY)]
    assert summarize_flags(flags) == "2 of 3 images flagged: 2 empty, 1 saturated"
    assert summarize_flags([(), ()]) == ""
