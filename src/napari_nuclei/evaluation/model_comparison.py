"""Compare a new model with its baseline on held-out nuclei."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.normalize import normalize
from napari_nuclei.core.targets import label_edges
from napari_nuclei.data.datasets import Sample

BASE_COLOUR, NEW_COLOUR, TRUTH_COLOUR = (255, 120, 40), (60, 220, 90), (255, 255, 255)
"""Outline colours of the baseline, of the new model and of the annotation."""

COMPARISON_FIGURE = "held_out.png"
"""File name of the picture with the nuclei of the baseline and of the new model."""

MIN_CONCLUSIVE_NUCLEI = 200
"""From this many nuclei on, a comparison counts as conclusive."""

MIN_STANDARD_ERRORS = 2.0
"""With fewer nuclei the F1 scores must differ by this many standard errors."""

PANEL_GAP = 8
"""Width of the gap between the two pictures, in pixels."""


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """Scores of a new model and its baseline on held-out nuclei.

    Attributes
    ----------
    nuclei : int
        Number of held-out nuclei.
    f1 : float
        F1 of the new model at an IoU of 0.5.
    base : str, optional
        Name of the baseline; None if there is none.
    base_f1 : float, optional
        F1 of the baseline on the same nuclei.
    diameter : float, optional
        Diameter of the painted nuclei at which both models were tested, in pixels; None
        if it was estimated from each image.
    """

    nuclei: int
    f1: float
    base: str | None = None
    base_f1: float | None = None
    diameter: float | None = None

    @property
    def is_not_worse(self) -> bool:
        """Whether the new model scores at least as high as the baseline."""
        return self.base_f1 is None or self.f1 >= self.base_f1

    @property
    def is_conclusive(self) -> bool:
        """Whether there are enough nuclei to decide between the two models.

        Half a found and half a missed nucleus are added to each count, because a model
        that finds 3 of 3 nuclei may still miss others.
        """
        if self.base_f1 is None or self.nuclei >= MIN_CONCLUSIVE_NUCLEI:
            return True
        variance = 0.0
        for f1 in (self.f1, self.base_f1):
            rate = (f1 * self.nuclei + 0.5) / (self.nuclei + 1)
            variance += rate * (1 - rate) / (self.nuclei + 1)
        return abs(self.f1 - self.base_f1) > MIN_STANDARD_ERRORS * math.sqrt(variance)

    def summary_line(self, name: str) -> str:
        """Describe the comparison in one line.

        Parameters
        ----------
        name : str
            Name of the new model.

        Examples
        --------
        >>> ModelComparison(90, 0.83, "nuclei", 0.61).summary_line("mine")
        'Tested on 90 held-out nuclei: F1 0.61 (nuclei), 0.83 (mine).'
        >>> ModelComparison(3, 0.8, "nuclei", 0.6).summary_line("mine")[-31:]
        ' Too few to decide; paint more.'
        """
        nuclei = "nucleus" if self.nuclei == 1 else "nuclei"
        scores = [] if self.base_f1 is None else [f"{self.base_f1:.2f} ({self.base})"]
        scores.append(f"{self.f1:.2f} ({name})")
        line = f"Tested on {self.nuclei} held-out {nuclei}: F1 {', '.join(scores)}."
        return line if self.is_conclusive else f"{line} Too few to decide; paint more."

    def as_dict(self) -> dict[str, Any]:
        """Return the values for a model card."""
        return {
            "nuclei": self.nuclei,
            "f1": round(self.f1, 4),
            "base": self.base,
            "base_f1": None if self.base_f1 is None else round(self.base_f1, 4),
            "diameter": self.diameter,
        }


def read_comparison(training: dict[str, Any]) -> ModelComparison | None:
    """Return the comparison stored in the training part of a model card, if any."""
    held_out = training.get("held_out")
    return None if held_out is None else ModelComparison(**held_out)


def draw_comparison(
    sample: Sample, base: NDArray[np.integer], new: NDArray[np.integer]
) -> NDArray[np.uint8]:
    """Draw two predictions on an image, side by side, with the annotation in white.

    Parameters
    ----------
    sample : Sample
        Only the region that contains its nuclei is drawn.
    base, new : ndarray of int, shape (Y, X)
        Predicted labels of the baseline and of the new model.

    Returns
    -------
    ndarray of uint8, shape (y, 2 x + `PANEL_GAP`, 3)
        Left the baseline, right the new model.
    """
    rows, columns = np.nonzero(sample.labels)
    window = tuple(
        slice(max(0, int(x.min()) - 16), int(x.max()) + 17) for x in (rows, columns)
    )
    image = (normalize(sample.image)[window] * 255).astype(np.uint8)
    truth = label_edges(sample.labels[window])
    pictures = []
    for labels, colour in ((base, BASE_COLOUR), (new, NEW_COLOUR)):
        picture = image.copy()
        picture[truth] = TRUTH_COLOUR
        picture[label_edges(labels[window])] = colour
        pictures.append(picture)
    white = np.full((image.shape[0], PANEL_GAP, 3), 255, np.uint8)
    return np.concatenate([pictures[0], white, pictures[1]], axis=1)


def most_annotated(samples: Sequence[Sample]) -> int:
    """Return the index of the sample with the most nuclei."""
    counts = [np.count_nonzero(np.unique(sample.labels)) for sample in samples]
    return int(np.argmax(counts))
