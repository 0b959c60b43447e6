"""Fit the confidence curves of a model on validation images."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.card import COLOUR, GREY, ModelCard
from napari_nuclei.core.confidence import ConfidenceCurve, count_error, logit
from napari_nuclei.core.maps import OutputMaps
from napari_nuclei.core.matching import find_overlaps, match_objects
from napari_nuclei.core.normalize import is_grey
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.data.annotated_mask import drop_unannotated
from napari_nuclei.data.datasets import Sample

MIN_NUCLEI = 20
"""Smallest number of right and of wrong nuclei for a curve."""

MIN_IMAGES = 8
"""Smallest number of images for a curve."""

COVERED = 0.9
"""Fraction of the validation images whose annotated number lies in the range."""


@dataclass(frozen=True, slots=True)
class ImageNuclei:
    """The nuclei found in a validation image, and the number of annotated ones.

    Attributes
    ----------
    kind : {"grey", "colour"}
    confidence : ndarray of float64, shape (n,)
        Confidence of each nucleus found, or its mean foreground probability without a
        curve.
    right : ndarray of bool, shape (n,)
        Whether it matches an annotated nucleus at an IoU of at least 0.5.
    annotated : int
        Number of annotated nuclei.
    """

    kind: str
    confidence: NDArray[np.float64]
    right: NDArray[np.bool_]
    annotated: int


def calibrate(
    segmenter: Segmenter, maps: Sequence[OutputMaps], samples: Sequence[Sample]
) -> ModelCard:
    """Return the model card with curves for the kinds with enough validation images.

    The numbers of `ConfidenceCurve.count_range` are not set: they depend on the
    thresholds of the card, see `fit_count_ranges`.

    Parameters
    ----------
    segmenter : Segmenter
    maps : sequence of OutputMaps
        Output of the network for each sample.
    samples : sequence of Sample
        With instance labels.
    """
    plain = [replace(plane_maps, curve=None) for plane_maps in maps]
    nuclei_of_images = find_nuclei(
        segmenter, plain, samples, SegmentConfig(min_confidence=0.0)
    )
    curves = dict(segmenter.card.confidence)
    for kind in (GREY, COLOUR):
        images = [image for image in nuclei_of_images if image.kind == kind]
        curve = fit_curve(images)
        if curve is not None:
            curves[kind] = curve
    return replace(segmenter.card, confidence=curves)


def with_curves(
    maps: Sequence[OutputMaps], samples: Sequence[Sample], card: ModelCard
) -> list[OutputMaps]:
    """Return output maps of samples with the confidence curves of a model card."""
    return [
        replace(plane_maps, curve=card.curve(not is_grey(sample.image)))
        for plane_maps, sample in zip(maps, samples, strict=True)
    ]


def find_nuclei(
    segmenter: Segmenter,
    maps: Sequence[OutputMaps],
    samples: Sequence[Sample],
    config: SegmentConfig | None = None,
) -> list[ImageNuclei]:
    """Label the output of a network, and compare each nucleus with the annotation.

    Parameters
    ----------
    segmenter : Segmenter
    maps : sequence of OutputMaps
        Output of the network for each sample.
    samples : sequence of Sample
    config : SegmentConfig, optional
        Thresholds; those of the model card by default.
    """
    nuclei_of_images = []
    for plane_maps, sample in zip(maps, samples, strict=True):
        filtered = segmenter.label(plane_maps, config)
        labels = drop_unannotated(filtered.labels, sample.annotated)
        numbers = np.unique(labels[labels > 0])
        overlaps = find_overlaps(sample.labels, labels)
        matched = overlaps.predicted[match_objects(overlaps)]
        nuclei_of_images.append(
            ImageNuclei(
                GREY if is_grey(sample.image) else COLOUR,
                filtered.confidence[numbers - 1],
                np.isin(numbers, matched),
                len(np.unique(sample.labels[sample.labels > 0])),
            )
        )
    return nuclei_of_images


def fit_curve(images: Sequence[ImageNuclei]) -> ConfidenceCurve | None:
    """Fit the logistic curve of one kind of image; None for too few nuclei or images.

    Parameters
    ----------
    images : sequence of ImageNuclei
        With mean foreground probabilities as confidence.
    """
    if len(images) < MIN_IMAGES:
        return None
    means = np.concatenate([image.confidence for image in images])
    right = np.concatenate([image.right for image in images])
    if min(right.sum(), (~right).sum()) < MIN_NUCLEI:
        return None
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=10.0).fit(logit(means)[:, np.newaxis], right)
    intercept, slope = float(model.intercept_[0]), float(model.coef_[0, 0])
    return ConfidenceCurve(round(intercept, 4), round(slope, 4)) if slope > 0 else None


def fit_count_ranges(
    segmenter: Segmenter, maps: Sequence[OutputMaps], samples: Sequence[Sample]
) -> ModelCard:
    """Return the model card with the ranges of counts, for its own thresholds.

    Parameters
    ----------
    segmenter : Segmenter
        With the card whose curves and thresholds are final.
    maps : sequence of OutputMaps
        Output of the network for each sample; their curves are replaced.
    samples : sequence of Sample
    """
    card = segmenter.card
    nuclei_of_images = find_nuclei(segmenter, with_curves(maps, samples, card), samples)
    curves = dict(card.confidence)
    for kind, curve in card.confidence.items():
        images = [image for image in nuclei_of_images if image.kind == kind]
        if len(images) >= MIN_IMAGES:
            differences = [
                (image.annotated - len(image.confidence))
                / count_error(image.confidence)
                for image in images
            ]
            tail = (1 - COVERED) / 2
            low, high = np.quantile(differences, [tail, 1 - tail])
            curves[kind] = replace(
                curve, count_low=round(float(low), 3), count_high=round(float(high), 3)
            )
    return replace(card, confidence=curves)
