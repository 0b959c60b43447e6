"""Taking back a part of what was learnt where it makes a model worse than its base.

The loss is a mean over pixels. It may fall while fewer nuclei are found, since where
they touch a few pixels decide.
"""

from __future__ import annotations

from pathlib import Path

import keras

from napari_nuclei.core.card import Card
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.evaluation.held_out import Judged, judge
from napari_nuclei.model.convert import convert
from napari_nuclei.model.engine import LiteRTNetwork
from napari_nuclei.training.loop.state import State
from napari_nuclei.training.setup import Job, judged_on_all
from napari_nuclei.training.weight_interpolation import Arrays, mixed

STEP = 1 / 4
"""So much of what was learnt stays where all of it does harm."""

LEAST = STEP**2
"""So much stays in any case. Each trial converts the network, which takes seconds."""


def settle_on(
    model: keras.Model, start: Arrays, card: Card, job: Job, state: State, path: Path
) -> tuple[Segmenter, Judged]:
    """Convert a network, with as much of what it learnt as does no harm.

    Where its share was left to the training, and the model does harm, three quarters of
    what was learnt are taken back, and once more.

    Parameters
    ----------
    model : keras.Model
        Ends with the weights that are converted.
    start : list of ndarray
        The weights that training began with.
    card : Card
    job : Job
    state : State
        `share` becomes what is left of what was learnt.
    path : Path
        The `.tflite` file to write.

    Returns
    -------
    segmenter : Segmenter
        The converted model.
    judged : Judged
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
        judged = judge(segmenter, job.held, job.painted)
        if part <= LEAST or not does_harm(segmenter, judged, job):
            break
        part *= STEP
        model.set_weights(mixed(start, learnt, part))
    if part < 1:
        share = job.config.blend if state.share is None else state.share
        state.share = part * (1.0 if share is None else share)
    return segmenter, judged


def does_harm(segmenter: Segmenter, judged: Judged, job: Job) -> bool:
    """Return whether a model is worse than its base.

    It finds no more of what is held out, and less of all that is annotated; of a few
    painted nuclei three are held out, which alone would not tell. False where its share
    was asked for.
    """
    if job.rival is None or job.known is None or judged.f1 > job.rival.f1:
        return False
    every = judged_on_all(segmenter, job.samples, judged, job.painted)
    return every.f1 < job.known.f1
