"""Choosing a model's thresholds on validation images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

from napari_nuclei.core.maps import Maps
from napari_nuclei.core.scores import pooled
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.training.datasets import Sample
from napari_nuclei.training.known import compare_known

PROBABILITIES = (0.4, 0.5, 0.6)
SPLITTINGS = (0.3, 0.35, 0.4, 0.45, 0.5, 0.6)
MIN_SIZES = (12.0, 24.0)


@dataclass(frozen=True, slots=True)
class Thresholds:
    """The thresholds that gave the best mean AP over IoU .5 to .95, pooled.

    Attributes
    ----------
    probability, splitting : float
        As of `SegmentConfig`.
    min_size : float
        In pixels at the model's scale.
    mean_ap : float
    """

    probability: float
    splitting: float
    min_size: float
    mean_ap: float


def choose_thresholds(
    segmenter: Segmenter, maps: Sequence[Maps], samples: Sequence[Sample]
) -> Thresholds:
    """Try all combinations of thresholds on outputs of the network.

    Parameters
    ----------
    segmenter : Segmenter
    maps : sequence of Maps
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
    best: Thresholds | None = None
    for probability, splitting, size in product(PROBABILITIES, SPLITTINGS, MIN_SIZES):
        card = replace(
            segmenter.card,
            probability=probability,
            splitting=splitting,
            min_size=size,
        )
        trial = Segmenter(segmenter.network, card)
        counts = [
            compare_known(sample, trial.label(some))
            for some, sample in zip(maps, samples, strict=True)
        ]
        found = Thresholds(probability, splitting, size, pooled(counts).mean_ap())
        if best is None or found.mean_ap > best.mean_ap:
            best = found
    assert best is not None  # there is at least one combination
    return best
