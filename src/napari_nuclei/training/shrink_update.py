"""Shrink the update of the base weights if a fine-tuned model is worse than its base.

The loss is a mean over pixels. It may fall while fewer nuclei are found, since a few
pixels between touching nuclei decide whether they are separated.
"""

from __future__ import annotations

from pathlib import Path

import keras

from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.evaluation.held_out import ModelEvaluation, evaluate_model
from napari_nuclei.evaluation.nucleus_comparison import compare_nuclei
from napari_nuclei.model.convert import convert
from napari_nuclei.model.engine import LiteRTNetwork
from napari_nuclei.training.loop.state import TrainingState
from napari_nuclei.training.setup import TrainingSetup, evaluate_on_all
from napari_nuclei.training.weight_interpolation import Weights, interpolate_weights

SHRINK_FACTOR = 1 / 4
"""Fraction of the update that remains after each step."""

MIN_UPDATE_FRACTION = SHRINK_FACTOR**2
"""Smallest fraction of the update. Each trial takes seconds to convert the network."""


def convert_and_check(
    model: keras.Model,
    base_weights: Weights,
    card: ModelCard,
    setup: TrainingSetup,
    state: TrainingState,
    path: Path,
) -> tuple[Segmenter, ModelEvaluation]:
    """Convert a network to LiteRT; shrink its update while it is worse than its base.

    The update is multiplied by `SHRINK_FACTOR`, at most twice. It is not shrunk if the
    user set the interpolation factor.

    Parameters
    ----------
    model : keras.Model
        Gets the final weights.
    base_weights : list of ndarray
        The weights before training.
    card : ModelCard
    setup : TrainingSetup
    state : TrainingState
        `finetuned_weight` is changed if the update is shrunk.
    path : Path
        The `.tflite` file to write.

    Returns
    -------
    segmenter : Segmenter
        The converted model.
    evaluation : ModelEvaluation
        Its scores on the held-out samples.

    Raises
    ------
    ValueError
        If the network cannot be converted.
    """
    weights, fraction = model.get_weights(), 1.0
    while True:
        convert(model, path, patch_size=card.patch_size)
        segmenter = Segmenter(LiteRTNetwork(path), card)
        new = evaluate_model(segmenter, setup.held_out, setup.annotated_diameter)
        if fraction <= MIN_UPDATE_FRACTION:
            break
        if not is_worse_than_base(segmenter, new, setup):
            break
        fraction *= SHRINK_FACTOR
        model.set_weights(interpolate_weights(base_weights, weights, fraction))
    if fraction < 1:
        factor = state.finetuned_weight
        if factor is None:
            factor = setup.config.finetuned_weight
        state.finetuned_weight = fraction * (1.0 if factor is None else factor)
    return segmenter, new


def is_worse_than_base(
    segmenter: Segmenter, new: ModelEvaluation, setup: TrainingSetup
) -> bool:
    """Return whether a fine-tuned model is worse than its base.

    It is worse if its F1 is not higher on the held-out nuclei, and it is worse on all
    annotated nuclei too: its F1 is lower, or, where only some nuclei of the images are
    annotated, it adds more errors than it corrects. The held-out nuclei alone may be
    too few: of ten painted nuclei three are held out. Errors are counted by
    `compare_nuclei`, so that one more fragment of a nucleus that both models miss makes
    no difference. The result is False if the user set the interpolation factor.
    """
    if setup.baseline is None or setup.base_evaluation is None:
        return False
    if new.f1 > setup.baseline.f1:
        return False
    on_all = evaluate_on_all(segmenter, setup.samples, new, setup.annotated_diameter)
    base = setup.base_evaluation
    if setup.min_loss_reduction != 0:  # all nuclei of the images are annotated
        return on_all.f1 < base.f1
    errors = compare_nuclei(on_all.evaluation.outcomes, base.evaluation.outcomes)
    return errors.added > errors.corrected
