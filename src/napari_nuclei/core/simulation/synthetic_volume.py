"""Synthetic z stacks of nuclei in three dimensions, with their true labels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter, gaussian_filter1d

from napari_nuclei.core.synthetic_scene import (
    MAX_ATTEMPTS,
    Floats,
    simulate_camera,
)

FILLED_FRACTION = 0.1
"""Fraction of the volume that nuclei fill by default."""


def synthetic_volume(
    shape: tuple[int, int, int] = (24, 192, 192),
    *,
    diameter: float = 18,
    anisotropy: float = 2.0,
    filled: float = FILLED_FRACTION,
    touching: float = 0.2,
    blur_z: float = 1.0,
    noise: float = 1.0,
    seed: int = 0,
) -> tuple[NDArray[np.uint16], NDArray[np.int32]]:
    """Make a z stack of ellipsoids that fill the volume, and its true labels.

    Nuclei lie above, below and next to each other. Light out of focus shows them in
    slices in which they are not.

    Parameters
    ----------
    shape : tuple of int
        Number of slices, and height and width in pixels.
    diameter : float
        Typical diameter, in pixels.
    anisotropy : float
        Distance between slices divided by the side of a pixel.
    filled : float
        Fraction of the volume that nuclei fill; there are fewer if there is no space.
    touching : float
        Fraction of nuclei that touch another one, 0 to 1.
    blur_z : float
        Sigma of the blur along z, in slices.
    noise : float
        Factor of the noise; 0 for none.
    seed : int
        The same seed gives the same stack.

    Returns
    -------
    image : ndarray of uint16, shape (Z, Y, X)
    labels : ndarray of int32, shape (Z, Y, X)
        A nucleus has the same label in all its slices.

    Examples
    --------
    >>> image, labels = synthetic_volume((8, 64, 64), seed=1)
    >>> image.shape, image.dtype, labels.any(axis=(1, 2)).tolist().count(True) > 2
    ((8, 64, 64), dtype('uint16'), True)
    """
    rng = np.random.default_rng(seed)
    labels = np.zeros(shape, np.int32)
    brightness = np.zeros(shape, np.float32)
    sides = np.array([anisotropy, 1.0, 1.0])
    ends = np.array(shape) * sides
    count = round(filled * float(ends.prod()) / (np.pi * diameter**3 / 6))
    centres: list[NDArray[np.float64]] = []
    radii: list[float] = []
    for _ in range(count):
        axes = diameter / 2 * np.exp(rng.normal(0, 0.12, 3))
        turn = random_rotation(rng)
        peak, radius = rng.uniform(0.5, 1.3), float(np.cbrt(axes.prod()))
        for attempt in range(MAX_ATTEMPTS):
            centre = rng.uniform(0, ends)
            if centres and rng.random() < touching and attempt < MAX_ATTEMPTS // 2:
                other = int(rng.integers(len(centres)))
                way = rng.normal(size=3)
                way *= (radius + radii[other]) / np.linalg.norm(way)
                centre = centres[other] + way * rng.uniform(0.96, 1.04)
            if (centre < 0).any() or (centre >= ends).any():
                continue
            window = window_around(centre, 1.6 * radius, sides, shape)
            inside = is_inside(window, centre, axes, turn, sides)
            if not inside.any() or (labels[window][inside] > 0).mean() > 0.03:
                continue
            inside &= labels[window] == 0
            labels[window][inside] = len(centres) + 1
            texture = draw_texture(inside.shape, 0.12 * radius / sides, rng)
            brightness[window][inside] = peak * texture[inside]
            centres.append(centre)
            radii.append(radius)
            break
    blurred = blur_along_z(brightness, blur_z)
    planes = [simulate_camera(plane, diameter, noise, rng) for plane in blurred]
    return np.stack(planes), labels


def random_rotation(rng: np.random.Generator) -> NDArray[np.float64]:
    """Return the matrix of a random rotation or reflection in three dimensions."""
    return np.asarray(np.linalg.qr(rng.normal(size=(3, 3)))[0])


def window_around(
    centre: NDArray[np.float64],
    reach: float,
    sides: NDArray[np.float64],
    shape: Sequence[int],
) -> tuple[slice, ...]:
    """Return the window of voxels within `reach` pixels of a centre along each axis."""
    lows = np.floor((centre - reach) / sides).astype(int).clip(0)
    highs = np.ceil((centre + reach) / sides).astype(int) + 1
    return tuple(
        slice(low, min(high, size))
        for low, high, size in zip(lows.tolist(), highs.tolist(), shape, strict=True)
    )


def is_inside(
    window: tuple[slice, ...],
    centre: NDArray[np.float64],
    axes: NDArray[np.float64],
    turn: NDArray[np.float64],
    sides: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Return which voxels of a window lie in an ellipsoid of given semi-axes."""
    grid = np.stack(
        np.meshgrid(
            *(np.arange(side.start, side.stop) for side in window), indexing="ij"
        ),
        axis=-1,
    )
    along = (grid * sides - centre) @ turn / axes
    return np.asarray((along**2).sum(axis=-1) <= 1)


def draw_texture(
    shape: tuple[int, ...], sigma: NDArray[np.float64], rng: np.random.Generator
) -> Floats:
    """Return chromatin texture in three dimensions: factors near 1, in clumps."""
    noise = rng.standard_normal(shape, np.float32)
    clumps = np.asarray(gaussian_filter(noise, np.maximum(sigma, 0.3)), np.float32)
    clumps *= 0.13 / max(float(clumps.std()), 1e-6)
    return np.asarray((1 + clumps).clip(0.3))


def blur_along_z(volume: Floats, sigma: float) -> Floats:
    """Return a volume blurred along z by a Gaussian of `sigma` slices."""
    if sigma == 0:
        return volume
    return np.asarray(gaussian_filter1d(volume, sigma, axis=0), np.float32)
