"""Notes on unusual planes: what was corrected, and on which planes of a stack."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from napari_nuclei.config.channels import COLOURS

if TYPE_CHECKING:
    from napari_nuclei.core.intensity.preparation import Preparation

CHOOSE_CHANNEL = "(to choose another: --channel or channel=)"
"""How a command or Python code chooses the channel; the dock has a control for it."""

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


def describe_steps(preparation: Preparation) -> list[str]:
    """Return a note for each step of a preparation that changes the image.

    A note has no semicolon, because semicolons join notes in a table, and no number
    that varies from plane to plane, so that a stack has one note per step.
    """
    sentences = []
    if preparation.channel is not None:
        sentences.append(
            "The image looks like a fluorescence composite. Its "
            f"{COLOURS[preparation.channel]} channel was segmented {CHOOSE_CHANNEL}."
        )
    if preparation.holds_noise:
        sentences.append(
            "The image looks like noise, so only nuclei of high confidence are "
            "labelled."
        )
    if preparation.padding is not None:
        sentences.append(
            f"Many pixels have the value {preparation.padding:g}, far from all others "
            "(a border, a scale bar or text). They were set to background."
        )
    if preparation.cutoff is not None:
        sentences.append(
            "Some pixels are far brighter than nuclei. They were set to background."
        )
    if preparation.background is not None:
        sentences.append(
            "The background is uneven and brighter than the nuclei. It was "
            "subtracted before segmenting."
        )
    if preparation.smoothing:
        sentences.append(
            "The image is noisy. It was smoothed by a Gaussian filter of "
            f"{preparation.smoothing:g} px before segmenting."
        )
    return sentences
