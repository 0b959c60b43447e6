"""Place synthetic nuclei in a scene, and simulate a camera image of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

MAX_ATTEMPTS = 60
"""Positions tried for each nucleus before it is left out."""

MAX_OVERLAP = 0.06
"""Largest fraction of a new nucleus that may overlap its neighbours."""

MITOTIC_FRACTION = 0.05
"""Fraction of nuclei in mitosis: smaller, longer and brighter."""

HARMONICS = np.arange(2, 5)
"""Waves around an outline: 2 is an oval, 3 a rounded triangle, 4 a rounded square."""

PHOTONS_PER_GREY = 0.35
"""Photons per grey value; fewer photons make more shot noise."""

READ_NOISE = 6.0
"""Standard deviation of the camera noise, in grey values."""

CAMERA_OFFSET = 100.0
"""Grey value of the camera without light."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Nucleus:
    """One nucleus in a square window around its centre.

    Attributes
    ----------
    radial_distance : ndarray of float32, shape (n, n)
        Distance from the centre divided by the outline's distance: 1 on the outline.
    brightness : ndarray of float32, shape (n, n)
        Relative brightness, 0 outside.
    """

    radial_distance: Floats
    brightness: Floats


def place_nuclei(
    shape: tuple[int, int],
    count: int,
    diameter: float,
    touching: float,
    rng: np.random.Generator,
) -> tuple[NDArray[np.int32], Floats]:
    """Place nuclei one by one where there is space.

    Parameters
    ----------
    shape : tuple of int
        Height and width, in pixels.
    count : int
        Number of nuclei to place.
    diameter : float
        Typical diameter, in pixels.
    touching : float
        Fraction of nuclei that touch another one, 0 to 1.
    rng : Generator

    Returns
    -------
    labels : ndarray of int32, shape (Y, X)
    brightness : ndarray of float32, shape (Y, X)
        Relative brightness before blur, background and noise.
    """
    # Nuclei may reach beyond the border, into a margin that is removed at the end.
    margin = round(1.5 * diameter) + 2
    size = (shape[0] + 2 * margin, shape[1] + 2 * margin)
    levels = np.full(size, np.inf, np.float32)
    labels = np.zeros(size, np.int32)
    brightness = np.zeros(size, np.float32)
    centres: list[NDArray[np.float64]] = []
    radii: list[float] = []
    for _ in range(count):
        nucleus = draw_nucleus(diameter, rng)
        inside = nucleus.radial_distance <= 1
        area = int(inside.sum())
        radius, half = float(np.sqrt(area / np.pi)), len(inside) // 2
        for centre in proposed_centres(shape, radius, centres, radii, touching, rng):
            row, column = np.floor(centre).astype(int)
            top, left = row + margin - half, column + margin - half
            window = np.s_[top : top + 2 * half + 1, left : left + 2 * half + 1]
            shared = inside & (labels[window] > 0)
            if shared.sum() > MAX_OVERLAP * area:
                continue
            # Where two nuclei overlap, a pixel belongs to the one in which it is
            # deeper. The border is straight, as between cells that touch.
            is_visible = inside & (nucleus.radial_distance < levels[window])
            labels[window][is_visible] = len(centres) + 1
            levels[window][is_visible] = nucleus.radial_distance[is_visible]
            brightness[window] = np.maximum(brightness[window], nucleus.brightness)
            centres.append(centre)
            radii.append(radius)
            break
    image_area = np.s_[margin : margin + shape[0], margin : margin + shape[1]]
    return labels[image_area].copy(), brightness[image_area].copy()


def proposed_centres(
    shape: tuple[int, int],
    radius: float,
    centres: Sequence[NDArray[np.float64]],
    radii: Sequence[float],
    touching: float,
    rng: np.random.Generator,
) -> Iterator[NDArray[np.float64]]:
    """Yield centres for a nucleus: next to placed nuclei, or anywhere.

    Parameters
    ----------
    shape : tuple of int
        Height and width, in pixels.
    radius : float
        Radius of the nucleus, in pixels.
    centres, radii : sequence
        Centres and radii of the placed nuclei.
    touching : float
        Probability of centres next to placed nuclei.
    rng : Generator
    """
    next_to_others = bool(centres) and rng.random() < touching
    for attempt in range(MAX_ATTEMPTS):
        if next_to_others and attempt < MAX_ATTEMPTS // 2:
            neighbour = int(rng.integers(len(centres)))
            angle, distance = rng.uniform(0, 2 * np.pi), radius + radii[neighbour]
            offset = np.array([np.sin(angle), np.cos(angle)]) * distance
            centre = centres[neighbour] + offset * rng.uniform(0.92, 1.04)
        else:
            centre = rng.uniform(0, shape)
        if (centre >= 0).all() and (centre < shape).all():
            yield centre


def draw_nucleus(diameter: float, rng: np.random.Generator) -> Nucleus:
    """Draw the outline and the brightness of one nucleus of a random shape."""
    dividing = rng.random() < MITOTIC_FRACTION
    radius = diameter / 2 * np.clip(rng.lognormal(0, 0.16), 0.65, 1.5)
    elongation = rng.uniform(1.0, 1.45)
    peak = rng.lognormal(0, 0.32)
    if dividing:
        radius, elongation = radius * 0.7, rng.uniform(1.6, 2.1)
        peak *= 1.9
    half = int(1.4 * radius * np.sqrt(elongation)) + 2
    y, x = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float32)
    turn = rng.uniform(0, np.pi)
    along = (x * np.cos(turn) + y * np.sin(turn)) / np.sqrt(elongation)
    across = (y * np.cos(turn) - x * np.sin(turn)) * np.sqrt(elongation)
    angle = np.arctan2(across, along)
    heights = rng.normal(0, 0.07, 3) / (HARMONICS - 1)
    phases = rng.uniform(0, 2 * np.pi, 3)
    outline = np.ones_like(angle)
    for wave, height, phase in zip(HARMONICS, heights, phases, strict=True):
        outline += np.float32(height) * np.cos(wave * angle + np.float32(phase))
    radial_distance = (np.hypot(along, across) / (radius * outline)).astype(np.float32)
    # A nucleus is thick in the middle and thin at the edge, so it is brighter there.
    dome = np.sqrt(np.clip(1 - radial_distance**2, 0, 1))
    brightness = peak * (0.55 + 0.45 * dome)
    brightness *= speckle(len(radial_distance), radius, rng)
    if not dividing:
        for _ in range(rng.poisson(1.6)):  # nucleoli hold little DNA
            spot = rng.normal(0, 0.38, 2) * radius
            width = radius * rng.uniform(0.12, 0.24)
            squared_distance = (along - spot[0]) ** 2 + (across - spot[1]) ** 2
            brightness *= 1 - rng.uniform(0.2, 0.5) * np.exp(
                -squared_distance / (2 * width**2)
            )
    brightness[radial_distance > 1] = 0
    return Nucleus(radial_distance, brightness.astype(np.float32))


def speckle(side: int, radius: float, rng: np.random.Generator) -> Floats:
    """Return chromatin texture: factors near 1, with clumps of a fifth of a nucleus."""
    coarse = rng.standard_normal((side, side), np.float32)
    clumps = gaussian_blur(coarse, max(radius * 0.12, 0.6))
    clumps *= 0.13 / max(float(clumps.std()), 1e-6)
    clumps += 1
    return clumps.clip(0.3)


def simulate_camera(
    brightness: Floats, diameter: float, noise: float, rng: np.random.Generator
) -> NDArray[np.uint16]:
    """Simulate the image that a camera at a microscope takes of a scene.

    Parameters
    ----------
    brightness : ndarray of float32, shape (Y, X)
        Relative brightness of the nuclei.
    diameter : float
        Typical diameter of the nuclei, in pixels; the blur grows with it.
    noise : float
        Factor of the noise; 0 for none.
    rng : Generator

    Returns
    -------
    ndarray of uint16, shape (Y, X)
    """
    sharp = gaussian_blur(brightness, max(0.05 * diameter, 0.7))
    haze = gaussian_blur(brightness, 1.6 * diameter)  # light from out of focus
    height, width = brightness.shape
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, np.newaxis]
    x = np.linspace(-1, 1, width, dtype=np.float32)[np.newaxis, :]
    centre = rng.uniform(-0.5, 0.5, 2)  # of the illumination
    illumination = 1 - 0.18 * ((y - centre[0]) ** 2 + (x - centre[1]) ** 2)
    tilt = rng.uniform(-0.3, 0.3, 2)
    medium = 0.07 * (1 + tilt[0] * y + tilt[1] * x)
    grey = 900 * (illumination * (sharp + 0.25 * haze + medium)).astype(np.float32)
    if noise:
        photons = PHOTONS_PER_GREY / noise**2
        grey = rng.poisson(np.maximum(grey, 0) * photons) / photons
        grey = grey + rng.normal(0, READ_NOISE * noise, grey.shape)
    levels: NDArray[np.uint16] = (
        (grey + CAMERA_OFFSET).round().clip(0, 65535).astype(np.uint16)
    )
    return levels


def gaussian_blur(image: Floats, sigma: float) -> Floats:
    """Return an image blurred by a Gaussian of `sigma` pixels."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.float32)
