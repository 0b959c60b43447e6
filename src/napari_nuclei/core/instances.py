"""From the network's output to one label for every nucleus."""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

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


def nearest_label(
    labels: NDArray[np.int32], places: NDArray[np.intp]
) -> NDArray[np.int32]:
    """Return the label of the labelled pixel nearest to each place; one must exist.

    Parameters
    ----------
    labels : ndarray of int32, shape (Y, X)
    places : ndarray of int, shape (n,)
        Indices into the flattened image.
    """
    away = (labels == 0).view(np.uint8)
    _, index = cv2.distanceTransformWithLabels(
        away, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    # OpenCV numbers the labelled pixels in an order of its own.
    labelled = np.flatnonzero(labels)
    index = index.ravel()
    table = np.zeros(len(labelled) + 1, np.int32)
    table[index[labelled]] = labels.ravel()[labelled]
    return np.asarray(table[index[places]], np.int32)


def nearest_in_body(
    seeds: NDArray[np.int32], bodies: NDArray[np.int32], places: NDArray[np.intp]
) -> NDArray[np.int32]:
    """Return the seed nearest to each place among those of the place's component.

    Exact and slow: for the few pixels that lie nearer to another component's seed.
    """
    from scipy.spatial import KDTree  # slow to import, seldom needed

    asked = np.zeros(int(bodies.max()) + 1, bool)
    asked[bodies.ravel()[places]] = True
    known = np.flatnonzero((seeds > 0) & asked[bodies])
    # Components lie on planes so far apart that no neighbour is in another one.
    gap = 2 * sum(seeds.shape)
    points = [
        np.column_stack(
            [*np.unravel_index(which, seeds.shape), gap * bodies.ravel()[which]]
        )
        for which in (known, places)
    ]
    _, nearest = KDTree(points[0]).query(points[1])
    return np.asarray(seeds.ravel()[known[nearest]], np.int32)


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
    last_seed, last_body = int(seeds.max()), int(bodies.max())
    seeded = np.flatnonzero(seeds)
    body_of = np.zeros(last_seed + 1, np.int32)
    body_of[seeds.ravel()[seeded]] = bodies.ravel()[seeded]
    rivals = np.bincount(body_of[1:], minlength=last_body + 1)
    label_of = np.zeros(last_body + 1, np.int32)
    label_of[body_of[1:]] = np.arange(1, last_seed + 1)
    lonely = np.flatnonzero(rivals == 0)
    lonely = lonely[lonely > 0]
    label_of[lonely] = np.arange(1, len(lonely) + 1) + last_seed
    labels = label_of[bodies]
    crowded = (rivals > 1)[bodies]
    places = np.flatnonzero(crowded)
    if not len(places):
        return labels
    near = nearest_label(np.where(crowded, seeds, 0), places)
    wrong = body_of[near] != bodies.ravel()[places]
    if wrong.any():
        near[wrong] = nearest_in_body(seeds, bodies, places[wrong])
    np.put(labels, places, near)
    return labels


def drop_small(labels: NDArray[np.int32], min_size: float) -> NDArray[np.int32]:
    """Remove objects of under `min_size` pixels and number the rest from 1."""
    sizes = np.bincount(labels.ravel())
    keep = sizes >= max(min_size, 1)
    keep[0] = False
    return renumbered(labels, keep)


def renumbered(labels: NDArray[np.int32], keep: NDArray[np.bool_]) -> NDArray[np.int32]:
    """Return labels with the kept objects numbered from 1 in order, without the others.

    Parameters
    ----------
    labels : ndarray of int32, shape (Y, X)
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
    return drop_small(grow(seeds, bodies), min_size)


def find_seeds(
    inside: NDArray[np.bool_], distance: NDArray[np.float32], splitting: float
) -> NDArray[np.int32]:
    """Return where the smoothed inner distance is high, one number a component."""
    smooth = cv2.GaussianBlur(distance, (0, 0), SMOOTHING)
    seeds = components(inside & (smooth >= splitting), connectivity=4)
    return drop_small(seeds, SMALLEST_SEED)


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
