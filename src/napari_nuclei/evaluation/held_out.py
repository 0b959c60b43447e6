"""Score a trained model and its base on held-out images."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.diameter import area_weighted_diameter, object_areas
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.data.datasets import Sample
from napari_nuclei.evaluation.evaluate import (
    Evaluation,
    ImageResult,
    Labels,
    evaluate_samples,
    make_segment_function,
)


@dataclass(frozen=True, slots=True)
class ModelEvaluation:
    """How a model does on what was held out.

    Attributes
    ----------
    name : str
        Of the model.
    evaluation : Evaluation
    labels : list of ndarray of int32, shape (Y, X)
        What it finds in each image.
    """

    name: str
    evaluation: Evaluation
    labels: list[Labels]

    @property
    def f1(self) -> float:
        """The pooled F1 at an IoU of .5."""
        return self.evaluation.pooled.objects[0].f1

    @property
    def nuclei(self) -> int:
        """How many nuclei were held out."""
        return sum(image.nuclei for image in self.evaluation.images)


def evaluate_model(
    segmenter: Segmenter, samples: Sequence[Sample], diameter: float | None = None
) -> ModelEvaluation:
    """Find out how a model does on samples.

    Parameters
    ----------
    segmenter : Segmenter
    samples : sequence of Sample
    diameter : float, optional
        Of the nuclei that were painted, in pixels. Each image is then looked at where
        its own annotated nuclei are as large as the model likes them: who has painted
        some knows their size, and need not have it measured. None measures it.
    """
    found: list[Labels] = []
    images: list[ImageResult] = []
    for sample in samples:
        one = evaluate_samples(
            make_segment_function(segmenter, config_for_sample(sample, diameter)),
            [sample],
            probability=segmenter.card.probability,
            on_labels=found.append,
        )
        images += one.images
    return ModelEvaluation(segmenter.card.name, Evaluation(tuple(images)), found)


def config_for_sample(sample: Sample, usual: float | None) -> SegmentConfig:
    """Return how a sample is segmented: at the diameter of its own nuclei.

    Where it has none, at the usual one; it is measured where that is None.
    """
    if usual is None:
        return SegmentConfig()
    own = area_weighted_diameter(object_areas(sample.labels))
    return SegmentConfig(diameter=own if math.isfinite(own) else usual)
