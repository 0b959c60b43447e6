"""Draw smooth random fields, for uneven light, background and thickness."""

from __future__ import annotations

import cv2
import numpy as np

from napari_nuclei.training.sampling.pyramid import Floats

MAX_NODES = 5
"""Largest number of random values along a side."""


def smooth_field(shape: tuple[int, ...], rng: np.random.Generator) -> Floats:
    """Draw a field that varies smoothly over the patch.

    Parameters
    ----------
    shape : tuple of int
        (Y, X), in pixels.
    rng : numpy.random.Generator

    Returns
    -------
    ndarray of float32, shape (Y, X)
        Values from 0 to 1; both occur.
    """
    nodes = int(rng.integers(2, MAX_NODES + 1))
    values = rng.random((nodes, nodes), np.float32)
    height, width = shape
    field = cv2.resize(values, (width, height), interpolation=cv2.INTER_CUBIC)
    field = np.asarray(field, np.float32) - field.min()
    return np.asarray(field / max(float(field.max()), 1e-6), np.float32)
