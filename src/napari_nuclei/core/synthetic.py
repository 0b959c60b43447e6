"""Fluorescence nuclei made by code, with the truth about them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

FILLED = 0.14
"""Share of the image that nuclei cover where no count is given."""

ATTEMPTS = 60
"""Places tried for each nucleus before it is left out."""

MOST_OVERLAP = 0.06
"""Largest share of a new nucleus that may lie on its neighbours."""

DIVIDING = 0.05
"""Share of nuclei that are condensed: smaller, longer and brighter."""

HARMONICS = np.arange(2, 5)
"""Waves around an outline: 2 is an oval, 3 a rounded triangle, 4 a rounded square."""

PHOTONS = 0.35
"""Photons counted for one grey value; fewer make more shot noise."""

READ_NOISE = 6.0
"""Standard deviation of the camera's noise, in grey values."""

OFFSET = 100.0
"""Grey value of the camera in the dark."""

Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Nucleus:
    """One nucleus in a square window around its centre.

    Attributes
    ----------
    level : ndarray of float32, shape (n, n)
        Distance from the centre as a share of the outline's: 1 on the outline.
    light : ndarray of float32, shape (n, n)
        Relative brightness, 0 outside.
    """

    level: Floats
    light: Floats


def synthetic_nuclei(
    shape: tuple[int, int] = (512, 512),
    *,
    count: int | None = None,
    diameter: float = 18,
    touching: float = 0.35,
    noise: float = 1.0,
    seed: int = 0,
) -> tuple[NDArray[np.uint16], NDArray[np.int32]]:
    """Make an image of fluorescent nuclei, such as DAPI shows them, and its truth.

    Nuclei are smooth, irregular ovals of varying size and brightness, with chromatin
    texture and dark nucleoli; some touch, none is hidden. The image is blurred, lies
    on an uneven background and has the noise of photons and of a camera.

    Parameters
    ----------
    shape : tuple of int
        Height and width, in pixels.
    count : int, optional
        Nuclei wanted; fewer are made where no more find room. By default about a
        seventh of the image is covered.
    diameter : float
        Typical diameter, in pixels; at least 4.
    touching : float
        Share of nuclei that are laid against another one, 0 to 1.
    noise : float
        Factor of the noise; 0 for none.
    seed : int
        The same seed gives the same image.

    Returns
    -------
    image : ndarray of uint16, shape (Y, X)
    labels : ndarray of int32, shape (Y, X)
        0 is background; nuclei are numbered from 1 without gaps.

    Raises
    ------
    ValueError
        If an argument is outside its limits.

    Examples
    --------
    >>> image, labels = synthetic_nuclei((128, 128), count=10)
    >>> image.dtype, image.shape, int(labels.max())
    (dtype('uint16'), (128, 128), 10)
    """
    if len(shape) != 2 or min(shape) < 2:
        raise ValueError(f"shape must be two numbers of at least 2; got {shape}")
    if diameter < 4:
        raise ValueError(f"diameter must be at least 4 pixels; got {diameter}")
    if not 0 <= touching <= 1:
        raise ValueError(f"touching must be from 0 to 1; got {touching}")
    if noise < 0 or (count is not None and count < 0):
        raise ValueError(
            f"noise and count must not be negative; got {noise} and {count}"
        )
    rng = np.random.default_rng(seed)
    if count is None:
        count = round(FILLED * shape[0] * shape[1] / (np.pi * diameter**2 / 4))
    labels, light = place_nuclei(shape, count, diameter, touching, rng)
    return expose(light, diameter, noise, rng), labels


def synthetic_series(
    shape: tuple[int, int] = (256, 256),
    frames: int = 8,
    *,
    diameter: float = 18,
    seed: int = 0,
) -> tuple[NDArray[np.uint16], NDArray[np.int32]]:
    """Make a time series of nuclei that drift together, and its truth.

    Parameters
    ----------
    shape : tuple of int
        Height and width, in pixels.
    frames : int
    diameter : float
        Typical diameter, in pixels.
    seed : int
        The same seed gives the same series.

    Returns
    -------
    image : ndarray of uint16, shape (T, Y, X)
    labels : ndarray of int32, shape (T, Y, X)
        A nucleus keeps its number from frame to frame.
    """
    rng = np.random.default_rng(seed)
    drift = max(1, round(diameter / 6))
    wide = (shape[0], shape[1] + drift * (frames - 1))
    count = round(FILLED * wide[0] * wide[1] / (np.pi * diameter**2 / 4))
    labels, light = place_nuclei(wide, count, diameter, 0.35, rng)
    windows = [np.s_[:, n * drift : n * drift + shape[1]] for n in range(frames)]
    exposed = [expose(light[window], diameter, 1.0, rng) for window in windows]
    return np.stack(exposed), np.stack([labels[window] for window in windows])


def synthetic_stack(
    shape: tuple[int, int, int] = (9, 256, 256),
    *,
    diameter: float = 18,
    flat: float = 0.25,
    seed: int = 0,
) -> tuple[NDArray[np.uint16], NDArray[np.int32]]:
    """Make a z stack of nuclei, largest in the slice of their middle, and its truth.

    Parameters
    ----------
    shape : tuple of int
        Slices, height and width.
    diameter : float
        Typical diameter, in pixels.
    flat : float
        Size of a pixel as a share of the distance between slices.
    seed : int
        The same seed gives the same stack.

    Returns
    -------
    image : ndarray of uint16, shape (Z, Y, X)
    labels : ndarray of int32, shape (Z, Y, X)
        A nucleus has one number in all its slices.
    """
    rng = np.random.default_rng(seed)
    slices, height, width = shape
    count = round(FILLED * height * width / (np.pi * diameter**2 / 4))
    labels, light = place_nuclei((height, width), count, diameter, 0.2, rng)
    count = int(labels.max())
    middle = rng.uniform(0.2 * (slices - 1), 0.8 * (slices - 1), count + 1)
    reach = diameter / 2 * flat  # of a nucleus above and below its middle, in slices
    # How deep a pixel lies in its nucleus, as a share of the deepest one.
    deep = np.zeros((height, width), np.float32)
    for number in range(1, count + 1):
        mask = (labels == number).astype(np.uint8)
        depth = cv2.distanceTransform(mask, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
        deep = np.maximum(deep, depth / max(float(depth.max()), 1e-6))
    images, truths = [], []
    for level in range(slices):
        away = np.abs(level - middle) / max(reach, 1e-6)
        # A ball of radius 1 has at height h a disc of radius sqrt(1 - h * h).
        rim = 1 - np.sqrt(np.clip(1 - away**2, 0, 1))
        there = (labels > 0) & (deep > rim[labels])
        truths.append(np.where(there, labels, 0).astype(np.int32))
        images.append(expose(np.where(there, light, 0), diameter, 1.0, rng))
    return np.stack(images), np.stack(truths)


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
        inside = nucleus.level <= 1
        area = int(inside.sum())
        radius, half = float(np.sqrt(area / np.pi)), len(inside) // 2
        beside = bool(centres) and rng.random() < touching
        for attempt in range(ATTEMPTS):
            if beside and attempt < ATTEMPTS // 2:
                other = int(rng.integers(len(centres)))
                angle, apart = rng.uniform(0, 2 * np.pi), radius + radii[other]
                away = np.array([np.sin(angle), np.cos(angle)]) * apart
                centre = centres[other] + away * rng.uniform(0.92, 1.04)
            else:
                centre = rng.uniform(0, shape)
            row, column = np.floor(centre).astype(int)
            if not (0 <= row < shape[0] and 0 <= column < shape[1]):
                continue
            top, left = row + margin - half, column + margin - half
            window = np.s_[top : top + 2 * half + 1, left : left + 2 * half + 1]
            shared = inside & (labels[window] > 0)
            if shared.sum() > MOST_OVERLAP * area:
                continue
            # Where two overlap the pixel goes to the one it lies deeper in, which
            # gives the straight border of cells that press on each other.
            mine = inside & (nucleus.level < levels[window])
            labels[window][mine] = len(centres) + 1
            levels[window][mine] = nucleus.level[mine]
            light[window] = np.maximum(light[window], nucleus.light)
            centres.append(centre)
            radii.append(radius)
            break
    cut = np.s_[margin : margin + shape[0], margin : margin + shape[1]]
    return labels[cut].copy(), light[cut].copy()


def draw_nucleus(diameter: float, rng: np.random.Generator) -> Nucleus:
    """Draw the outline and the brightness of one nucleus."""
    dividing = rng.random() < DIVIDING
    radius = diameter / 2 * np.clip(rng.lognormal(0, 0.16), 0.65, 1.5)
    longer = rng.uniform(1.0, 1.45)
    brightness = rng.lognormal(0, 0.32)
    if dividing:
        radius, longer = radius * 0.7, rng.uniform(1.6, 2.1)
        brightness *= 1.9
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
    level = (np.hypot(along, across) / (radius * outline)).astype(np.float32)
    # Thick in the middle, thin at the rim; flat cells are nearly even.
    dome = np.sqrt(np.clip(1 - level**2, 0, 1))
    light = brightness * (0.55 + 0.45 * dome)
    light *= speckle(len(level), radius, rng)
    if not dividing:
        for _ in range(rng.poisson(1.6)):  # nucleoli, which hold little DNA
            spot = rng.normal(0, 0.38, 2) * radius
            width = radius * rng.uniform(0.12, 0.24)
            away = (along - spot[0]) ** 2 + (across - spot[1]) ** 2
            light *= 1 - rng.uniform(0.2, 0.5) * np.exp(-away / (2 * width**2))
    light[level > 1] = 0
    return Nucleus(level, light.astype(np.float32))


def speckle(side: int, radius: float, rng: np.random.Generator) -> Floats:
    """Return chromatin texture: clumps of about a fifth of a nucleus, mean near 1."""
    coarse = rng.standard_normal((side, side), np.float32)
    clumps = blurred(coarse, max(radius * 0.12, 0.6))
    clumps *= 0.13 / max(float(clumps.std()), 1e-6)
    clumps += 1
    return clumps.clip(0.3)


def expose(
    light: Floats, diameter: float, noise: float, rng: np.random.Generator
) -> NDArray[np.uint16]:
    """Return what a camera behind a microscope makes of a scene."""
    sharp = blurred(light, max(0.05 * diameter, 0.7))
    haze = blurred(light, 1.6 * diameter)  # light from out of focus
    height, width = light.shape
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, np.newaxis]
    x = np.linspace(-1, 1, width, dtype=np.float32)[np.newaxis, :]
    at = rng.uniform(-0.5, 0.5, 2)
    lamp = 1 - 0.18 * ((y - at[0]) ** 2 + (x - at[1]) ** 2)
    tilt = rng.uniform(-0.3, 0.3, 2)
    medium = 0.07 * (1 + tilt[0] * y + tilt[1] * x)
    grey = 900 * (lamp * (sharp + 0.25 * haze + medium)).astype(np.float32)
    if noise:
        photons = PHOTONS / noise**2
        grey = rng.poisson(np.maximum(grey, 0) * photons) / photons
        grey = grey + rng.normal(0, READ_NOISE * noise, grey.shape)
    levels: NDArray[np.uint16] = (
        (grey + OFFSET).round().clip(0, 65535).astype(np.uint16)
    )
    return levels


def blurred(image: Floats, sigma: float) -> Floats:
    """Return an image blurred by a Gaussian of `sigma` pixels."""
    return np.asarray(cv2.GaussianBlur(image, (0, 0), sigma), np.float32)
