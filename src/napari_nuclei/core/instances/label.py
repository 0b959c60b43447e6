"""Separate the network's output into labelled nuclei.

`find_sparse_instances` shows the steps: threshold the foreground, find its components,
find markers of nuclei in them, and assign each pixel to a marker.
"""

from __future__ import annotations

from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.instances.nearest_marker import (
    SEARCH_RADIUS,
    nearest_in_component,
    nearest_marker,
)
from napari_nuclei.core.instances.sparse_labels import (
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
"""Sigma, in pixels, of the Gaussian that smooths the inner distance."""

MIN_MARKER_AREA = 6
"""Smallest marker, in pixels; smaller ones are noise."""


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

    A marker is a component of the pixels whose smoothed inner distance is at least
    `splitting`. With offsets, a marker is the set of those pixels that vote for the
    same centre. Every other pixel of the foreground gets the label of the nearest
    marker in its component. A component without a marker is one nucleus.

    Parameters
    ----------
    foreground : ndarray of float32, shape (Y, X)
        Foreground probability, 0 to 1.
    distance : ndarray of float32, shape (Y, X)
        Inner distance: 0 at a nucleus' edge, 1 at its deepest pixel.
    offsets : ndarray of float32, shape (2, Y, X), optional
        Encoded offsets to the centre of each pixel's nucleus; see `encode_offsets`.
    probability : float
        Lowest foreground probability of a nucleus' pixels.
    splitting : float
        Lowest inner distance of a marker.
    min_size : float
        Smallest nucleus, in pixels.

    Returns
    -------
    ndarray of int32, shape (Y, X)
        0 is background; nuclei are numbered from 1 without gaps.

    Raises
    ------
    ValueError
        If the shapes of `foreground` and `distance` differ.
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
    """Separate the foreground into nuclei of any size; see `find_instances`."""
    if foreground.shape != distance.shape:
        raise ValueError(
            "foreground and distance must have the same shape; got "
            f"{foreground.shape} and {distance.shape}"
        )
    inside = foreground >= probability
    if not inside.any():  # such as a block of glass
        return SparseLabels.from_labels(np.zeros(inside.shape, np.int32))
    components = connected_components(inside, connectivity=4)
    if offsets is None:
        markers = find_markers(inside, distance, splitting)
    else:
        voters = inside & threshold_blurred(distance, DISTANCE_SIGMA, splitting)
        markers = cluster_votes(voters, offsets, components)
        markers = markers.remove_small(MIN_MARKER_AREA)
    return expand_sparse_markers(markers, components)


def find_markers(
    inside: NDArray[np.bool_],
    distance: NDArray[np.float32],
    splitting: float,
    *,
    band_height: int = BAND_HEIGHT,
) -> SparseLabels:
    """Return the components of the pixels with a high smoothed inner distance."""
    deep = inside & threshold_blurred(
        distance, DISTANCE_SIGMA, splitting, band_height=band_height
    )
    markers = SparseLabels.from_labels(connected_components(deep, connectivity=4))
    return markers.remove_small(MIN_MARKER_AREA)


def expand_markers(
    markers: NDArray[np.int32], components: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Assign every pixel of the components to a marker.

    Parameters
    ----------
    markers : ndarray of int32, shape (Y, X)
        Markers numbered from 1; each lies in one component.
    components : ndarray of int32, shape (Y, X)
        Components numbered from 1.

    Returns
    -------
    ndarray of int32, shape (Y, X)
        Each pixel of a component has the label of the nearest marker in it. A component
        without a marker is one object; such objects are numbered after the markers.
    """
    sparse = SparseLabels.from_labels(markers)
    return expand_sparse_markers(sparse, components).to_labels()


def expand_sparse_markers(
    markers: SparseLabels,
    components: NDArray[np.int32],
    *,
    band_height: int = BAND_HEIGHT,
    search_radius: int = SEARCH_RADIUS,
) -> SparseLabels:
    """Assign every pixel of the components to a marker; see `expand_markers`.

    Most components have one marker or none, and one label. Only the pixels of a
    component with several markers need a search for the nearest.

    The result does not depend on `band_height` and `search_radius`.
    """
    width = markers.shape[1]
    component_of_marker = markers.sample_plane(components)
    label_of_component, is_shared = assign_labels(
        component_of_marker, int(components.max())
    )
    in_shared = is_shared.take(component_of_marker)
    shared_markers = markers.filter(in_shared)
    label_of_shared = np.flatnonzero(np.append(True, in_shared[1:])).astype(np.int32)
    label_of_component[is_shared] = 0

    def label_band(rows: slice) -> tuple[LabelledPixels, NDArray[np.intp]]:
        """Label a row band; return also the indices of mislabelled pixels.

        A pixel is mislabelled if its nearest marker lies in another component.
        """
        pixels = LabelledPixels.from_labels(components[rows], rows.start * width)
        labels = label_of_component.take(pixels.label_values)
        shared = np.flatnonzero(labels == 0)
        indices = pixels.indices.take(shared)
        nearest = label_of_shared.take(
            nearest_marker(shared_markers, indices, radius=search_radius)
        )
        labels[shared] = nearest
        wrong = component_of_marker.take(nearest) != pixels.label_values.take(shared)
        return LabelledPixels(pixels.indices, labels), indices[wrong]

    bands, mislabelled = zip(
        *map_threads(label_band, split_rows(len(components), band_height)), strict=True
    )
    all_mislabelled = np.concatenate(mislabelled)
    if len(all_mislabelled):
        corrected = label_of_shared.take(
            nearest_in_component(shared_markers, components, all_mislabelled)
        )
        ends = np.cumsum([len(indices) for indices in mislabelled])
        for band, indices, labels in zip(
            bands, mislabelled, np.split(corrected, ends[:-1]), strict=True
        ):
            band.label_values[np.searchsorted(band.indices, indices)] = labels
    return SparseLabels.from_pixels(markers.shape, bands)


def assign_labels(
    component_of_marker: NDArray[np.int32], components: int
) -> tuple[NDArray[np.int32], NDArray[np.bool_]]:
    """Return the label of each component, and whether it has several markers.

    Parameters
    ----------
    component_of_marker : ndarray of int32, shape (markers + 1,)
        Component in which each marker lies; entry 0 is ignored.
    components : int
        The highest number of a component.

    Returns
    -------
    labels : ndarray of int32, shape (components + 1,)
        The label of the component's marker; for a component without a marker, a number
        above those of all markers.
    is_shared : ndarray of bool, shape (components + 1,)
        True for a component with several markers.
    """
    marker_count = np.bincount(component_of_marker[1:], minlength=components + 1)
    labels = np.zeros(components + 1, np.int32)
    labels[component_of_marker[1:]] = np.arange(1, len(component_of_marker))
    unmarked = np.flatnonzero(marker_count[1:] == 0) + 1
    labels[unmarked] = np.arange(len(unmarked)) + len(component_of_marker)
    return labels, marker_count > 1


def watershed_instances(
    foreground: NDArray[np.float32],
    *,
    probability: float = 0.5,
    splitting: float = 0.5,
    min_size: float = 12,
) -> NDArray[np.int32]:
    """Separate the foreground of a model without an inner distance.

    The watershed runs on the smoothed distance to the background. Its markers are the
    maxima that rise by a minimum height above the saddle to the next one.

    Parameters
    ----------
    foreground : ndarray of float32, shape (Y, X)
        Foreground probability, 0 to 1.
    probability : float
        Lowest foreground probability of a nucleus' pixels.
    splitting : float
        Sets the minimum height to ``2 * (1 - splitting)`` pixels, so that higher values
        separate more, as in `find_instances`.
    min_size : float
        Smallest nucleus, in pixels.

    Returns
    -------
    ndarray of int32, shape (Y, X)
        0 is background; nuclei are numbered from 1 without gaps.
    """
    from skimage.morphology import h_maxima
    from skimage.segmentation import watershed

    inside = foreground >= probability
    distance = cv2.distanceTransform(
        inside.view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE
    )
    smooth = cv2.GaussianBlur(distance, (0, 0), 1.0)
    height = max(2 * (1 - splitting), 0.1)
    markers = connected_components(h_maxima(smooth, height) > 0)
    markers[~inside] = 0
    labels = watershed(-smooth, markers, mask=inside).astype(np.int32)
    components = connected_components(inside, connectivity=4)
    return drop_small(expand_markers(labels, components), min_size)


def drop_small(labels: NDArray[np.int32], min_size: float) -> NDArray[np.int32]:
    """Remove objects of under `min_size` pixels and number the rest from 1."""
    return SparseLabels.from_labels(labels).remove_small(min_size).to_labels()


def border_pixels(labels: NDArray[Any]) -> tuple[NDArray[Any], ...]:
    """Return the first and last row and the first and last column of labels (Y, X)."""
    return labels[0], labels[-1], labels[:, 0], labels[:, -1]
