"""Taking back a part of what was learnt where it makes a model worse than its base.

The loss is a mean over pixels. It may fall while fewer nuclei are found, since where
they touch a few pixels decide.
"""

from __future__ import annotations

from pathlib import Path

import keras

from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.evaluation.held_out import ModelEvaluation, evaluate_model
from napari_nuclei.model.convert import convert
from napari_nuclei.model.engine import LiteRTNetwork
from napari_nuclei.training.loop.state import TrainingState
from napari_nuclei.training.setup import TrainingSetup, evaluate_on_all
from napari_nuclei.training.weight_interpolation import Weights, interpolate_weights

SHRINK_FACTOR = 1 / 4
"""So much of what was learnt stays where all of it does harm."""

MIN_UPDATE_FRACTION = SHRINK_FACTOR**2
"""So much stays in any case. Each trial converts the network, which takes seconds."""


def convert_and_check(
    model: keras.Model,
    start: Weights,
    card: ModelCard,
    setup: TrainingSetup,
    state: TrainingState,
    path: Path,
) -> tuple[Segmenter, ModelEvaluation]:
    """Convert a network, with as much of what it learnt as does no harm.

    Where its share was left to the training, and the model does harm, three quarters of
    what was learnt are taken back, and once more.

    Parameters
    ----------
    model : keras.Model
        Ends with the weights that are converted.
    start : list of ndarray
        The weights that training began with.
    card : ModelCard
    setup : TrainingSetup
    state : TrainingState
        `share` becomes what is left of what was learnt.
    path : Path
        The `.tflite` file to write.

    Returns
    -------
    segmenter : Segmenter
        The converted model.
    judged : ModelEvaluation
        What it finds in what is held out.

    Raises
    ------
    ValueError
        If the network cannot be converted.
    """
    learnt, part = model.get_weights(), 1.0
    while True:
        convert(model, path, patch_size=card.patch_size)
        segmenter = Segmenter(LiteRTNetwork(path), card)
        judged = evaluate_model(segmenter, setup.held_out, setup.annotated_diameter)
        if part <= MIN_UPDATE_FRACTION or not is_worse_than_base(
            segmenter, judged, setup
        ):
            break
        part *= SHRINK_FACTOR
        model.set_weights(interpolate_weights(start, learnt, part))
    if part < 1:
        share = setup.config.finetuned_weight if state.share is None else state.share
        state.share = part * (1.0 if share is None else share)
    return segmenter, judged


def is_worse_than_base(
    segmenter: Segmenter, judged: ModelEvaluation, setup: TrainingSetup
) -> bool:
    """Return whether a model is worse than its base.

    It finds no more of what is held out, and less of all that is annotated; of a few
    painted nuclei three are held out, which alone would not tell. False where its share
    was asked for.
    """
    if (
        setup.baseline is None
        or setup.base_evaluation is None
        or judged.f1 > setup.baseline.f1
    ):
        return False
    every = evaluate_on_all(segmenter, setup.samples, judged, setup.annotated_diameter)
    return every.f1 < setup.base_evaluation.f1
