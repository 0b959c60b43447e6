"""Find nuclei that divide into two daughters."""

from __future__ import annotations

import numpy as np

from napari_nuclei.core.tracking.frame_nuclei import Floats, Ints
from napari_nuclei.core.tracking.links import Links

REFERENCE_FRAMES = 7
"""Number of frames before a division whose median area is that of the mother."""

MAX_DAUGHTER = 0.85
"""Largest area of a daughter over that of its mother."""

TOTAL_AREA = (0.4, 1.7)
"""Smallest and largest area of both daughters together over that of their mother."""

MIN_SIMILARITY = 0.45
"""Smallest area of one daughter over that of the other."""

MAX_OFF_CENTRE = 0.45
"""Largest distance of the mother from the middle of her daughters, in diameters."""

MAX_SEPARATION = 2.2
"""Largest distance between the daughters, in diameters of the mother."""

MIN_FRAMES = 3
"""Smallest number of frames in which the mother and each daughter are followed, unless
the movie begins or ends."""


def find_divisions(links: Links) -> None:
    """Find divisions, and make the daughters' tracks begin at them.

    A mother is a nucleus next to which a track begins in the next frame. She has two
    daughters of similar areas, each smaller than she was, on both sides of her. So a
    nucleus that merely appears next to another one does not count.

    Parameters
    ----------
    links : Links
        Of neighbouring frames; changed in place.
    """
    candidates = []
    reference = reference_areas(links)
    lengths = remaining_frames(links)
    starts = np.flatnonzero(links.previous < 0)
    for t in np.unique(links.frame[starts]):
        if t == 0:
            continue
        candidates += frame_candidates(
            links,
            np.flatnonzero(links.frame == t - 1),
            starts[links.frame[starts] == t],
            reference,
            lengths,
        )
    used: set[int] = set()
    for _, mother, first, second in sorted(candidates):
        if used.isdisjoint((mother, first, second)):
            used |= {mother, first, second}
            links.divide(mother, (first, second))


def frame_candidates(
    links: Links,
    mothers: Ints,
    starts: Ints,
    reference: Floats,
    lengths: Ints,
) -> list[tuple[float, int, int, int]]:
    """Return the possible divisions between two frames.

    Parameters
    ----------
    links : Links
    mothers : ndarray of int64
        Nuclei of the earlier frame.
    starts : ndarray of int64
        Nuclei of the later frame whose tracks begin there.
    reference : ndarray of float64
        As returned by `reference_areas`.
    lengths : ndarray of int64
        As returned by `remaining_frames`.

    Returns
    -------
    list of tuple
        Cost, mother, first and second daughter.
    """
    positions, areas = links.positions, links.nuclei.areas
    # The displacement that nuclei have in common says nothing about a division.
    linked = mothers[links.next[mothers] >= 0]
    drift = np.zeros(positions.shape[1])
    if len(linked):
        steps = positions[links.next[linked]] - positions[linked]
        drift = np.median(steps, axis=0)
    candidates = []
    for start in starts:
        reach = MAX_SEPARATION * links.diameters[mothers]
        offsets = positions[mothers] + drift - positions[start]
        distance = np.linalg.norm(offsets, axis=1)
        for mother in mothers[distance < reach]:
            if np.isnan(reference[mother]):
                continue
            child = links.next[mother]
            sisters = [child] if child >= 0 else starts[starts > start]
            for sister in sisters:
                daughters = [start, sister]
                cost = division_cost(
                    reference[mother],
                    areas[daughters],
                    positions[mother] + drift,
                    positions[daughters],
                    np.sqrt(reference[mother] / areas[mother])
                    * links.diameters[mother],
                )
                if cost < 1 and lengths[daughters].min() >= MIN_FRAMES:
                    candidates.append((cost, int(mother), int(start), int(sister)))
    return candidates


def division_cost(
    mother_area: float,
    daughter_areas: Floats,
    mother: Floats,
    daughters: Floats,
    diameter: float,
) -> float:
    """Return how unlikely a division is: 0 for a perfect one, 1 or more for none.

    Parameters
    ----------
    mother_area : float
        Area of the mother, before she rounded up.
    daughter_areas : ndarray of float64, shape (2,)
    mother : ndarray of float64, shape (axes,)
        Position of the mother, in pixels.
    daughters : ndarray of float64, shape (2, axes)
        Positions of the daughters, in pixels.
    diameter : float
        Diameter of the mother, in pixels.
    """
    first_area, second_area = (float(area) for area in daughter_areas)
    smaller, larger = sorted((first_area, second_area))
    total = (first_area + second_area) / mother_area
    similarity = smaller / larger
    if larger > MAX_DAUGHTER * mother_area:
        return 1.0
    if not TOTAL_AREA[0] <= total <= TOTAL_AREA[1] or similarity < MIN_SIMILARITY:
        return 1.0
    first, second = daughters
    separation = float(np.linalg.norm(first - second)) / diameter
    middle = (first_area * first + second_area * second) / (first_area + second_area)
    off_centre = float(np.linalg.norm(middle - mother)) / diameter
    if separation > MAX_SEPARATION or off_centre > MAX_OFF_CENTRE:
        return 1.0
    return (off_centre / MAX_OFF_CENTRE + (1 - similarity)) / 2


def reference_areas(links: Links) -> Floats:
    """Return the median area of each nucleus in the last frames, its own included.

    It is not much affected by a mother that rounds up before she divides, or by two
    nuclei that were taken for one in a few frames. It is NaN for a nucleus that has
    not been followed long enough for a mother.
    """
    areas = np.full((REFERENCE_FRAMES, len(links.frame)), np.nan)
    areas[0] = links.nuclei.areas
    first, before = links.frame.copy(), links.previous.copy()
    for row in areas[1:]:
        earlier = before[before >= 0]
        row[before >= 0] = links.nuclei.areas[earlier]
        first[before >= 0] = links.frame[earlier]
        before[before >= 0] = links.previous[earlier]
    reference: Floats = np.nanmedian(areas, axis=0)
    count = (~np.isnan(areas)).sum(axis=0)
    reference[(count < MIN_FRAMES) & (first > 0)] = np.nan
    return reference


def remaining_frames(links: Links) -> Ints:
    """Return the number of frames, from its own on, in which each nucleus is followed.

    A nucleus that is there in the last frame, or leaves the image, counts as followed
    for ever.
    """
    for_ever = np.iinfo(np.int64).max // 2
    lengths = np.ones(len(links.frame), np.int64)
    last = int(links.frame.max(initial=0))
    lengths[(links.frame == last) | links.nuclei.touches_border] = for_ever
    for node in range(len(lengths) - 1, -1, -1):
        if links.next[node] >= 0:
            lengths[node] = min(1 + lengths[links.next[node]], for_ever)
    return lengths
