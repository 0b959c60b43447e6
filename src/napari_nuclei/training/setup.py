"""What a training begins with: samples that suffice, and the base at their scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import TrainConfig
from napari_nuclei.core.diameter import area_weighted_diameter, object_areas
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.data.annotated_mask import ignore_unpainted
from napari_nuclei.data.datasets import Sample
from napari_nuclei.data.split import MIN_WHOLE_IMAGES, hold_out
from napari_nuclei.evaluation.held_out import ModelEvaluation, evaluate_model
from napari_nuclei.evaluation.results import Evaluation
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.store import (
    DEFAULT_MODEL,
    ModelEntry,
    list_models,
)
from napari_nuclei.training.base_model import find_base_model
from napari_nuclei.training.weight_interpolation import (
    MIN_LOSS_REDUCTION,
    interpolation_factor,
)

ImageLabelPair = tuple[NDArray[Any], NDArray[Any]]

FIT_TIME_FRACTION = 0.75
"""Share of a fine-tuning's budget in which weights are fitted; the rest is for
converting and measuring the model."""

SPARSE_FRACTION = 0.25
"""Of pixels; of a divided image that is annotated all over each part knows about a
half."""

UNFAMILIAR_F1 = 0.25
"""A base whose F1 on what is annotated is lower does not know the kind of image; what
goes on from it tells nuclei from what looks like them, but not yet at which scale."""


@dataclass(frozen=True, slots=True)
class TrainingSetup:
    """What a training learns from, and what it has to beat.

    Attributes
    ----------
    samples, held_out : list of Sample
        To learn from, and held out.
    config : TrainConfig
        With the diameter, and the share that is taken of what is learnt.
    base : ModelEntry, optional
        The model that it begins from.
    annotated_diameter : float, optional
        With a base, the typical diameter of the annotated nuclei, in pixels.
    baseline : ModelEvaluation, optional
        The model that the new one is compared with, on what is held out.
    base_evaluation : ModelEvaluation, optional
        The base on all that is annotated, as of `evaluate_on_all`, where the share that
        is taken of what is learnt is left to the training.
    min_loss_reduction : float, optional
        More is taken of what is learnt than `config.finetuned_weight` where that
        lowers the loss of what is held out by more than this share of it.
    """

    samples: list[Sample]
    held_out: list[Sample]
    config: TrainConfig
    base: ModelEntry | None
    annotated_diameter: float | None
    baseline: ModelEvaluation | None
    base_evaluation: ModelEvaluation | None
    min_loss_reduction: float | None

    @property
    def usual_diameter(self) -> float | None:
        """The diameter that the new model's card should name as usual, in pixels."""
        if self.base is None:
            return None
        strange = (
            self.base_evaluation is not None and self.base_evaluation.f1 < UNFAMILIAR_F1
        )
        return self.annotated_diameter if strange else self.base.card.usual_diameter

    def with_remaining_budget(self, spent: float) -> TrainConfig:
        """Return the configuration with the part of the budget that is left to fit.

        Loading counts, so that the whole ends when it was said to; `spent` is how long
        it took, in seconds.
        """
        if not self.config.budget:
            return self.config
        share = 1.0 if self.base is None else FIT_TIME_FRACTION
        left = share * self.config.budget - spent
        return replace(self.config, budget=max(1.0, left))


def as_samples(samples: Sequence[Sample | ImageLabelPair]) -> list[Sample]:
    """Return samples, made of pairs of an image and its labels where need be."""
    return [
        item
        if isinstance(item, Sample)
        else Sample(f"image {number}", item[0], np.asarray(item[1], np.int32))
        for number, item in enumerate(samples, 1)
    ]


def check_samples(
    samples: Sequence[Sample], validation: Sequence[Sample] | None
) -> None:
    """Raise ValueError unless there is something to learn and to check it on.

    None stands for a validation set that is still to be held out of the samples.
    """
    if not samples:
        raise ValueError("there must be at least one image to train on; got none")
    if validation is None:
        validation = samples
    elif not validation:
        raise ValueError("the validation set is empty; name at least one image for it")
    shared = {s.name for s in samples} & {s.name for s in validation}
    if shared and validation is not samples:
        raise ValueError(
            f"{len(shared)} images are both in the training and in the validation set, "
            f"such as {min(shared)}; give them different names or take them out of one"
        )
    for what, some in (("training", samples), ("validation", validation)):
        if not any(sample.labels.any() for sample in some):
            raise ValueError(f"the {what} images hold no nucleus; annotate some first")


def model_diameter(
    config: TrainConfig, samples: Sequence[Sample], base: ModelEntry | None
) -> float:
    """Return the diameter, in pixels, of the nuclei that a model is for."""
    if config.diameter is not None:
        return config.diameter
    return median_diameter(samples) if base is None else base.card.diameter


def median_diameter(samples: Sequence[Sample]) -> float:
    """Return the median over samples of their nuclei's diameter, in pixels."""
    found = [area_weighted_diameter(object_areas(sample.labels)) for sample in samples]
    return round(float(np.nanmedian(found)), 1)


def choose_interpolation_factor(
    samples: Sequence[Sample], base: ModelEvaluation | None
) -> float:
    """Return what share of the weights learnt from samples is taken beside a base's."""
    if base is None:
        return 1.0
    images = sum(bool(sample.labels.any()) for sample in samples)
    # Of three nuclei that are all found one does not know that the others will be.
    return interpolation_factor(images, (base.f1 * base.nuclei + 1) / (base.nuclei + 2))


def evaluate_on_all(
    segmenter: Segmenter,
    samples: Sequence[Sample],
    held_out: ModelEvaluation,
    diameter: float | None,
) -> ModelEvaluation:
    """Return how a model does on all that is annotated; what is held out may be little.

    Of many images it tells enough.

    Parameters
    ----------
    segmenter : Segmenter
    samples : sequence of Sample
        That are to be learnt from.
    held_out : ModelEvaluation
        The model on what is held out.
    diameter : float, optional
        As of `evaluate_model`.
    """
    if len(samples) >= MIN_WHOLE_IMAGES:
        return held_out
    more = evaluate_model(segmenter, samples, diameter)
    images = (*more.evaluation.images, *held_out.evaluation.images)
    return ModelEvaluation(
        held_out.name, Evaluation(images), [*more.labels, *held_out.labels]
    )


def is_sparsely_annotated(samples: Sequence[Sample]) -> bool:
    """Return whether most of the images is still to be found: some nuclei are painted.

    A model that learns from them is for these images first, and for others second.
    What is set aside of an image has the whole of it too, and knows another part.
    """
    annotated = sum(
        s.labels.size if s.annotated is None else s.annotated.sum() for s in samples
    )
    return annotated < SPARSE_FRACTION * sum(s.labels.size for s in samples)


def bundled_model() -> ModelEntry | None:
    """Return the model that a new one has to beat where it had no base."""
    return next((x for x in list_models() if x.name == DEFAULT_MODEL), None)


def prepare_training(
    samples: Sequence[Sample | ImageLabelPair],
    config: TrainConfig,
    validation: Sequence[Sample | ImageLabelPair] | None,
    base: str | Path | None,
) -> TrainingSetup:
    """Check what is given to a training; hold some out and judge the rival on it."""
    some, held_out = as_samples(samples), as_samples(validation or ())
    if config.unpainted == "ignore":
        some, held_out = (
            [ignore_unpainted(s) for s in part] for part in (some, held_out)
        )
    if validation is None:
        check_samples(some, None)
        some, held_out = hold_out(some, config.val_fraction, config.seed)
    check_samples(some, held_out)
    entry = None if base is None else find_base_model(base)
    config = replace(config, diameter=model_diameter(config, some, entry))
    annotated_diameter = None if entry is None else median_diameter([*some, *held_out])
    beaten, baseline, base_evaluation = entry or bundled_model(), None, None
    if beaten is not None:
        segmenter = load_segmenter(beaten.folder)
        baseline = evaluate_model(segmenter, held_out, annotated_diameter)
        if annotated_diameter is not None and config.finetuned_weight is None:
            base_evaluation = evaluate_on_all(
                segmenter, some, baseline, annotated_diameter
            )
    min_loss_reduction = None
    if config.finetuned_weight is None:
        min_loss_reduction = (
            0.0 if is_sparsely_annotated([*some, *held_out]) else MIN_LOSS_REDUCTION
        )
        config = replace(
            config, finetuned_weight=choose_interpolation_factor(some, base_evaluation)
        )
    return TrainingSetup(
        some,
        held_out,
        config,
        entry,
        annotated_diameter,
        baseline,
        base_evaluation,
        min_loss_reduction,
    )
