"""Distillation: mix the output of a trained model into the training targets.

Hinton et al., "Distilling the knowledge in a neural network", 2015,
https://arxiv.org/abs/1503.02531
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from napari_nuclei.config.outputs import batch_targets, channel_slice, heads_of
from napari_nuclei.model.load import load_network
from napari_nuclei.training.find_base import find_base_model
from napari_nuclei.training.sampling.pyramid import Floats

DISTILLATION_WEIGHT = 0.5
"""Weight of the model's output in the targets; the rest is the annotation."""


class Distillation:
    """Mix the output of a trained model into the targets of patches.

    Parameters
    ----------
    model : str or path-like
        Name or folder of a model of this package.

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
        """Return the mean of the annotation and the output of the model as targets.

        Parameters
        ----------
        images : ndarray of float32, shape (N, Y, X, 3)
        targets : ndarray of float32, shape (N, Y, X, channels)
            With the channels of `outputs.batch_targets`.

        Returns
        -------
        ndarray of float32, shape (N, Y, X, channels)
            The weights, the offsets of background pixels, and the heads that the model
            lacks are unchanged.
        """
        output = self._network(images)
        mixed = targets.copy()
        for head in heads_of(self._channels):
            part = channel_slice(batch_targets(), head.channels)
            annotated = targets[..., part]
            change = (
                output[..., channel_slice(self._channels, head.channels)] - annotated
            )
            if head.inside_only:
                change *= np.any(annotated != head.empty, axis=-1, keepdims=True)
            mixed[..., part] += DISTILLATION_WEIGHT * change
        return mixed
