"""Test whether one model is better than another on the same nuclei.

Each nucleus that only one model finds counts for this model, and each false detection
that only one model makes counts against it. Errors that both models make say nothing.
The counts are compared with an exact binomial test (McNemar, "Note on the sampling
error of the difference between correlated proportions or percentages", 1947,
https://doi.org/10.1007/BF02295996). Nuclei of one image are alike, so the result holds
for images like those tested.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from napari_nuclei.core.matching import find_overlaps, match_objects
from napari_nuclei.evaluation.nucleus_outcomes import MATCH_IOU, NucleusOutcomes

CLEAR_P, SIGNIFICANT_P, PROBABLE_P = 0.01, 0.05, 0.2
"""Below these p values a model is clearly better, better, and probably better."""

MIN_NUCLEI = 6
"""With fewer nuclei, p cannot fall below 0.05 even if one model finds all of them and
the other none."""

MIN_TIE_NUCLEI = 60
"""From this many nuclei on, the models count as equal if no difference is seen: a gain
of one nucleus in ten (6 to 0) would give a p value below 0.05."""


class Conclusion(Enum):
    """The outcome of a comparison, for the first of the two models."""

    BETTER = "better"
    PROBABLY_BETTER = "probably better"
    EQUAL = "equal"
    UNDECIDED = "undecided"
    PROBABLY_WORSE = "probably worse"
    WORSE = "worse"


@dataclass(frozen=True, slots=True)
class NucleusComparison:
    """Errors of a model and its baseline on the same nuclei.

    Attributes
    ----------
    nuclei : int
        Number of annotated nuclei.
    corrected : int
        Errors of the baseline that the model does not make: nuclei missed by the
        baseline alone, and false detections of the baseline alone.
    added : int
        Errors of the model that the baseline does not make.
    """

    nuclei: int
    corrected: int
    added: int

    @property
    def p_value(self) -> float:
        """Probability of a difference at least this large between equal models."""
        total = self.corrected + self.added
        return float(stats.binomtest(self.corrected, total).pvalue) if total else 1.0

    @property
    def conclusion(self) -> Conclusion:
        """Whether the model is better than the baseline."""
        p = self.p_value
        if self.nuclei < MIN_NUCLEI:
            return Conclusion.UNDECIDED
        if p >= PROBABLE_P:
            enough = self.nuclei >= MIN_TIE_NUCLEI
            return Conclusion.EQUAL if enough else Conclusion.UNDECIDED
        if self.corrected > self.added:
            return (
                Conclusion.BETTER if p < SIGNIFICANT_P else Conclusion.PROBABLY_BETTER
            )
        return Conclusion.WORSE if p < SIGNIFICANT_P else Conclusion.PROBABLY_WORSE

    def sentence(self, name: str, base: str) -> str:
        """Say in one sentence which model is better, and how sure this is.

        Parameters
        ----------
        name, base : str
            Names of the model and of the baseline.

        Examples
        --------
        >>> NucleusComparison(48, 11, 2).sentence("mine", "base")
        'mine is better: it corrects 11 errors of base and makes 2 new ones (p = 0.02).'
        >>> NucleusComparison(90, 3, 4).sentence("mine", "nuclei")
        'No clear difference: mine corrects 3 errors of nuclei and makes 4 new ones.'
        >>> NucleusComparison(3, 1, 0).sentence("mine", "nuclei")
        'Too few nuclei to decide.'
        """
        conclusion = self.conclusion
        if conclusion is Conclusion.UNDECIDED:
            return "Too few nuclei to decide."
        if not self.corrected and not self.added:
            return f"No difference: {name} and {base} make the same errors."
        counts = (
            f"corrects {count_of(self.corrected, 'error')} of {base} and makes "
            f"{count_of(self.added, 'new one')}"
        )
        if conclusion is Conclusion.EQUAL:
            return f"No clear difference: {name} {counts}."
        clearly = "clearly " if self.p_value < CLEAR_P else ""
        p = format_p(self.p_value)
        return f"{name} is {clearly}{conclusion.value}: it {counts} ({p})."


def compare_nuclei(
    new: Sequence[NucleusOutcomes], base: Sequence[NucleusOutcomes]
) -> NucleusComparison:
    """Compare a model with its baseline nucleus by nucleus.

    Parameters
    ----------
    new, base : sequence of NucleusOutcomes
        Outcomes of each model in the same images.

    Raises
    ------
    ValueError
        If the images or their nuclei differ in number.
    """
    corrected = added = nuclei = 0
    for mine, other in zip(new, base, strict=True):
        if len(mine.found) != len(other.found):
            raise ValueError(
                "new and base must have the same annotated nuclei; got "
                f"{len(mine.found)} and {len(other.found)}"
            )
        shared = count_shared(mine.false_detections, other.false_detections)
        nuclei += len(mine.found)
        corrected += int(np.count_nonzero(mine.found & ~other.found))
        corrected += len(other.false_detections) - shared
        added += int(np.count_nonzero(other.found & ~mine.found))
        added += len(mine.false_detections) - shared
    return NucleusComparison(nuclei, corrected, added)


def count_shared(
    first: Sequence[NDArray[np.intp]], second: Sequence[NDArray[np.intp]]
) -> int:
    """Count the false detections that two models share, at an IoU of `MATCH_IOU`."""
    if not first or not second:
        return 0
    size = 1 + max(int(pixels.max()) for pixels in (*first, *second))
    both = np.zeros((2, size), np.int32)
    for labels, detections in zip(both, (first, second), strict=True):
        for number, pixels in enumerate(detections, start=1):
            labels[pixels] = number
    return len(match_objects(find_overlaps(*both), MATCH_IOU))


def count_of(number: int, noun: str) -> str:
    """Return a number with its noun in the right form.

    Examples
    --------
    >>> count_of(1, "error"), count_of(0, "new one")
    ('1 error', 'no new ones')
    """
    return f"{number or 'no'} {noun}{'' if number == 1 else 's'}"


def format_p(p_value: float) -> str:
    """Return a p value as text, with the digits that matter.

    Examples
    --------
    >>> format_p(0.0225), format_p(0.0034), format_p(0.00002)
    ('p = 0.02', 'p = 0.003', 'p < 0.001')
    """
    if p_value < 0.001:
        return "p < 0.001"
    return f"p = {p_value:.3f}" if p_value < 0.0095 else f"p = {p_value:.2f}"
