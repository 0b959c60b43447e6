"""A scene of fluorescent nuclei, and what a camera makes of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

MAX_ATTEMPTS = 60
"""Places tried for each nucleus before it is left out."""

MAX_OVERLAP = 0.06
"""Largest share of a new nucleus that may lie on its neighbours."""

MITOTIC_FRACTION = 0.05
"""Share of nuclei that are condensed: smaller, longer and brighter."""

HARMONICS = np.arange(2, 5)
"""Waves around an outline: 2 is an oval, 3 a rounded triangle, 4 a rounded square."""

PHOTONS_PER_GREY = 0.35
"""Photons counted for one grey value; fewer make more shot noise."""

READ_NOISE = 6.0
"""Standard deviation of the camera's noise, in grey values."""

CAMERA_OFFSET = 100.0
"""Grey value of the camera in the dark."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Nucleus:
    """One nucleus in a square window around its centre.

    Attributes
    ----------
    radial_distance : ndarray of float32, shape (n, n)
        Distance from the centre as a share of the outline's: 1 on the outline.
    light : ndarray of float32, shape (n, n)
        Relative brightness, 0 outside.
    """

    radial_distance: Floats
    light: Floats


def place_nuclei(
    shape: tuple[int, int],
    count: int,
    diameter: float,
    touching: float,
    rng: np.random.Generator,
) -> tuple[NDArray[np.int32], Floats]:
    """Lay nuclei down one by one where there is room.

    Returns
    -------
    labels : ndarray of int32, shape (Y, X)
    light : ndarray of float32, shape (Y, X)
        Relative brightness before blur, background and noise.
    """
    # A margin lets windows reach beyond the border; it is cut off at the end.
    margin = round(1.5 * diameter) + 2
    size = (shape[0] + 2 * margin, shape[1] + 2 * margin)
    levels = np.full(size, np.inf, np.float32)
    labels = np.zeros(size, np.int32)
    light = np.zeros(size, np.float32)
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
            # Where two overlap the pixel goes to the one it lies deeper in, which
            # gives the straight border of cells that press on each other.
            mine = inside & (nucleus.radial_distance < levels[window])
            labels[window][mine] = len(centres) + 1
            levels[window][mine] = nucleus.radial_distance[mine]
            light[window] = np.maximum(light[window], nucleus.light)
            centres.append(centre)
            radii.append(radius)
            break
    cut = np.s_[margin : margin + shape[0], margin : margin + shape[1]]
    return labels[cut].copy(), light[cut].copy()


def proposed_centres(
    shape: tuple[int, int],
    radius: float,
    centres: Sequence[NDArray[np.float64]],
    radii: Sequence[float],
    touching: float,
    rng: np.random.Generator,
) -> Iterator[NDArray[np.float64]]:
    """Propose where a nucleus may lie: beside those that lie, or anywhere."""
    beside = bool(centres) and rng.random() < touching
    for attempt in range(MAX_ATTEMPTS):
        if beside and attempt < MAX_ATTEMPTS // 2:
            other = int(rng.integers(len(centres)))
            angle, apart = rng.uniform(0, 2 * np.pi), radius + radii[other]
            away = np.array([np.sin(angle), np.cos(angle)]) * apart
            centre = centres[other] + away * rng.uniform(0.92, 1.04)
        else:
            centre = rng.uniform(0, shape)
        if (centre >= 0).all() and (centre < shape).all():
            yield centre


def draw_nucleus(diameter: float, rng: np.random.Generator) -> Nucleus:
    """Draw the outline and the brightness of one nucleus."""
    dividing = rng.random() < MITOTIC_FRACTION
    radius = diameter / 2 * np.clip(rng.lognormal(0, 0.16), 0.65, 1.5)
    longer = rng.uniform(1.0, 1.45)
    peak = rng.lognormal(0, 0.32)
    if dividing:
        radius, longer = radius * 0.7, rng.uniform(1.6, 2.1)
        peak *= 1.9
    half = int(1.4 * radius * np.sqrt(longer)) + 2
    y, x = np.mgrid[-half : half + 1, -half : half + 1].astype(np.float32)
    turn = rng.uniform(0, np.pi)
    along = (x * np.cos(turn) + y * np.sin(turn)) / np.sqrt(longer)
    across = (y * np.cos(turn) - x * np.sin(turn)) * np.sqrt(longer)
    angle = np.arctan2(across, along)
    heights = rng.normal(0, 0.07, 3) / (HARMONICS - 1)
    phases = rng.uniform(0, 2 * np.pi, 3)
    outline = np.ones_like(angle)
    for wave, height, phase in zip(HARMONICS, heights, phases, strict=True):
        outline += np.float32(height) * np.cos(wave * angle + np.float32(phase))
    radial_distance = (np.hypot(along, across) / (radius * outline)).astype(np.float32)
    # Thick in the middle, thin at the rim; flat cells are nearly even.
    dome = np.sqrt(np.clip(1 - radial_distance**2, 0, 1))
    light = peak * (0.55 + 0.45 * dome)
    light *= speckle(len(radial_distance), radius, rng)
    if not dividing:
        for _ in range(rng.poisson(1.6)):  # nucleoli, which hold little DNA
            spot = rng.normal(0, 0.38, 2) * radius
            width = radius * rng.uniform(0.12, 0.24)
            away = (along - spot[0]) ** 2 + (across - spot[1]) ** 2
            light *= 1 - rng.uniform(0.2, 0.5) * np.exp(-away / (2 * width**2))
    light[radial_distance > 1] = 0
    return Nucleus(radial_distance, light.astype(np.float32))


def speckle(side: int, radius: float, rng: np.random.Generator) -> Floats:
    """Return chromatin texture: clumps of about a fifth of a nucleus, mean near 1."""
    coarse = rng.standard_normal((side, side), np.float32)
    clumps = gaussian_blur(coarse, max(radius * 0.12, 0.6))
    clumps *= 0.13 / max(float(clumps.std()), 1e-6)
    clumps += 1
    return clumps.clip(0.3)


def simulate_camera(
    light: Floats, diameter: float, noise: float, rng: np.random.Generator
) -> NDArray[np.uint16]:
    """Return what a camera behind a microscope makes of a scene."""
    sharp = gaussian_blur(light, max(0.05 * diameter, 0.7))
    haze = gaussian_blur(light, 1.6 * diameter)  # light from out of focus
    height, width = light.shape
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, np.newaxis]
    x = np.linspace(-1, 1, width, dtype=np.float32)[np.newaxis, :]
    at = rng.uniform(-0.5, 0.5, 2)
    lamp = 1 - 0.18 * ((y - at[0]) ** 2 + (x - at[1]) ** 2)
    tilt = rng.uniform(-0.3, 0.3, 2)
    medium = 0.07 * (1 + tilt[0] * y + tilt[1] * x)
    grey = 900 * (lamp * (sharp + 0.25 * haze + medium)).astype(np.float32)
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
