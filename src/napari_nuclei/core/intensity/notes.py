"""Join the notes on the planes of a stack."""

from __future__ import annotations

from collections.abc import Sequence

MAX_NAMED_PLANES = 10
"""Largest number of planes that a note lists."""


def join_notes(notes: Sequence[Sequence[str]]) -> tuple[str, ...]:
    """Return each note once, with its planes unless it applies to all planes.

    Parameters
    ----------
    notes : sequence of sequence of str
        The notes of each plane.

    Examples
    --------
    >>> join_notes([["It is noisy."], [], ["It is noisy."]])
    ('It is noisy. (planes 0, 2)',)
    >>> join_notes([["It is noisy."]])
    ('It is noisy.',)
    """
    planes_of: dict[str, list[int]] = {}
    for number, plane_notes in enumerate(notes):
        for note in plane_notes:
            planes_of.setdefault(note, []).append(number)
    joined = []
    for note, planes in planes_of.items():
        if len(planes) == len(notes):
            joined.append(note)
            continue
        named = ", ".join(map(str, planes[:MAX_NAMED_PLANES]))
        more = ", ..." if len(planes) > MAX_NAMED_PLANES else ""
        joined.append(f"{note} (plane{'s'[: len(planes) - 1]} {named}{more})")
    return tuple(joined)
