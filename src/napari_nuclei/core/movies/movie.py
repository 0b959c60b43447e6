"""Synthetic movies of nuclei that move and divide, with their true tracks."""

from __future__ import annotations

from collections import Counter

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.movies.cells import (
    Cell,
    MovieSettings,
    advance,
    make_cell,
    separate_cells,
)
from napari_nuclei.core.synthetic_scene import Floats, simulate_camera

COVERED_FRACTION = 0.14
"""Fraction of the image that nuclei cover if no count is given."""

MIN_VISIBLE = 0.08
"""Smallest visible area of a nucleus in the true labels, in typical areas."""


def synthetic_movie(
    shape: tuple[int, int] = (256, 256),
    frames: int = 20,
    *,
    count: int | None = None,
    seed: int = 0,
    settings: MovieSettings | None = None,
) -> tuple[NDArray[np.uint16], NDArray[np.int32], dict[int, int]]:
    """Make a movie of nuclei that move, divide, come and go, and its true tracks.

    Parameters
    ----------
    shape : tuple of int
        Height and width, in pixels.
    frames : int
        Number of frames.
    count : int, optional
        Number of nuclei in the first frame, about; by default they cover a seventh of
        the image.
    seed : int
        The same seed gives the same movie.
    settings : MovieSettings, optional

    Returns
    -------
    image : ndarray of uint16, shape (T, Y, X)
    labels : ndarray of int32, shape (T, Y, X)
        A nucleus has the same label in all frames; daughters have new ones.
    parents : dict of int to int
        From the label of a daughter to that of her mother.
    """
    settings = settings or MovieSettings()
    rng = np.random.default_rng(seed)
    diameter = settings.diameter
    margin = round(2 * diameter)
    drift = np.array(settings.drift) * diameter
    # The view is at the end that nuclei drift to: others drift into it from outside.
    travel = np.abs(drift * frames).round().astype(int)
    wide_shape = np.array(shape) + 2 * margin + travel
    start = margin + np.where(drift > 0, travel, 0)
    area = np.pi * diameter**2 / 4
    number = count or round(COVERED_FRACTION * shape[0] * shape[1] / area)
    number = round(number * wide_shape.prod() / (shape[0] * shape[1]))
    cells = [
        make_cell(cell_number, rng.uniform(0, wide_shape), settings, rng)
        for cell_number in range(1, number + 1)
    ]
    for _ in range(30):
        separate_cells(cells, settings.spacing)
    images, labels = [], []
    parents: dict[int, int] = {}
    for t in range(frames):
        if t:
            cells = advance(cells, settings, rng)
            separate_cells(cells, settings.spacing, 0.5)
            separate_cells(cells, settings.spacing, 0.5)
        parents |= {cell.number: cell.mother for cell in cells if cell.mother}
        drawn, brightness = draw_cells(cells, tuple(wide_shape))
        window = np.s_[start[0] : start[0] + shape[0], start[1] : start[1] + shape[1]]
        light = settings.light * (1 - settings.bleaching) ** t
        labels.append(remove_slivers(drawn[window], MIN_VISIBLE * area))
        images.append(simulate_camera(brightness[window] * light, diameter, 1.0, rng))
    truth = np.stack(labels)
    return np.stack(images), *renumber(truth, parents)


def remove_slivers(labels: NDArray[np.int32], min_area: float) -> NDArray[np.int32]:
    """Return labels without nuclei whose area in view is below `min_area` pixels."""
    areas = np.bincount(labels.ravel())
    return np.where(areas[labels] < min_area, 0, labels).astype(np.int32)


def draw_cells(
    cells: list[Cell], shape: tuple[int, ...]
) -> tuple[NDArray[np.int32], Floats]:
    """Draw nuclei at their positions; leave out nuclei that the border cuts.

    Parameters
    ----------
    cells : list of Cell
    shape : tuple of int
        Height and width, in pixels.

    Returns
    -------
    labels : ndarray of int32, shape (Y, X)
    brightness : ndarray of float32, shape (Y, X)
    """
    labels = np.zeros(shape, np.int32)
    levels = np.full(shape, np.inf, np.float32)
    brightness = np.zeros(shape, np.float32)
    for cell in cells:
        half = len(cell.shape.radial_distance) // 2 + 1
        corner = np.floor(cell.position).astype(int) - half
        side = 2 * half + 1
        if (corner < 0).any() or (corner + side > shape).any():
            continue
        window = np.s_[corner[0] : corner[0] + side, corner[1] : corner[1] + side]
        # Scale the drawing of the nucleus, and move it by a part of a pixel.
        centre = len(cell.shape.radial_distance) // 2
        y, x = cell.position - corner
        matrix = np.array(
            [
                [cell.scale, 0, x - cell.scale * centre],
                [0, cell.scale, y - cell.scale * centre],
            ]
        )
        radial = cv2.warpAffine(
            cell.shape.radial_distance, matrix, (side, side), borderValue=9.0
        )
        light = cv2.warpAffine(cell.shape.brightness, matrix, (side, side))
        if cell.divides_in >= 0:
            light = light * np.float32(1.6)
        is_visible = (radial <= 1) & (radial < levels[window])
        labels[window][is_visible] = cell.number
        levels[window][is_visible] = radial[is_visible]
        brightness[window] = np.maximum(brightness[window], light)
    return labels, brightness


def renumber(
    labels: NDArray[np.int32], parents: dict[int, int]
) -> tuple[NDArray[np.int32], dict[int, int]]:
    """Return labels whose nuclei in view are numbered from 1, and their parents.

    A nucleus that leaves the view and comes back later gets a new number. A daughter
    whose sister is out of view continues her mother.

    Parameters
    ----------
    labels : ndarray of int32, shape (T, Y, X)
    parents : dict of int to int

    Returns
    -------
    labels : ndarray of int32, shape (T, Y, X)
    parents : dict of int to int
    """
    result = np.zeros_like(labels)
    current: dict[int, int] = {}
    in_view: dict[int, int] = {}
    count = 0
    for t, frame in enumerate(labels):
        earlier, current = current, {}
        visible = np.unique(frame[frame > 0]).tolist()
        mothers = Counter(parents.get(label) for label in visible)
        for label in visible:
            mother = parents.get(label)
            if label in earlier:
                current[label] = earlier[label]
                continue
            if mother in earlier and mothers[mother] == 1:  # the other is out of view
                current[label] = earlier[mother]
                continue
            count += 1
            current[label] = count
            if mother in earlier:
                in_view[count] = earlier[mother]
        new = np.zeros(int(frame.max(initial=0)) + 1, np.int32)
        new[list(current)] = list(current.values())
        result[t] = new[frame]
    return result, in_view
