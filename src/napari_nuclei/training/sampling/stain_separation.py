"""Separate the stains of brightfield patches, and transfer stains between patches.

A stain absorbs light in proportion to its concentration, so optical densities add up.

References
----------
Ruifrok and Johnston, "Quantification of histochemical staining by color deconvolution",
2001: densities as concentrations times stain vectors.
Macenko et al., "A method for normalizing histology slides for quantitative analysis",
2009: estimating the two stain vectors of an image.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.training.sampling.pyramid import Floats

MIN_LIGHT = 1 / 255
"""Darker pixels count as this fraction of the light, which limits the density."""

DENSE = 0.45
"""Pixels with a larger density, summed over red, green and blue, contain stain."""

MIN_DENSE_PIXELS = 50
"""Smallest number of such pixels from which stains are estimated."""

SAMPLING_STEP = 3
"""Distance of the rows and columns from which stains are estimated."""

MIN_ANGLE = 0.1
"""Smallest angle between two stain vectors, in radians. Below it, an image has one
stain only, and concentrations of two stains cannot be separated."""


@dataclass(frozen=True, slots=True)
class Stains:
    """The two stains of a patch.

    Attributes
    ----------
    vectors : ndarray of float, shape (2, 3)
        Optical density in red, green and blue, of length 1; the stain that absorbs
        more red (haematoxylin) comes first.
    strengths : ndarray of float, shape (2,)
        99th percentile of the concentration of each stain.
    """

    vectors: NDArray[np.float64]
    strengths: NDArray[np.float64]


def optical_density(patch: Floats) -> Floats:
    """Return the optical density, -ln(light), of a patch of shape (Y, X, 3)."""
    return np.asarray(-np.log(np.maximum(patch, np.float32(MIN_LIGHT))), np.float32)


def estimate_stains(density: Floats) -> Stains | None:
    """Estimate the two stains of a patch.

    Parameters
    ----------
    density : ndarray of float32, shape (Y, X, 3)
        Optical density.

    Returns
    -------
    Stains, optional
        None if the patch has too little stain, or only one.
    """
    pixels = density[::SAMPLING_STEP, ::SAMPLING_STEP].reshape(-1, 3)
    dense = pixels[pixels.sum(axis=1) > DENSE].astype(np.float64)
    if len(dense) < MIN_DENSE_PIXELS:
        return None
    plane = np.linalg.eigh(dense.T @ dense)[1][:, :0:-1]
    if plane[:, 0].sum() < 0:
        plane[:, 0] *= -1
    along, across = (dense @ plane).T
    angles = np.percentile(np.arctan2(across, along), (1, 99))
    if np.ptp(angles) < MIN_ANGLE:
        return None
    vectors = np.column_stack([np.cos(angles), np.sin(angles)]) @ plane.T
    vectors = np.maximum(vectors, 0)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    vectors = vectors[np.argsort(-vectors[:, 0])]
    strengths = np.percentile(dense @ np.linalg.pinv(vectors), 99, axis=0)
    return Stains(vectors, np.maximum(strengths, 0.05))


def transfer_stains(
    density: Floats, own: Stains, other: Stains, fraction: float
) -> Floats:
    """Recolour a patch with stains between its own and those of another patch.

    Parameters
    ----------
    density : ndarray of float32, shape (Y, X, 3)
        Optical density of the patch.
    own, other : Stains
        The stains of this patch and of another one.
    fraction : float
        0 changes nothing, 1 takes the stains of the other patch.

    Returns
    -------
    ndarray of float32, shape (Y, X, 3)
        Optical density. The part that the two stains do not explain is unchanged.
    """
    vectors = own.vectors + fraction * (other.vectors - own.vectors)
    gains = (other.strengths / own.strengths).clip(0.3, 3) ** fraction
    change = np.linalg.pinv(own.vectors) @ (gains[:, np.newaxis] * vectors)
    explained = np.linalg.pinv(own.vectors) @ own.vectors
    matrix = np.eye(3) + change - explained
    return np.asarray(cv2.transform(density, matrix.T.astype(np.float32)), np.float32)
