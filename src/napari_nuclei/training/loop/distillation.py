"""A trained model whose answers a smaller one learns beside the annotations."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from napari_nuclei.core.card import BASE_CHANNELS, OFFSET_CHANNELS
from napari_nuclei.core.targets import ZERO_OFFSET
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
        self._offsets = entry.card.channels[2:] == OFFSET_CHANNELS

    def __call__(self, images: Floats, targets: Floats) -> Floats:
        """Return targets that lie between those of the annotations and the answers.

        Parameters
        ----------
        images : ndarray of float32, shape (N, Y, X, 3)
        targets : ndarray of float32, shape (N, Y, X, 5)
            Foreground, inner distance, weight, and offsets to the centre.

        Returns
        -------
        ndarray of float32, shape (N, Y, X, 5)
            The weights are as they were, and so are offsets where there are none.
        """
        answer = self._network(images)
        taught = targets.copy()
        count = len(BASE_CHANNELS)
        taught[..., :count] += DISTILLATION_WEIGHT * (
            answer[..., :count] - targets[..., :count]
        )
        if self._offsets:
            wanted = targets[..., 3:]
            told = np.any(wanted != ZERO_OFFSET, axis=-1, keepdims=True)
            taught[..., 3:] += (
                DISTILLATION_WEIGHT * told * (answer[..., count:] - wanted)
            )
        return taught
