"""Colours for instance labels, as on a map: neighbours never share one."""

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
"""Colours that are light on black and told apart side by side."""

MAX_NEIGHBOUR_GAP = 3
"""Nuclei with at most this many pixels of background between count as touching."""


def colour_labels(labels: NDArray[np.integer]) -> NDArray[np.uint8]:
    """Paint nuclei so that neighbours have different colours.

    Parameters
    ----------
    labels : ndarray of int, shape (Y, X)
        0 is background; numbers may leave gaps.

    Returns
    -------
    ndarray of uint8, shape (Y, X, 3)
        Colours of `PALETTE` on black.
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
    """Return the neighbours of each of the nuclei 1 to `count`, numbered from 0."""
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
            # One number for a pair: NumPy finds unique numbers fast, rows slowly.
            codes = here[meet].astype(np.int64) * (count + 1) + there[meet]
            pairs.append(np.unique(codes))
    neighbours: list[set[int]] = [set() for _ in range(count)]
    for code in np.unique(np.concatenate(pairs)).tolist():
        one, other = divmod(code, count + 1)
        neighbours[one - 1].add(other - 1)
        neighbours[other - 1].add(one - 1)
    return neighbours


def choose_colours(neighbours: Sequence[set[int]]) -> NDArray[np.intp]:
    """Return the number of a colour for each nucleus, none that a neighbour has.

    Nuclei with most neighbours choose first, which leaves a colour free for all but
    contrived maps; there the colour that fewest neighbours have is taken.
    """
    colours = np.full(len(neighbours), -1)
    for nucleus in sorted(range(len(neighbours)), key=lambda n: -len(neighbours[n])):
        taken = colours[list(neighbours[nucleus])]
        uses = np.bincount(taken[taken >= 0], minlength=len(PALETTE))
        # Each begins elsewhere in the palette, so that all its colours are seen.
        colours[nucleus] = (nucleus + np.roll(uses, -nucleus).argmin()) % len(PALETTE)
    return colours
