"""From the network's output to one label for every nucleus."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.nearest import Marks, nearest_in_body, nearest_mark

SMOOTHING = 1.0
"""Sigma, in pixels, by which the inner distance is smoothed before seeds are cut."""

SMALLEST_SEED = 6
"""Seeds of fewer pixels are noise; their pixels go to the next seed."""


def components(mask: NDArray[np.bool_], connectivity: int = 8) -> NDArray[np.int32]:
    """Return the connected components of a mask, numbered from 1."""
    _, labels = cv2.connectedComponents(
        mask.view(np.uint8), connectivity=connectivity, ltype=cv2.CV_32S
    )
    return np.asarray(labels, np.int32)


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
    return grow_inside(Marks.of(seeds), bodies).on_plane(bodies.shape)


def grow_inside(sown: Marks, bodies: NDArray[np.int32]) -> Marks:
    """Return the labels of the pixels inside, from those of the seeds; see `grow`."""
    inside = Marks.of(bodies)
    last_seed, last_body = (int(m.numbers.max(initial=0)) for m in (sown, inside))
    body_of = np.zeros(last_seed + 1, np.int32)
    body_of[sown.numbers] = bodies.ravel()[sown.places]
    rivals = np.bincount(body_of[1:], minlength=last_body + 1)
    label_of = np.zeros(last_body + 1, np.int32)
    label_of[body_of[1:]] = np.arange(1, last_seed + 1)
    lonely = np.flatnonzero(rivals == 0)
    lonely = lonely[lonely > 0]
    label_of[lonely] = np.arange(1, len(lonely) + 1) + last_seed
    labels = label_of[inside.numbers]
    crowded = (rivals > 1)[inside.numbers]
    if not crowded.any():
        return Marks(inside.places, labels)
    places, home = inside.places[crowded], inside.numbers[crowded]
    rival = (rivals > 1)[body_of[sown.numbers]]
    marks = Marks(sown.places[rival], sown.numbers[rival])
    near = nearest_mark(marks, places, (bodies.shape[0], bodies.shape[1]))
    wrong = body_of[near] != home
    if wrong.any():
        seeds = sown.on_plane(bodies.shape)
        near[wrong] = nearest_in_body(seeds, bodies, places[wrong])
    labels[crowded] = near
    return Marks(inside.places, labels)


def drop_small(labels: NDArray[np.int32], min_size: float) -> NDArray[np.int32]:
    """Remove objects of under `min_size` pixels and number the rest from 1.

    The same array if all are large enough and numbered without gaps.
    """
    marks = Marks.of(labels)
    kept = large_enough(marks, min_size)
    return labels if kept is marks else kept.on_plane(labels.shape)


def large_enough(marks: Marks, min_size: float) -> Marks:
    """Do what `drop_small` does, with the labelled pixels alone."""
    keep = np.bincount(marks.numbers) >= max(min_size, 1)
    keep[:1] = True
    if keep.all():
        return marks
    keep[0] = False
    numbers = renumbered(marks.numbers, keep)
    stays = numbers > 0
    return Marks(marks.places[stays], numbers[stays])


def renumbered(labels: NDArray[np.int32], keep: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return labels with the kept objects numbered from 1 in order, without the others.

    Parameters
    ----------
    labels : ndarray of int32
        Of any shape.
    keep : ndarray of bool, shape (n + 1,)
        For each label; False for 0, the background.
    """
    numbers = np.cumsum(keep, dtype=np.int32)
    numbers[~keep] = 0
    return numbers[labels]


def edges(labels: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """Return the first and last row and the first and last column of labels (Y, X)."""
    return labels[0], labels[-1], labels[:, 0], labels[:, -1]


def find_instances(
    foreground: NDArray[np.float32],
    distance: NDArray[np.float32],
    *,
    probability: float = 0.5,
    splitting: float = 0.5,
    min_size: float = 12,
) -> NDArray[np.int32]:
    """Separate the foreground into nuclei.

    Seeds are the components in which the smoothed inner distance reaches `splitting`;
    each pixel of the foreground goes to the nearest seed of its component. A component
    without a seed is kept as one object.

    Parameters
    ----------
    foreground : ndarray of float32, shape (Y, X)
        Probability that a pixel lies in a nucleus.
    distance : ndarray of float32, shape (Y, X)
        Inner distance: 0 at a nucleus' edge, 1 where it is deepest.
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
    if foreground.shape != distance.shape:
        raise ValueError(
            "foreground and distance must have the same shape; got "
            f"{foreground.shape} and {distance.shape}"
        )
    inside = foreground >= probability
    bodies = components(inside, connectivity=4)
    seeds = find_seeds(inside, distance, splitting)
    return large_enough(grow_inside(seeds, bodies), min_size).on_plane(bodies.shape)


def find_seeds(
    inside: NDArray[np.bool_], distance: NDArray[np.float32], splitting: float
) -> Marks:
    """Return where the smoothed inner distance is high, one number a component."""
    smooth = cv2.GaussianBlur(distance, (0, 0), SMOOTHING)
    seeds = components(inside & (smooth >= splitting), connectivity=4)
    return large_enough(Marks.of(seeds), SMALLEST_SEED)


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
