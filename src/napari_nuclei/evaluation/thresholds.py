"""Choosing a model's thresholds on validation images."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from operator import attrgetter

from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.maps import OutputMaps
from napari_nuclei.core.scores import pooled
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.data.annotated_mask import compare_annotated
from napari_nuclei.data.datasets import Sample

PROBABILITIES = (0.4, 0.5, 0.6)
SPLITTINGS = (0.3, 0.35, 0.4, 0.45, 0.5, 0.6)
MIN_SIZES = (12.0, 24.0)
MIN_SCORES = (0.0, 0.7, 0.75)
"""Higher ones gain on validation images, but images of other kinds leave a network less
sure of nuclei that it does find."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The thresholds that gave the best mean AP over IoU .5 to .95, pooled.

    Attributes
    ----------
    probability, splitting : float
        As of `SegmentConfig`.
    min_size : float
        In pixels at the model's scale.
    min_score : float
    mean_ap : float
    """

    probability: float
    splitting: float
    min_size: float
    min_score: float
    mean_ap: float

    def apply_to(self, card: ModelCard) -> ModelCard:
        """Return a card that has these thresholds."""
        return card.with_thresholds(self)


def choose_thresholds(
    segmenter: Segmenter, maps: Sequence[OutputMaps], samples: Sequence[Sample]
) -> Thresholds:
    """Try combinations of thresholds on outputs of the network.

    The lowest score is chosen for the nuclei that the others give; then those are
    chosen again, since what it drops no longer counts against them.

    Parameters
    ----------
    segmenter : Segmenter
    maps : sequence of OutputMaps
        The network's output for each sample.
    samples : sequence of Sample

    Returns
    -------
    Thresholds

    Raises
    ------
    ValueError
        If there are no samples, or not as many as maps.
    """
    if not samples:
        raise ValueError("there must be at least one sample to choose thresholds on")

    def tried(
        probability: float, splitting: float, min_size: float, min_score: float = 0.0
    ) -> Thresholds:
        thresholds = Thresholds(probability, splitting, min_size, min_score, 0.0)
        trial = Segmenter(segmenter.network, thresholds.apply_to(segmenter.card))
        counts = [
            compare_annotated(sample, trial.label(some).labels)
            for some, sample in zip(maps, samples, strict=True)
        ]
        return replace(thresholds, mean_ap=pooled(counts).mean_ap())

    def best(options: Iterable[Thresholds]) -> Thresholds:
        return max(options, key=attrgetter("mean_ap"))  # the first of equals

    shape = best(
        tried(*values) for values in product(PROBABILITIES, SPLITTINGS, MIN_SIZES)
    )
    score = best(
        tried(shape.probability, shape.splitting, shape.min_size, score)
        for score in MIN_SCORES
    )
    return best(
        tried(*values, shape.min_size, score.min_score)
        for values in product(PROBABILITIES, SPLITTINGS)
    )
