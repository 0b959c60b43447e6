"""What a training begins with: samples that suffice, and the base at their scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import TrainConfig
from napari_nuclei.core.diameter import sizes_of, typical_diameter
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.data.datasets import Sample
from napari_nuclei.data.sparse_labels import painted_only
from napari_nuclei.data.split import ENOUGH, hold_out
from napari_nuclei.evaluation.evaluate import Evaluation
from napari_nuclei.evaluation.held_out import Judged, judge
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.store import (
    DEFAULT_MODEL,
    ModelEntry,
    list_models,
)
from napari_nuclei.training.base_model import find_base
from napari_nuclei.training.weight_interpolation import CLEARLY, share_learnt

Pair = tuple[NDArray[Any], NDArray[Any]]

FITTING = 0.75
"""Share of a fine-tuning's budget in which weights are fitted; the rest is for
converting and measuring the model."""

MOSTLY_KNOWN = 0.25
"""Of pixels; of a divided image that is annotated all over each part knows about a
half."""

STRANGE = 0.25
"""A base whose F1 on what is annotated is lower does not know the kind of image; what
goes on from it tells nuclei from what looks like them, but not yet at which scale."""


@dataclass(frozen=True, slots=True)
class Job:
    """What a training learns from, and what it has to beat.

    Attributes
    ----------
    samples, held : list of Sample
        To learn from, and held out.
    config : TrainConfig
        With the diameter, and the share that is taken of what is learnt.
    base : ModelEntry, optional
        The model that it begins from.
    painted : float, optional
        With a base, the typical diameter of the annotated nuclei, in pixels.
    rival : Judged, optional
        The model that the new one is compared with, on what is held out.
    known : Judged, optional
        The base on all that is annotated, as of `judged_on_all`, where the share that
        is taken of what is learnt is left to the training.
    more : float, optional
        More is taken of what is learnt than the configuration's blend where that
        lowers the loss of what is held out by more than this share of it.
    """

    samples: list[Sample]
    held: list[Sample]
    config: TrainConfig
    base: ModelEntry | None
    painted: float | None
    rival: Judged | None
    known: Judged | None
    more: float | None

    @property
    def usual_diameter(self) -> float | None:
        """The diameter that the new model's card should name as usual, in pixels."""
        if self.base is None:
            return None
        strange = self.known is not None and self.known.f1 < STRANGE
        return self.painted if strange else self.base.card.usual_diameter

    def timed(self, spent: float) -> TrainConfig:
        """Return the configuration with the part of the budget that is left to fit.

        Loading counts, so that the whole ends when it was said to; `spent` is how long
        it took, in seconds.
        """
        if not self.config.budget:
            return self.config
        share = 1.0 if self.base is None else FITTING
        left = share * self.config.budget - spent
        return replace(self.config, budget=max(1.0, left))


def as_samples(samples: Sequence[Sample | Pair]) -> list[Sample]:
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
    return typical_size(samples) if base is None else base.card.diameter


def typical_size(samples: Sequence[Sample]) -> float:
    """Return the median over samples of their nuclei's diameter, in pixels."""
    found = [typical_diameter(sizes_of(sample.labels)) for sample in samples]
    return round(float(np.nanmedian(found)), 1)


def blend_of(samples: Sequence[Sample], base: Judged | None) -> float:
    """Return what share of the weights learnt from samples is taken beside a base's."""
    if base is None:
        return 1.0
    images = sum(bool(sample.labels.any()) for sample in samples)
    # Of three nuclei that are all found one does not know that the others will be.
    return share_learnt(images, (base.f1 * base.nuclei + 1) / (base.nuclei + 2))


def judged_on_all(
    segmenter: Segmenter,
    samples: Sequence[Sample],
    held: Judged,
    diameter: float | None,
) -> Judged:
    """Return how a model does on all that is annotated; what is held out may be little.

    Of many images it tells enough.

    Parameters
    ----------
    segmenter : Segmenter
    samples : sequence of Sample
        That are to be learnt from.
    held : Judged
        The model on what is held out.
    diameter : float, optional
        As of `judge`.
    """
    if len(samples) >= ENOUGH:
        return held
    more = judge(segmenter, samples, diameter)
    images = (*more.evaluation.images, *held.evaluation.images)
    return Judged(held.name, Evaluation(images), [*more.labels, *held.labels])


def mostly_unknown(samples: Sequence[Sample]) -> bool:
    """Return whether most of the images is still to be found: some nuclei are painted.

    A model that learns from them is for these images first, and for others second.
    What is set aside of an image has the whole of it too, and knows another part.
    """
    known = sum(s.labels.size if s.known is None else s.known.sum() for s in samples)
    return known < MOSTLY_KNOWN * sum(s.labels.size for s in samples)


def bundled_model() -> ModelEntry | None:
    """Return the model that a new one has to beat where it had no base."""
    return next((x for x in list_models() if x.name == DEFAULT_MODEL), None)


def gather(
    samples: Sequence[Sample | Pair],
    config: TrainConfig,
    validation: Sequence[Sample | Pair] | None,
    base: str | Path | None,
) -> Job:
    """Check what is given to a training; hold some out and judge the rival on it."""
    some, held = as_samples(samples), as_samples(validation or ())
    if config.unpainted == "unknown":
        some, held = ([painted_only(s) for s in part] for part in (some, held))
    if validation is None:
        check_samples(some, None)
        some, held = hold_out(some, config.val_fraction, config.seed)
    check_samples(some, held)
    entry = None if base is None else find_base(base)
    config = replace(config, diameter=model_diameter(config, some, entry))
    painted = None if entry is None else typical_size([*some, *held])
    beaten, rival, known = entry or bundled_model(), None, None
    if beaten is not None:
        segmenter = load_segmenter(beaten.folder)
        rival = judge(segmenter, held, painted)
        if painted is not None and config.blend is None:
            known = judged_on_all(segmenter, some, rival, painted)
    more = None
    if config.blend is None:
        more = 0.0 if mostly_unknown([*some, *held]) else CLEARLY
        config = replace(config, blend=blend_of(some, known))
    return Job(some, held, config, entry, painted, rival, known, more)
