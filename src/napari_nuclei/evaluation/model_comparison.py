"""Whether training was worth it: the new model beside its base on what was held out."""

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
"""Colours of the outlines: what the base finds, what the new model finds, the truth."""

COMPARISON_FIGURE = "held_out.png"
"""Among a model's figures: what its base and what it found, beside each other."""

MIN_CONCLUSIVE_NUCLEI = 200
"""Of fewer nuclei it is said whether they suffice to tell two models apart."""

MIN_STANDARD_ERRORS = 2.0
"""They do if the models' F1 differ by so many standard errors."""

PANEL_GAP = 8
"""Pixels between two pictures beside each other."""


@dataclass(frozen=True, slots=True)
class ModelComparison:
    """How a new model does on nuclei it never saw, beside the one it is to replace.

    Attributes
    ----------
    nuclei : int
        That were held out.
    f1 : float
        Of the new model, at an IoU of .5.
    base : str, optional
        Name of the model it is compared with; None where there is none.
    base_f1 : float, optional
        Of that model, on the same nuclei.
    diameter : float, optional
        Of the nuclei that were painted, in pixels, at which both were judged; None if
        each image's was measured.
    """

    nuclei: int
    f1: float
    base: str | None = None
    base_f1: float | None = None
    diameter: float | None = None

    @property
    def is_not_worse(self) -> bool:
        """Whether the new model may become the default: it is not worse."""
        return self.base_f1 is None or self.f1 >= self.base_f1

    @property
    def is_conclusive(self) -> bool:
        """Whether the nuclei are enough to tell the two models apart.

        Half a nucleus that is found and half a one that is missed are added: of three
        that are all found one does not know that the others will be.
        """
        if self.base_f1 is None or self.nuclei >= MIN_CONCLUSIVE_NUCLEI:
            return True
        variance = 0.0
        for f1 in (self.f1, self.base_f1):
            share = (f1 * self.nuclei + 0.5) / (self.nuclei + 1)
            variance += share * (1 - share) / (self.nuclei + 1)
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
        """Return the figures for a model's card."""
        return {
            "nuclei": self.nuclei,
            "f1": round(self.f1, 4),
            "base": self.base,
            "base_f1": None if self.base_f1 is None else round(self.base_f1, 4),
            "diameter": self.diameter,
        }


def read_comparison(training: dict[str, Any]) -> ModelComparison | None:
    """Return the comparison that the training part of a card holds, if it does."""
    held_out = training.get("held_out")
    return None if held_out is None else ModelComparison(**held_out)


def draw_comparison(
    sample: Sample, base: NDArray[np.integer], new: NDArray[np.integer]
) -> NDArray[np.uint8]:
    """Draw two predictions on an image, beside each other, with the truth in white.

    Parameters
    ----------
    sample : Sample
        The window that holds its nuclei is drawn.
    base, new : ndarray of int, shape (Y, X)

    Returns
    -------
    ndarray of uint8, shape (y, 2 x + `PANEL_GAP`, 3)
        Left what `base` found, right what `new` found.
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
    """Return the number of the sample with most nuclei."""
    counts = [np.count_nonzero(np.unique(sample.labels)) for sample in samples]
    return int(np.argmax(counts))
