"""From the network's output to one label for every nucleus."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.instances.nearest_seed import (
    REACH,
    nearest_in_body,
    nearest_object,
)
from napari_nuclei.core.instances.object_pixels import Marks, Objects, components
from napari_nuclei.core.instances.voting import count_votes
from napari_nuclei.core.row_bands import STRIP, blurred_above, on_every_core, strips

SMOOTHING = 1.0
"""Sigma, in pixels, by which the inner distance is smoothed before seeds are cut."""

SMALLEST_SEED = 6
"""Seeds of fewer pixels are noise; their pixels go to the next seed."""


def grow(seeds: NDArray[np.int32], bodies: NDArray[np.int32]) -> NDArray[np.int32]:
    """Let seeds grow to the whole of the components they lie in.

    Parameters
    ----------
    seeds : ndarray of int32, shape (Y, X)
        Seeds numbered from 1; each lies in one component.
    bodies : ndarray of int32, shape (Y, X)
        Components numbered from 1.

    Returns
    -------
    ndarray of int32, shape (Y, X)
        Every pixel of a component has the label of the nearest seed in it. A
        component without a seed is one object, numbered after the seeds.
    """
    return grow_inside(Objects.of(seeds), bodies).on_plane()


def grow_inside(
    sown: Objects, bodies: NDArray[np.int32], *, strip: int = STRIP, reach: int = REACH
) -> Objects:
    """Return what seeds grow to; see `grow`. The same whatever `strip` and `reach`."""
    width = sown.shape[1]
    body_of = sown.at_a_pixel(bodies)
    label_of, contested = share_out(body_of, int(bodies.max()))
    rivalling = contested.take(body_of)
    seeds = sown.kept(rivalling)
    seed_of = np.flatnonzero(np.append(True, rivalling[1:])).astype(np.int32)

    def label(rows: slice) -> tuple[Marks, NDArray[np.intp]]:
        """Return the labels of a strip, and the places that another body's seed got."""
        inside = Marks.of(bodies[rows], rows.start * width)
        labels = label_of.take(inside.numbers)
        crowded = contested.take(inside.numbers)
        places = inside.places[crowded]
        near = seed_of.take(nearest_object(seeds, places, rows, reach=reach))
        labels[crowded] = near
        wrong = body_of.take(near) != inside.numbers[crowded]
        return Marks(inside.places, labels), places[wrong]

    parts, wrong = zip(*on_every_core(label, strips(len(bodies), strip)), strict=True)
    astray = np.concatenate(wrong)
    if len(astray):
        right = seed_of.take(nearest_in_body(seeds, bodies, astray))
        ends = np.cumsum([len(places) for places in wrong])
        for part, places, labels in zip(
            parts, wrong, np.split(right, ends[:-1]), strict=True
        ):
            part.numbers[np.searchsorted(part.places, places)] = labels
    return Objects.made_of(sown.shape, parts)


def share_out(
    body_of: NDArray[np.int32], bodies: int
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the label of each component, and whether several seeds contest it.

    Parameters
    ----------
    body_of : ndarray of int32, shape (seeds + 1,)
        In which component each seed lies; entry 0 is ignored.
    bodies : int
        The highest number of a component.

    Returns
    -------
    labels : ndarray of int32, shape (bodies + 1,)
        The number of the component's seed, or one after those of the seeds.
    contested : ndarray of bool, shape (bodies + 1,)
    """
    rivals = np.bincount(body_of[1:], minlength=bodies + 1)
    labels = np.zeros(bodies + 1, np.int32)
    labels[body_of[1:]] = np.arange(1, len(body_of))
    lonely = np.flatnonzero(rivals[1:] == 0) + 1
    labels[lonely] = np.arange(len(lonely)) + len(body_of)
    return labels, rivals > 1


def drop_small(labels: NDArray[np.int32], min_size: float) -> NDArray[np.int32]:
    """Remove objects of under `min_size` pixels and number the rest from 1."""
    return Objects.of(labels).at_least(min_size).on_plane()


def edges(labels: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """Return the first and last row and the first and last column of labels (Y, X)."""
    return labels[0], labels[-1], labels[:, 0], labels[:, -1]


def find_instances(
    foreground: NDArray[np.float32],
    distance: NDArray[np.float32],
    offsets: NDArray[np.float32] | None = None,
    *,
    probability: float = 0.5,
    splitting: float = 0.5,
    min_size: float = 12,
) -> NDArray[np.int32]:
    """Separate the foreground into nuclei.

    Seeds are the components in which the smoothed inner distance reaches `splitting`;
    with offsets, those of the pixels there that lead to one place. Each other pixel of
    the foreground goes to the nearest seed of its component. A component without a seed
    is kept as one object.

    Parameters
    ----------
    foreground : ndarray of float32, shape (Y, X)
        Probability that a pixel lies in a nucleus.
    distance : ndarray of float32, shape (Y, X)
        Inner distance: 0 at a nucleus' edge, 1 where it is deepest.
    offsets : ndarray of float32, shape (2, Y, X), optional
        To the centre of each pixel's nucleus, as of `centre_offsets`.
    probability : float
        Foreground where `foreground` is at least this.
    splitting : float
        Seeds where `distance` is at least this.
    min_size : float
        Smallest object that is kept, in pixels.

    Returns
    -------
    ndarray of int32, shape (Y, X)
        0 is background; nuclei are numbered from 1 without gaps.
    """
    found = find_objects(
        foreground, distance, offsets, probability=probability, splitting=splitting
    )
    return found.at_least(min_size).on_plane()


def find_objects(
    foreground: NDArray[np.float32],
    distance: NDArray[np.float32],
    offsets: NDArray[np.float32] | None = None,
    *,
    probability: float,
    splitting: float,
) -> Objects:
    """Do what `find_instances` does, without a smallest size or a plane of labels."""
    if foreground.shape != distance.shape:
        raise ValueError(
            "foreground and distance must have the same shape; got "
            f"{foreground.shape} and {distance.shape}"
        )
    inside = foreground >= probability
    with ThreadPoolExecutor(1, "bodies") as beside:
        bodies = beside.submit(components, inside, connectivity=4)
        if offsets is None:
            seeds = find_seeds(inside, distance, splitting)
        else:
            core = inside & blurred_above(distance, SMOOTHING, splitting)
            voted = count_votes(core, offsets, bodies.result())
            seeds = voted.at_least(SMALLEST_SEED)
        return grow_inside(seeds, bodies.result())


def find_seeds(
    inside: NDArray[np.bool_],
    distance: NDArray[np.float32],
    splitting: float,
    *,
    strip: int = STRIP,
) -> Objects:
    """Return where the smoothed inner distance is high, one number a component."""
    high = inside & blurred_above(distance, SMOOTHING, splitting, strip=strip)
    return Objects.of(components(high, connectivity=4)).at_least(SMALLEST_SEED)


def watershed_instances(
    foreground: NDArray[np.float32],
    *,
    probability: float = 0.5,
    splitting: float = 0.5,
    min_size: float = 12,
) -> NDArray[np.int32]:
    """Separate a foreground that comes without an inner distance.

    A watershed on the distance to the background; peaks that rise by less than
    `splitting` pixels above the saddle to the next belong to one nucleus.

    Parameters
    ----------
    foreground : ndarray of float32, shape (Y, X)
        Probability that a pixel lies in a nucleus.
    probability : float
        Foreground where `foreground` is at least this.
    splitting : float
        Higher values merge less, as in `find_instances`: the height is
        ``2 * (1 - splitting)`` pixels.
    min_size : float
        Smallest object that is kept, in pixels.

    Returns
    -------
    ndarray of int32, shape (Y, X)
    """
    from skimage.morphology import h_maxima
    from skimage.segmentation import watershed

    inside = foreground >= probability
    away = cv2.distanceTransform(
        inside.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE
    )
    smooth = cv2.GaussianBlur(away, (0, 0), 1.0)
    seeds = components(h_maxima(smooth, max(2 * (1 - splitting), 0.1)) > 0)
    seeds[~inside] = 0
    labels = watershed(-smooth, seeds, mask=inside).astype(np.int32)
    return drop_small(grow(labels, components(inside, connectivity=4)), min_size)
