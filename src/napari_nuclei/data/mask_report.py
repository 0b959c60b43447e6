"""Say how masks were turned into nuclei, and how many nuclei touch in binary masks."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from napari_nuclei.config.warn_user import warn_user
from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.core.measure.counts import counted
from napari_nuclei.core.measure.touching import TouchingEstimate, estimate_touching
from napari_nuclei.data.datasets import Sample
from napari_nuclei.data.masks import BINARY, CLASSES, LABELS, SOFT

KIND_TITLES = {
    BINARY: "binary",
    SOFT: "cut at half of their largest value",
    CLASSES: "read as classes, since a few numbers have many parts each",
}
"""What the sentence about each kind of mask says."""


def describe_masks(samples: Sequence[Sample]) -> list[str]:
    """Return a sentence for each kind of mask whose connected parts are the nuclei.

    Parameters
    ----------
    samples : sequence of Sample

    Returns
    -------
    list of str
        Empty if all masks are instance labels or empty. Labels with a single nucleus
        have two values too, so binary masks count only if one of them has several
        nuclei, or there are no others.
    """
    samples = [sample for sample in samples if sample.labels.any()]
    sentences = []
    for kind, title in KIND_TITLES.items():
        chosen = [sample for sample in samples if sample.mask_kind == kind]
        counts = [int(sample.labels.max()) for sample in chosen]
        others = any(sample.mask_kind == LABELS for sample in samples)
        if not chosen or (kind == BINARY and others and max(counts) <= 1):
            continue
        touching = sum(
            (estimate_touching(sample.labels) for sample in chosen), TouchingEstimate()
        )
        sentences.append(
            f"{count_of(len(chosen), len(samples))} {title}: "
            f"{counted(sum(counts), 'nucleus')} by connected parts; touching ones "
            f"count as one{estimate_text(touching)}"
        )
        inverted = sum(bool(np.mean(x.labels > 0) > 0.5) for x in chosen)
        if inverted:
            sentences.append(
                f"{count_of(inverted, len(chosen))} nuclei in over half of their "
                "area; if nuclei are dark in them, invert the masks"
            )
    return sentences


def count_of(count: int, total: int) -> str:
    """Return the number of masks as the subject of a sentence.

    Examples
    --------
    >>> count_of(1, 1), count_of(3, 3), count_of(2, 3)
    ('The mask is', 'All 3 masks are', '2 of 3 masks are')
    """
    if count == total:
        return "The mask is" if total == 1 else f"All {total} masks are"
    return f"{count} of {total} masks {'is' if count == 1 else 'are'}"


def estimate_text(touching: TouchingEstimate) -> str:
    """Return the end of a sentence about parts that look like several nuclei."""
    if not touching.parts:
        return ""
    parts = "part looks" if touching.parts == 1 else "parts look"
    return f" ({touching.parts} {parts} like about {touching.nuclei} touching nuclei)"


def warn_about_masks(samples: Sequence[Sample]) -> None:
    """Warn with an `ImageWarning` for each sentence of `describe_masks`."""
    for sentence in describe_masks(samples):
        warn_user(sentence, ImageWarning)
