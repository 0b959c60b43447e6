"""Set up a training run: check the samples, hold some out, evaluate the baseline."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import inf
from pathlib import Path
from time import monotonic

import numpy as np

from napari_nuclei.config import TrainConfig
from napari_nuclei.core.diameter import area_weighted_diameter, object_areas
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.data.annotated_mask import ignore_unpainted
from napari_nuclei.data.datasets import Sample
from napari_nuclei.data.split import MIN_WHOLE_IMAGES, hold_out
from napari_nuclei.evaluation.evaluation_results import Evaluation
from napari_nuclei.evaluation.held_out import ModelEvaluation, evaluate_model
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.store import DEFAULT_MODEL, ModelEntry, list_models
from napari_nuclei.training.epoch_length import with_epoch_length
from napari_nuclei.training.find_base import encoder_settings, find_base_model
from napari_nuclei.training.lazy_data import LazyData
from napari_nuclei.training.weight_interpolation import (
    MIN_LOSS_REDUCTION,
    interpolation_factor,
)

SPARSE_FRACTION = 0.25
"""Images are sparsely annotated if a smaller fraction of their pixels is annotated.
Each part of a split image has about half of its pixels, so a completely annotated image
is not sparse."""

UNFAMILIAR_F1 = 0.25
"""With a lower F1 on the annotated nuclei, a base model does not know this kind of
image. A model fine-tuned from it recognises the nuclei, but not yet their size."""


@dataclass(frozen=True, slots=True)
class TrainingSetup:
    """Samples, settings and baseline of a training run.

    Attributes
    ----------
    samples, held_out : list of Sample
        Training samples and held-out samples.
    config : TrainConfig
        With a diameter, and with `finetuned_weight` chosen if it was None.
    base : ModelEntry, optional
        Model that the training starts from.
    annotated_diameter : float, optional
        With a base model, the typical diameter of the annotated nuclei, in pixels.
        Without any it is None, and estimated from each image.
    baseline : ModelEvaluation, optional
        Scores, on the held-out samples, of the model to compare the new one with.
    base_evaluation : ModelEvaluation, optional
        Scores of the base model on all annotated nuclei, see `evaluate_on_all`. None if
        `finetuned_weight` was given.
    encoder : ModelEntry, optional
        Model whose encoder's weights a new network starts with.
    evaluation_seconds : float
        Time that the evaluation of the baseline took.
    lazy : LazyData, optional
        All training images, if `samples` are only the first of them.
    min_loss_reduction : float, optional
        Choose a larger factor than `finetuned_weight` if it lowers the validation loss
        by this fraction. Never if inf; 0 if only some nuclei are annotated; None if
        `finetuned_weight` was given.
    """

    samples: list[Sample]
    held_out: list[Sample]
    config: TrainConfig
    base: ModelEntry | None
    annotated_diameter: float | None
    baseline: ModelEvaluation | None
    base_evaluation: ModelEvaluation | None
    min_loss_reduction: float | None
    encoder: ModelEntry | None = None
    evaluation_seconds: float = 0.0
    lazy: LazyData | None = None

    @property
    def learns_batch_norm(self) -> bool:
        """Whether the statistics of batch normalisation change in the training."""
        return self.base is None or self.config.batch_norm == "learn"

    @property
    def usual_diameter(self) -> float | None:
        """Usual diameter for the model card, in pixels."""
        if self.base is None:
            return None
        evaluation, diameter = self.base_evaluation, self.annotated_diameter
        is_unfamiliar = evaluation is not None and evaluation.f1 < UNFAMILIAR_F1
        if is_unfamiliar and diameter is not None:
            return diameter
        return self.base.card.usual_diameter

    @property
    def requested_config(self) -> TrainConfig:
        """The settings with `finetuned_weight` None if it was chosen automatically."""
        if self.min_loss_reduction is None:
            return self.config
        return replace(self.config, finetuned_weight=None)


def prepare_training(
    samples: Sequence[Sample],
    config: TrainConfig,
    validation: Sequence[Sample] | None,
    base: str | Path | None,
) -> TrainingSetup:
    """Check the samples, hold some out if needed, and evaluate the baseline.

    Parameters
    ----------
    samples : sequence of Sample
    config : TrainConfig
    validation : sequence of Sample, optional
        None holds out some of `samples`.
    base : str or path-like, optional
        Name or folder of the model to start from.

    Raises
    ------
    OSError
        If there is no such model.
    ValueError
        If the samples cannot be trained on, or `config.encoder_only` is set without a
        base model.
    """
    training, held_out = list(samples), list(validation or ())
    if config.unpainted == "ignore":
        training = [ignore_unpainted(sample) for sample in training]
        held_out = [ignore_unpainted(sample) for sample in held_out]
    is_new = base is None or config.encoder_only
    if validation is None:
        check_samples(training, None, needs_nuclei=is_new)
        training, held_out = hold_out(training, config.val_fraction, config.seed)
    check_samples(training, held_out, needs_nuclei=is_new)
    entry = None if base is None else find_base_model(base)
    encoder = None
    if config.encoder_only:
        entry, encoder = None, entry
        config = replace(config, model=encoder_settings(config.model, encoder))
    config = replace(config, diameter=model_diameter(config, training, entry))
    config = with_epoch_length(config, training)
    annotated = [*training, *held_out]
    annotated_diameter = None if entry is None else median_diameter(annotated)
    baseline_entry = entry or encoder or bundled_model()
    baseline, base_evaluation = None, None
    started = monotonic()
    if baseline_entry is not None:
        segmenter = load_segmenter(baseline_entry.folder)
        baseline = evaluate_model(segmenter, held_out, annotated_diameter)
        if entry is not None and config.finetuned_weight is None:
            base_evaluation = evaluate_on_all(
                segmenter, training, baseline, annotated_diameter
            )
    evaluation_seconds = monotonic() - started
    min_loss_reduction = None
    if config.finetuned_weight is None:
        is_sparse = is_sparsely_annotated(annotated)
        min_loss_reduction = 0.0 if is_sparse else MIN_LOSS_REDUCTION
        if not any(sample.labels.any() for sample in held_out):
            # A model that finds nothing has the lowest loss on background.
            min_loss_reduction = inf
        factor = choose_interpolation_factor(training, base_evaluation)
        config = replace(config, finetuned_weight=factor)
    return TrainingSetup(
        samples=training,
        held_out=held_out,
        config=config,
        base=entry,
        annotated_diameter=annotated_diameter,
        baseline=baseline,
        base_evaluation=base_evaluation,
        min_loss_reduction=min_loss_reduction,
        encoder=encoder,
        evaluation_seconds=evaluation_seconds,
    )


def check_samples(
    samples: Sequence[Sample],
    validation: Sequence[Sample] | None,
    *,
    needs_nuclei: bool = True,
) -> None:
    """Raise ValueError unless samples and validation set contain annotations.

    If `validation` is None, part of the samples will be held out later. Unless
    `needs_nuclei`, annotated background is enough: it improves an existing model.
    """
    if not samples:
        raise ValueError("There must be at least one image to train on; got none")
    if validation is not None:
        if not validation:
            raise ValueError("The validation set is empty; give at least one image")
        shared = {s.name for s in samples} & {s.name for s in validation}
        if shared:
            raise ValueError(
                "Training and validation set have images in common, such as "
                f"{min(shared)}; rename them or remove them from one"
            )
    for title, part in (("training", samples), ("validation", validation)):
        if part is not None and not any(
            sample.labels.any() or (not needs_nuclei and has_mask(sample))
            for sample in part
        ):
            raise ValueError(f"The {title} images contain no nucleus; annotate some")


def has_mask(sample: Sample) -> bool:
    """Return whether a sample has an annotated mask with annotated pixels."""
    return sample.annotated is not None and bool(sample.annotated.any())


def model_diameter(
    config: TrainConfig, samples: Sequence[Sample], base: ModelEntry | None
) -> float:
    """Return the diameter of the nuclei that a new model is for, in pixels."""
    if config.diameter is not None:
        return config.diameter
    if base is not None:
        return base.card.diameter
    diameter = median_diameter(samples)
    assert diameter is not None  # `check_samples` has found nuclei
    return diameter


def median_diameter(samples: Sequence[Sample]) -> float | None:
    """Return the median over samples of the diameter of their nuclei, in pixels.

    None if no sample has nuclei.
    """
    with_nuclei = [s.labels for s in samples if s.labels.any()]
    if not with_nuclei:
        return None
    diameters = [area_weighted_diameter(object_areas(x)) for x in with_nuclei]
    return round(float(np.median(diameters)), 1)


def choose_interpolation_factor(
    samples: Sequence[Sample], base_evaluation: ModelEvaluation | None
) -> float:
    """Return the weight of the fine-tuned against the base weights, 0 to 1."""
    if base_evaluation is None:
        return 1.0
    images = sum(bool(s.labels.any()) or has_mask(s) for s in samples)
    # Shrunk towards 0.5: a model that finds 3 of 3 nuclei may still miss others.
    found = base_evaluation.f1 * base_evaluation.nuclei
    return interpolation_factor(images, (found + 1) / (base_evaluation.nuclei + 2))


def evaluate_on_all(
    segmenter: Segmenter,
    samples: Sequence[Sample],
    held_out: ModelEvaluation,
    diameter: float | None,
) -> ModelEvaluation:
    """Score a model on all annotated nuclei, since few may be held out.

    With many images the held-out ones are enough, and their scores are returned.

    Parameters
    ----------
    segmenter : Segmenter
    samples : sequence of Sample
        Training samples.
    held_out : ModelEvaluation
        Scores of the model on the held-out samples.
    diameter : float, optional
        See `evaluate_model`.
    """
    if len(samples) >= MIN_WHOLE_IMAGES:
        return held_out
    on_samples = evaluate_model(segmenter, samples, diameter)
    images = (*on_samples.evaluation.images, *held_out.evaluation.images)
    return ModelEvaluation(
        held_out.name, Evaluation(images), [*on_samples.labels, *held_out.labels]
    )


def is_sparsely_annotated(samples: Sequence[Sample]) -> bool:
    """Return whether only some nuclei of the images are painted.

    A model trained on such images is mainly for these images.
    """
    annotated = sum(
        s.labels.size if s.annotated is None else s.annotated.sum() for s in samples
    )
    return annotated < SPARSE_FRACTION * sum(s.labels.size for s in samples)


def bundled_model() -> ModelEntry | None:
    """Return the bundled default model: the baseline of a training run without base."""
    return next((x for x in list_models() if x.name == DEFAULT_MODEL), None)
