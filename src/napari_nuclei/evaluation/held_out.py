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
    Labels,
    evaluate_samples,
    make_curve_function,
    make_segment_function,
)
from napari_nuclei.evaluation.evaluation_results import Evaluation, ImageResult


@dataclass(frozen=True, slots=True)
class ModelEvaluation:
    """Scores and labels of a model on held-out images.

    Attributes
    ----------
    name : str
        Name of the model.
    evaluation : Evaluation
    labels : list of ndarray of int32, shape (Y, X)
        Predicted instance labels of each image.
    """

    name: str
    evaluation: Evaluation
    labels: list[Labels]

    @property
    def f1(self) -> float:
        """Pooled F1 at an IoU of 0.5."""
        return self.evaluation.pooled.objects[0].f1

    @property
    def nuclei(self) -> int:
        """Number of annotated nuclei in the images."""
        return sum(image.nuclei for image in self.evaluation.images)


def evaluate_model(
    segmenter: Segmenter, samples: Sequence[Sample], diameter: float | None = None
) -> ModelEvaluation:
    """Score a model on samples.

    Parameters
    ----------
    segmenter : Segmenter
    samples : sequence of Sample
    diameter : float, optional
        Typical diameter of the annotated nuclei, in pixels. Each image is then resized
        by the diameter of its own annotated nuclei, or by this one if it has none. None
        estimates the diameter from the image.

    Returns
    -------
    ModelEvaluation
    """
    labels: list[Labels] = []
    images: list[ImageResult] = []
    for sample in samples:
        config = config_for_sample(sample, diameter)
        evaluation = evaluate_samples(
            make_segment_function(segmenter, config),
            [sample],
            probability=segmenter.card.probability,
            on_labels=labels.append,
            curve_of=make_curve_function(segmenter),
        )
        images += evaluation.images
    return ModelEvaluation(segmenter.card.name, Evaluation(tuple(images)), labels)


def config_for_sample(sample: Sample, typical: float | None) -> SegmentConfig:
    """Return settings with the diameter of the annotated nuclei of a sample.

    Parameters
    ----------
    sample : Sample
    typical : float, optional
        Diameter for a sample without nuclei, in pixels. None leaves the diameter of all
        samples to automatic estimation.
    """
    if typical is None:
        return SegmentConfig()
    own = area_weighted_diameter(object_areas(sample.labels))
    return SegmentConfig(diameter=own if math.isfinite(own) else typical)
