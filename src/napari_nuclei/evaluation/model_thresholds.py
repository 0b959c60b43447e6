"""Choose the thresholds of a model on validation images."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from operator import attrgetter
from time import monotonic

from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.maps import OutputMaps
from napari_nuclei.core.scores import pooled
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.data.annotated_mask import compare_annotated
from napari_nuclei.data.datasets import Sample

PROBABILITIES = (0.4, 0.5, 0.6)
SPLITTINGS = (0.3, 0.35, 0.4, 0.45, 0.5, 0.6)
MIN_SIZES = (12.0, 24.0)
MIN_MEAN_FOREGROUNDS = (0.0, 0.7, 0.75)
"""Minimum confidences of a model that is not calibrated. Higher values score better on
validation images, but remove true nuclei in images of other kinds, for which a network
predicts lower probabilities."""

MIN_CONFIDENCES = (0.0, 0.35, 0.45, 0.55)
"""Minimum confidences of a calibrated model."""

TRIALS = len(PROBABILITIES) * len(SPLITTINGS) * (len(MIN_SIZES) + 1) + len(
    MIN_MEAN_FOREGROUNDS
)
"""Number of times that `choose_thresholds` labels each image."""


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The thresholds with the best pooled mean AP at IoU 0.5 to 0.95.

    Attributes
    ----------
    probability, splitting, min_confidence : float
        See `SegmentConfig`.
    min_size : float
        In pixels of area at the network scale.
    mean_ap : float
        0 to 1.
    """

    probability: float
    splitting: float
    min_size: float
    min_confidence: float
    mean_ap: float

    def apply_to(self, card: ModelCard) -> ModelCard:
        """Return a model card with these thresholds."""
        return card.with_thresholds(self)


def choose_thresholds(
    segmenter: Segmenter,
    maps: Sequence[OutputMaps],
    samples: Sequence[Sample],
    *,
    seconds: float | None = None,
) -> Thresholds:
    """Try combinations of thresholds on the output of the network.

    The minimum confidence is chosen after the other thresholds. Probability and
    splitting are then chosen again, since false nuclei of low confidence are gone.

    Parameters
    ----------
    segmenter : Segmenter
    maps : sequence of OutputMaps
        Output of the network for each sample.
    samples : sequence of Sample
    seconds : float, optional
        Longest time. If all samples take longer, evenly spaced ones are used.

    Returns
    -------
    Thresholds

    Raises
    ------
    ValueError
        If there are no samples, or not one map per sample.
    """
    if not samples:
        raise ValueError("There must be at least one sample to choose thresholds on")

    def score(
        probability: float,
        splitting: float,
        min_size: float,
        min_confidence: float = 0.0,
    ) -> Thresholds:
        thresholds = Thresholds(probability, splitting, min_size, min_confidence, 0.0)
        trial = Segmenter(segmenter.network, thresholds.apply_to(segmenter.card))
        counts = [
            compare_annotated(sample, trial.label(plane_maps).labels)
            for plane_maps, sample in zip(maps, samples, strict=True)
        ]
        return replace(thresholds, mean_ap=pooled(counts).mean_ap())

    confidences = MIN_CONFIDENCES if segmenter.card.confidence else MIN_MEAN_FOREGROUNDS

    def best(options: Iterable[Thresholds]) -> Thresholds:
        return max(options, key=attrgetter("mean_ap"))  # the first of equals

    if seconds is not None:
        started = monotonic()
        score(PROBABILITIES[0], SPLITTINGS[0], MIN_SIZES[0])
        step = math.ceil(TRIALS * (monotonic() - started) / seconds)
        maps, samples = maps[::step], samples[::step]
    first = best(
        score(*values) for values in product(PROBABILITIES, SPLITTINGS, MIN_SIZES)
    )
    second = best(
        score(first.probability, first.splitting, first.min_size, min_confidence)
        for min_confidence in confidences
    )
    return best(
        score(*values, first.min_size, second.min_confidence)
        for values in product(PROBABILITIES, SPLITTINGS)
    )
