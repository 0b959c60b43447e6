"""From the network's output to one label for every nucleus."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.instances.nearest_seed import (
    SEARCH_ROWS,
    nearest_in_component,
    nearest_marker,
)
from napari_nuclei.core.instances.object_pixels import (
    LabelledPixels,
    SparseLabels,
    connected_components,
)
from napari_nuclei.core.instances.voting import cluster_votes
from napari_nuclei.core.row_bands import (
    BAND_HEIGHT,
    map_threads,
    split_rows,
    threshold_blurred,
)

DISTANCE_SIGMA = 1.0
"""Sigma, in pixels, by which the inner distance is smoothed before seeds are cut."""

MIN_MARKER_AREA = 6
"""Seeds of fewer pixels are noise; their pixels go to the next seed."""


def expand_markers(
    seeds: NDArray[np.int32], components: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Let seeds grow to the whole of the components they lie in.

    Parameters
    ----------
    seeds : ndarray of int32, shape (Y, X)
        Seeds numbered from 1; each lies in one component.
    components : ndarray of int32, shape (Y, X)
        Components numbered from 1.

    Returns
    -------
    ndarray of int32, shape (Y, X)
        Every pixel of a component has the label of the nearest seed in it. A
        component without a seed is one object, numbered after the seeds.
    """
    return expand_sparse_markers(
        SparseLabels.from_labels(seeds), components
    ).to_labels()


def expand_sparse_markers(
    markers: SparseLabels,
    components: NDArray[np.int32],
    *,
    band_height: int = BAND_HEIGHT,
    search_rows: int = SEARCH_ROWS,
) -> SparseLabels:
    """Expand sparse markers to their components; see `expand_markers`.

    The result does not depend on `band_height` and `search_rows`.
    """
    width = markers.shape[1]
    component_of = markers.sample_plane(components)
    label_of, contested = assign_labels(component_of, int(components.max()))
    rivalling = contested.take(component_of)
    seeds = markers.filter(rivalling)
    seed_of = np.flatnonzero(np.append(True, rivalling[1:])).astype(np.int32)

    def label(rows: slice) -> tuple[LabelledPixels, NDArray[np.intp]]:
        """Return the labels of a strip, and the places that another body's seed got."""
        inside = LabelledPixels.from_labels(components[rows], rows.start * width)
        labels = label_of.take(inside.label_values)
        crowded = contested.take(inside.label_values)
        indices = inside.indices[crowded]
        near = seed_of.take(
            nearest_marker(seeds, indices, rows, search_rows=search_rows)
        )
        labels[crowded] = near
        wrong = component_of.take(near) != inside.label_values[crowded]
        return LabelledPixels(inside.indices, labels), indices[wrong]

    bands, wrong = zip(
        *map_threads(label, split_rows(len(components), band_height)), strict=True
    )
    astray = np.concatenate(wrong)
    if len(astray):
        right = seed_of.take(nearest_in_component(seeds, components, astray))
        ends = np.cumsum([len(indices) for indices in wrong])
        for part, indices, labels in zip(
            bands, wrong, np.split(right, ends[:-1]), strict=True
        ):
            part.label_values[np.searchsorted(part.indices, indices)] = labels
    return SparseLabels.from_pixels(markers.shape, bands)


def assign_labels(
    component_of: NDArray[np.int32], components: int
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the label of each component, and whether several seeds contest it.

    Parameters
    ----------
    component_of : ndarray of int32, shape (seeds + 1,)
        In which component each seed lies; entry 0 is ignored.
    components : int
        The highest number of a component.

    Returns
    -------
    labels : ndarray of int32, shape (bodies + 1,)
        The number of the component's seed, or one after those of the seeds.
    contested : ndarray of bool, shape (bodies + 1,)
    """
    rivals = np.bincount(component_of[1:], minlength=components + 1)
    labels = np.zeros(components + 1, np.int32)
    labels[component_of[1:]] = np.arange(1, len(component_of))
    lonely = np.flatnonzero(rivals[1:] == 0) + 1
    labels[lonely] = np.arange(len(lonely)) + len(component_of)
    return labels, rivals > 1


def drop_small(labels: NDArray[np.int32], min_size: float) -> NDArray[np.int32]:
    """Remove objects of under `min_size` pixels and number the rest from 1."""
    return SparseLabels.from_labels(labels).remove_small(min_size).to_labels()


def border_pixels(labels: NDArray[Any]) -> tuple[NDArray[Any], ...]:
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
        To the centre of each pixel's nucleus, as of `encode_offsets`.
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
    found = find_sparse_instances(
        foreground, distance, offsets, probability=probability, splitting=splitting
    )
    return found.remove_small(min_size).to_labels()


def find_sparse_instances(
    foreground: NDArray[np.float32],
    distance: NDArray[np.float32],
    offsets: NDArray[np.float32] | None = None,
    *,
    probability: float,
    splitting: float,
) -> SparseLabels:
    """Do what `find_instances` does, without a smallest size or a plane of labels."""
    if foreground.shape != distance.shape:
        raise ValueError(
            "foreground and distance must have the same shape; got "
            f"{foreground.shape} and {distance.shape}"
        )
    inside = foreground >= probability
    with ThreadPoolExecutor(1, "bodies") as beside:
        components = beside.submit(connected_components, inside, connectivity=4)
        if offsets is None:
            seeds = find_markers(inside, distance, splitting)
        else:
            core = inside & threshold_blurred(distance, DISTANCE_SIGMA, splitting)
            voted = cluster_votes(core, offsets, components.result())
            seeds = voted.remove_small(MIN_MARKER_AREA)
        return expand_sparse_markers(seeds, components.result())


def find_markers(
    inside: NDArray[np.bool_],
    distance: NDArray[np.float32],
    splitting: float,
    *,
    band_height: int = BAND_HEIGHT,
) -> SparseLabels:
    """Return where the smoothed inner distance is high, one number a component."""
    high = inside & threshold_blurred(
        distance, DISTANCE_SIGMA, splitting, band_height=band_height
    )
    return SparseLabels.from_labels(
        connected_components(high, connectivity=4)
    ).remove_small(MIN_MARKER_AREA)


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
    seeds = connected_components(h_maxima(smooth, max(2 * (1 - splitting), 0.1)) > 0)
    seeds[~inside] = 0
    labels = watershed(-smooth, seeds, mask=inside).astype(np.int32)
    return drop_small(
        expand_markers(labels, connected_components(inside, connectivity=4)), min_size
    )
