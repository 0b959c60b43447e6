"""Draw the regions of an image as labels."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import ArrayLike, NDArray

from napari_nuclei.config.warn_user import warn_user
from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.core.measure.polygon_fill import fill_polygon

REST = "rest"
"""Name of the row with the nuclei outside all regions."""

MAX_SHARED = 0.05
"""Largest share of a region that may lie in an earlier one without a warning.

Regions that are drawn side by side share the pixels of their edges."""

MAX_LOOKUP = 2**20
"""Highest label up to which the regions are numbered by a table."""

Regions = Mapping[str, ArrayLike] | NDArray[np.integer]
"""Polygons (y, x) by name, or labels of regions of shape (Y, X)."""


def draw_regions(
    regions: Regions, shape: tuple[int, int] | None
) -> tuple[list[str], NDArray[np.integer]]:
    """Return the names of regions and their labels, from 1, in an image.

    Parameters
    ----------
    regions, shape
        As for `count_regions`.
    """
    if not isinstance(regions, Mapping):
        labels = np.asarray(regions)
        if labels.ndim != 2 or labels.dtype.kind not in "iub":
            raise ValueError(
                "regions must be polygons by name, or labels (integers) of shape "
                f"(Y, X); got {labels.dtype} of shape {labels.shape}"
            )
        if shape is not None and labels.shape != tuple(shape[-2:]):
            raise ValueError(
                f"the regions have the shape {labels.shape}, the image "
                f"{tuple(shape[-2:])}"
            )
        return number_labels(labels)
    masks = [np.asarray(region) for region in regions.values()]
    masks = [mask for mask in masks if mask.dtype == bool]
    if shape is None and masks:
        shape = masks[0].shape
    if shape is None:
        raise ValueError("polygons need the shape of the image: shape=labels.shape")
    drawn = np.zeros(shape[-2:], np.int32)
    shared: dict[str, str] = {}
    for number, (name, region) in enumerate(regions.items(), 1):
        if name == REST:
            raise ValueError(f"a region cannot be named {REST!r}; give another name")
        window, inside = region_pixels(name, region, (drawn.shape[0], drawn.shape[1]))
        draw_region(drawn[window], inside, number, [*regions], shared)
    for later, first in shared.items():
        warn_user(
            f"Regions {first!r} and {later!r} overlap: what lies in both counts for "
            f"{first!r}, the first of them",
            ImageWarning,
        )
    return list(regions), drawn


def draw_region(
    drawn: NDArray[np.int32],
    inside: NDArray[np.bool_],
    number: int,
    names: Sequence[str],
    shared: dict[str, str],
) -> None:
    """Draw a region where no earlier one is; add an earlier one to `shared`, if any.

    Parameters
    ----------
    drawn : ndarray of int32, shape (Y, X)
        Numbers of the regions, from 1; it is changed.
    inside : ndarray of bool, shape (Y, X)
        Pixels of the region.
    number : int
    names : sequence of str
        Names of all regions.
    shared : dict of str to str
        By the name of a region, an earlier one that it overlaps; it is changed.
    """
    drawn_before = drawn[inside]
    overlapped = drawn_before[drawn_before > 0]
    if len(overlapped) > MAX_SHARED * max(len(drawn_before), 1):
        shared[names[number - 1]] = names[int(overlapped[0]) - 1]
    drawn[inside & (drawn == 0)] = number


def region_pixels(
    name: str, region: ArrayLike, shape: tuple[int, int]
) -> tuple[tuple[slice, slice], NDArray[np.bool_]]:
    """Return the window of an image that holds a region, and the pixels in it.

    Parameters
    ----------
    name : str
        Name of the region, for messages.
    region : array
        Corners (y, x) of a polygon, or a mask of the image.
    shape : tuple of int
        Height and width of the image.

    Raises
    ------
    ValueError
        If the region does not fit the image.
    """
    mask = np.asarray(region)
    if mask.dtype == bool:
        if mask.shape != shape:
            raise ValueError(
                f"region {name!r} has the shape {mask.shape}, the image {shape}"
            )
        return (slice(None), slice(None)), mask
    corners = np.asarray(region, float)
    if corners.ndim != 2 or corners.shape[1] != 2 or len(corners) < 3:
        raise ValueError(
            f"region {name!r} must have three corners (y, x) or more; got an array "
            f"of shape {corners.shape}"
        )
    if not np.isfinite(corners).all():
        raise ValueError(f"region {name!r} has corners that are not finite")
    window, inside = fill_polygon(corners, shape)
    if not inside.any():
        raise ValueError(
            f"region {name!r} holds no pixel of the image of {shape[0]} x {shape[1]} "
            "pixels; are its corners in µm, or is it of another image?"
        )
    return window, inside


def number_labels(
    labels: NDArray[np.integer],
) -> tuple[list[str], NDArray[np.integer]]:
    """Return the labels that occur, as names, and the labels numbered from 1."""
    if labels.dtype.kind != "b" and 0 <= labels.min(initial=0) and labels.size:
        highest = int(labels.max())
        if highest <= MAX_LOOKUP:  # much faster than sorting all pixels
            occurring = np.flatnonzero(np.bincount(labels.ravel(), minlength=1)[1:]) + 1
            numbers = np.zeros(highest + 1, np.int32)
            numbers[occurring] = np.arange(1, len(occurring) + 1)
            return [str(number) for number in occurring], numbers[labels]
    occurring = np.unique(labels)
    occurring = occurring[occurring != 0]
    names = [str(number) for number in occurring.astype(int)]
    return names, np.where(labels != 0, np.searchsorted(occurring, labels) + 1, 0)
