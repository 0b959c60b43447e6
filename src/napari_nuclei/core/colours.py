"""Colour labels so that neighbouring nuclei have different colours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

PALETTE = np.array(
    [
        (255, 92, 92),
        (80, 200, 255),
        (255, 214, 64),
        (110, 220, 110),
        (205, 130, 255),
        (255, 150, 50),
        (70, 225, 195),
        (255, 130, 200),
        (110, 140, 255),
        (190, 230, 80),
        (235, 235, 235),
        (200, 150, 110),
    ],
    np.uint8,
)
"""Light colours that differ clearly from each other and from black."""

MAX_NEIGHBOUR_GAP = 3
"""Largest number of background pixels between two neighbouring nuclei."""


def colour_labels(labels: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Colour nuclei so that neighbours have different colours.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X)
        0 is background; numbers may have gaps.

    Returns
    -------
    ndarray of uint8, shape (Y, X, 3)
        Colours of `PALETTE`; black background.
    """
    names, numbers = np.unique(labels, return_inverse=True)
    numbers = numbers.reshape(labels.shape).astype(np.int32)
    if not len(names) or names[0] != 0:
        numbers += 1  # no background
    count = int(numbers.max(initial=0))
    colours = np.zeros((count + 1, 3), np.uint8)
    if count:
        neighbours = find_neighbours(numbers, count)
        colours[1:] = PALETTE[choose_colours(neighbours)]
    return colours[numbers]


def find_neighbours(labels: NDArray[np.int32], count: int) -> list[set[int]]:
    """Return the neighbours of each nucleus; label 1 has index 0."""
    height, width = labels.shape
    pairs = [np.zeros(0, np.int64)]
    for step in range(1, MAX_NEIGHBOUR_GAP + 2):
        for down, across in ((0, step), (step, 0), (step, step), (step, -step)):
            if down >= height or step >= width:
                continue
            left, right = max(across, 0), max(-across, 0)
            here = labels[down:, left : width - right]
            there = labels[: height - down, right : width - left]
            meet = (here != there) & (here > 0) & (there > 0)
            # One number per pair, since NumPy finds unique rows slowly.
            codes = here[meet].astype(np.int64) * (count + 1) + there[meet]
            pairs.append(np.unique(codes))
    neighbours: list[set[int]] = [set() for _ in range(count)]
    for code in np.unique(np.concatenate(pairs)).tolist():
        first, second = divmod(code, count + 1)
        neighbours[first - 1].add(second - 1)
        neighbours[second - 1].add(first - 1)
    return neighbours


def choose_colours(neighbours: Sequence[set[int]]) -> NDArray[np.intp]:
    """Return the index of a colour for each nucleus, different from its neighbours'.

    Nuclei with the most neighbours are coloured first. If a nucleus' neighbours use
    all colours, it gets the colour that the fewest of them have.
    """
    colours = np.full(len(neighbours), -1)
    for nucleus in sorted(range(len(neighbours)), key=lambda n: -len(neighbours[n])):
        taken = colours[list(neighbours[nucleus])]
        uses = np.bincount(taken[taken >= 0], minlength=len(PALETTE))
        # Each nucleus starts at another colour, so that all colours are used.
        colours[nucleus] = (nucleus + np.roll(uses, -nucleus).argmin()) % len(PALETTE)
    return colours
