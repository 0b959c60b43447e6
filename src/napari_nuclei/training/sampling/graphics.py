"""Draw what software adds to images: scale bars and empty borders."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.training.sampling.pyramid import Floats

MAX_BORDER = 0.2
"""Largest width of an empty border, as a fraction of the patch."""

BAR_LENGTH, BAR_HEIGHT = (0.12, 0.5), (2, 8)
"""Range of the length of a scale bar, as a fraction of the patch, and of its height, in
pixels."""


def draw_graphics(
    patch: Floats, rng: np.random.Generator
) -> tuple[Floats, NDArray[np.bool_]]:
    """Draw an empty border or a scale bar on a patch.

    Parameters
    ----------
    patch : ndarray of float32, shape (Y, X, 3)
        Values from 0 to 1.
    rng : numpy.random.Generator

    Returns
    -------
    patch : ndarray of float32, shape (Y, X, 3)
    covered : ndarray of bool, shape (Y, X)
        Pixels whose original intensities are hidden.
    """
    draw = draw_border if rng.random() < 0.5 else draw_scale_bar
    covered = draw(patch.shape[:2], rng)
    value = np.float32(1 if draw is draw_scale_bar and rng.random() < 0.7 else 0)
    return np.where(covered[..., np.newaxis], value, patch), covered


def draw_border(shape: tuple[int, ...], rng: np.random.Generator) -> NDArray[np.bool_]:
    """Return a mask (Y, X) of an empty border on one or two sides."""
    covered = np.zeros(shape, bool)
    for axis in rng.permutation(2)[: rng.integers(1, 3)]:
        width = int(rng.uniform(0.02, MAX_BORDER) * shape[axis]) + 1
        side = slice(None, width) if rng.random() < 0.5 else slice(-width, None)
        covered[(side, slice(None)) if axis == 0 else (slice(None), side)] = True
    return covered


def draw_scale_bar(
    shape: tuple[int, ...], rng: np.random.Generator
) -> NDArray[np.bool_]:
    """Return a mask (Y, X) of a scale bar, in half of the cases with its length."""
    mask = np.zeros(shape, np.uint8)
    length = int(rng.uniform(*BAR_LENGTH) * shape[1])
    height = int(rng.integers(*BAR_HEIGHT))
    row = int(rng.uniform(0.1, 0.95) * (shape[0] - height))
    column = int(rng.uniform(0, 1) * (shape[1] - length))
    mask[row : row + height, column : column + length] = 1
    if rng.random() < 0.5:
        text = f"{rng.choice((5, 10, 20, 50, 100))} um"
        position = (column, max(row - 3, 8))
        size = rng.uniform(0.25, 0.5)
        cv2.putText(mask, text, position, cv2.FONT_HERSHEY_SIMPLEX, size, (1,), 1)
    return mask > 0
