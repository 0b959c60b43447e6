"""Compare a new model with its baseline on held-out nuclei."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.normalize import normalize
from napari_nuclei.core.targets import label_edges
from napari_nuclei.data.datasets import Sample
from napari_nuclei.evaluation.nucleus_comparison import Conclusion, NucleusComparison
from napari_nuclei.evaluation.titled_pictures import join_pictures

BASE_COLOUR, NEW_COLOUR, TRUTH_COLOUR = (255, 120, 40), (60, 220, 90), (255, 255, 255)
"""Outline colours of the baseline, of the new model and of the annotation."""

COMPARISON_FIGURE = "held_out.png"
"""File name of the picture with the nuclei of the baseline and of the new model."""

MIN_PANEL_WIDTH = 256
"""Narrower pictures are enlarged, in pixels."""


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
    corrected, added : int, optional
        Errors of the baseline alone and of the new model alone, see
        `NucleusComparison`. None without a baseline, and in older model cards.
    """

    nuclei: int
    f1: float
    base: str | None = None
    base_f1: float | None = None
    diameter: float | None = None
    corrected: int | None = None
    added: int | None = None

    @property
    def by_nucleus(self) -> NucleusComparison | None:
        """The comparison nucleus by nucleus; None if it was not made."""
        if self.corrected is None or self.added is None:
            return None
        return NucleusComparison(self.nuclei, self.corrected, self.added)

    @property
    def conclusion(self) -> Conclusion:
        """Whether the new model is better than the baseline."""
        by_nucleus = self.by_nucleus
        return Conclusion.UNDECIDED if by_nucleus is None else by_nucleus.conclusion

    @property
    def is_better(self) -> bool:
        """Whether the new model is at least probably better; a tie is not.

        A model without a baseline has nothing to be better than, and is.
        """
        return self.base_f1 is None or self.conclusion in (
            Conclusion.BETTER,
            Conclusion.PROBABLY_BETTER,
        )

    @property
    def is_worse(self) -> bool:
        """Whether the new model is at least probably worse than the baseline."""
        return self.conclusion in (Conclusion.WORSE, Conclusion.PROBABLY_WORSE)

    def summary_line(self, name: str) -> str:
        """Describe the comparison in one line.

        Parameters
        ----------
        name : str
            Name of the new model.

        Examples
        --------
        >>> comparison = ModelComparison(3, 0.8, "nuclei", 0.6, corrected=1, added=0)
        >>> comparison.summary_line("mine")[:60]
        'Tested on 3 held-out nuclei: F1 0.60 (nuclei), 0.80 (mine). '
        >>> comparison.summary_line("mine")[60:]
        'Too few to decide; annotate more nuclei.'
        """
        nuclei = "nucleus" if self.nuclei == 1 else "nuclei"
        scores = [] if self.base_f1 is None else [f"{self.base_f1:.2f} ({self.base})"]
        scores.append(f"{self.f1:.2f} ({name})")
        line = f"Tested on {self.nuclei} held-out {nuclei}: F1 {', '.join(scores)}."
        if self.by_nucleus is None or self.base is None:
            return line
        if self.conclusion is Conclusion.UNDECIDED:
            return f"{line} Too few to decide; annotate more nuclei."
        return f"{line} {self.by_nucleus.sentence(name, self.base)}"

    def as_dict(self) -> dict[str, Any]:
        """Return the values for a model card."""
        values = asdict(self)
        for name in ("f1", "base_f1"):
            if values[name] is not None:
                values[name] = round(values[name], 4)
        return values


def read_comparison(training: dict[str, Any]) -> ModelComparison | None:
    """Return the comparison stored in the training part of a model card, if any.

    Keys of later versions are ignored.
    """
    held_out = training.get("held_out")
    if held_out is None:
        return None
    names = {field.name for field in fields(ModelComparison)}
    return ModelComparison(**{k: v for k, v in held_out.items() if k in names})


def draw_comparison(
    sample: Sample,
    base: NDArray[np.integer],
    new: NDArray[np.integer],
    titles: tuple[str, str],
) -> NDArray[np.uint8]:
    """Draw two predictions on an image, side by side, with the annotation in white.

    Parameters
    ----------
    sample : Sample
        Only the region that contains its nuclei is drawn; without nuclei, the
        annotated region.
    base, new : ndarray of int, shape (Y, X)
        Predicted labels of the baseline and of the new model.
    titles : tuple of str
        Written above the two pictures, such as the names of the models.

    Returns
    -------
    ndarray of uint8, shape (y, x, 3)
        Left the baseline, right the new model. A small region is enlarged.
    """
    drawn: NDArray[np.bool_] = sample.labels > 0
    if not drawn.any() and sample.annotated is not None:
        drawn = sample.annotated
    if not drawn.any():
        drawn = ~drawn
    rows, columns = np.nonzero(drawn)
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
    zoom = max(1, MIN_PANEL_WIDTH // image.shape[1])
    return join_pictures(pictures, titles, zoom=zoom)


def most_annotated(samples: Sequence[Sample]) -> int:
    """Return the index of the sample with the most nuclei."""
    counts = [np.count_nonzero(np.unique(sample.labels)) for sample in samples]
    return int(np.argmax(counts))
