"""A trained model whose answers a smaller one learns beside the annotations."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from napari_nuclei.config.outputs import batch_targets, channel_slice, heads_of
from napari_nuclei.model.load import load_network
from napari_nuclei.training.base_model import find_base_model
from napari_nuclei.training.sampling.pyramid import Floats

DISTILLATION_WEIGHT = 0.5
"""Of the teacher's answer in what is learnt; the rest is the annotation."""


class Distillation:
    """A model that answers for the patches of a training.

    Parameters
    ----------
    model : str or path-like
        Name, or path of the folder, of a model of this package.

    Raises
    ------
    OSError, ValueError
        If there is no such model, or it is not one of this package.
    """

    def __init__(self, model: str | Path) -> None:
        entry = find_base_model(model)
        self._network = load_network(entry, "litert", None)
        self._channels = entry.card.channels

    def __call__(self, images: Floats, targets: Floats) -> Floats:
        """Return targets that lie between those of the annotations and the answers.

        Parameters
        ----------
        images : ndarray of float32, shape (N, Y, X, 3)
        targets : ndarray of float32, shape (N, Y, X, channels)
            With the channels of `outputs.batch_targets`.

        Returns
        -------
        ndarray of float32, shape (N, Y, X, channels)
            Weights, the offsets of the background, and heads that the teacher does not
            have, are unchanged.
        """
        answer = self._network(images)
        taught = targets.copy()
        for head in heads_of(self._channels):
            part = channel_slice(batch_targets(), head.channels)
            wanted = targets[..., part]
            change = answer[..., channel_slice(self._channels, head.channels)] - wanted
            if head.inside_only:
                change *= np.any(wanted != head.empty, axis=-1, keepdims=True)
            taught[..., part] += DISTILLATION_WEIGHT * change
        return taught
