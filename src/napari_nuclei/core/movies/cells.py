"""Nuclei of a synthetic movie, and how they move and divide."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.synthetic_scene import Nucleus, draw_nucleus

MITOSIS_FRAMES = 2
"""Frames before a division in which a nucleus is small and bright."""

GROWTH_FRAMES = 8
"""Frames in which a daughter grows to its full size."""

REST_FRAMES = 6
"""Frames before a nucleus can divide for the first time, or again."""

TURNING = 0.35
"""Fraction of the velocity that is drawn again at random in each frame."""

Vector = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class MovieSettings:
    """How the nuclei of a movie move, divide and fade.

    Attributes
    ----------
    diameter : float
        Typical diameter, in pixels.
    speed : float
        Typical displacement from frame to frame, in diameters.
    drift : tuple of float
        Displacement of all nuclei from frame to frame along Y and X, in diameters.
    crossing : float
        Two halves of the nuclei move along X in opposite directions, by this number of
        diameters from frame to frame.
    spacing : float
        Nuclei push each other away within this fraction of the sum of their radii:
        below 1 neighbours touch.
    division_rate : float
        Probability of a division of a nucleus in a frame.
    bleaching : float
        Fraction of the light that is lost from frame to frame.
    light : float
        Factor of the light; below 1 the noise is stronger.
    """

    diameter: float = 18.0
    speed: float = 0.12
    drift: tuple[float, float] = (0.0, 0.0)
    crossing: float = 0.0
    spacing: float = 1.1
    division_rate: float = 0.01
    bleaching: float = 0.0
    light: float = 1.0


@dataclass(slots=True)
class Cell:
    """A nucleus at one moment.

    Attributes
    ----------
    number : int
    shape : Nucleus
        How it is drawn at scale 1.
    radius : float
        Its radius at scale 1, in pixels.
    position, velocity : ndarray of float64, shape (2,)
        Along Y and X, in pixels and pixels per frame.
    age : int
        Frames since its birth.
    divides_in : int
        Frames until it divides; -1 for none that is planned.
    mother : int
        Number of its mother, or 0.
    full_scale, scale : float
        Factor of its drawing when it is full-grown, and now.
    """

    number: int
    shape: Nucleus
    radius: float
    position: Vector
    velocity: Vector
    age: int
    divides_in: int = -1
    mother: int = 0
    full_scale: float = 1.0
    scale: float = 1.0


def make_cell(
    number: int, position: Vector, settings: MovieSettings, rng: np.random.Generator
) -> Cell:
    """Return a nucleus of a random shape and velocity."""
    shape = draw_nucleus(settings.diameter, rng)
    radius = float(np.sqrt((shape.radial_distance <= 1).sum() / np.pi))
    velocity = rng.normal(0, settings.speed * settings.diameter / np.sqrt(2), 2)
    age = int(rng.integers(0, REST_FRAMES + 1))
    return Cell(
        number=number,
        shape=shape,
        radius=radius,
        position=position,
        velocity=velocity,
        age=age,
    )


def advance(
    cells: list[Cell], settings: MovieSettings, rng: np.random.Generator
) -> list[Cell]:
    """Return the nuclei of the next frame."""
    following = []
    free = max(cell.number for cell in cells) + 1
    drift = np.array(settings.drift) * settings.diameter
    noise = settings.speed * settings.diameter / np.sqrt(2)
    for cell in cells:
        if cell.divides_in == 0:
            angle = rng.uniform(0, np.pi)
            away = np.array([np.sin(angle), np.cos(angle)]) * 0.62 * cell.radius
            for side in (-1, 1):
                child = make_cell(free, cell.position + side * away, settings, rng)
                child.velocity = 0.3 * child.velocity + side * 0.25 * away
                child.age, child.mother = 0, cell.number
                wanted = cell.radius * cell.full_scale * rng.normal(1, 0.04)
                child.full_scale = wanted / child.radius
                following.append(child)
                free += 1
            continue
        turning = np.sqrt(TURNING) * rng.normal(0, noise, 2)
        velocity = np.sqrt(1 - TURNING) * cell.velocity + turning
        divides_in = cell.divides_in - 1 if cell.divides_in > 0 else cell.divides_in
        wants = cell.age > REST_FRAMES and rng.random() < settings.division_rate
        if divides_in < 0 and wants:
            divides_in = MITOSIS_FRAMES
        following.append(
            replace(
                cell,
                position=cell.position + velocity,
                velocity=velocity,
                age=cell.age + 1,
                divides_in=divides_in,
            )
        )
    for cell in following:
        direction = 1 if cell.number % 2 else -1
        stream = np.array([0.0, direction * settings.crossing * settings.diameter])
        cell.position = cell.position + drift + stream
        cell.scale = cell.full_scale * relative_size(cell)
    return following


def relative_size(cell: Cell) -> float:
    """Return the radius of a nucleus over its full radius."""
    if cell.divides_in >= 0:
        return 0.78
    if cell.mother:
        return 0.72 + 0.28 * min(cell.age / GROWTH_FRAMES, 1.0)
    return 1.0


def separate_cells(cells: list[Cell], spacing: float, strength: float = 1.0) -> None:
    """Move nuclei that overlap away from each other."""
    positions = np.stack([cell.position for cell in cells])
    radii = np.array([cell.radius * cell.scale for cell in cells])
    between = positions[:, np.newaxis] - positions
    distance = np.linalg.norm(between, axis=2)
    np.fill_diagonal(distance, np.inf)
    wanted = spacing * (radii[:, np.newaxis] + radii)
    missing = np.clip(wanted - distance, 0, None) / 2 * strength
    moves = (between / np.maximum(distance, 1e-6)[..., np.newaxis]) * missing[
        ..., np.newaxis
    ]
    for cell, move in zip(cells, moves.sum(axis=1), strict=True):
        cell.position = cell.position + move
