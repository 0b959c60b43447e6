"""Samples of a plane that is too large to read: patches, and its textured windows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.axes import PlaneIndex, PlaneLayout
from napari_nuclei.core.blocks import Window, plan_blocks
from napari_nuclei.core.normalize import MAX_SAMPLED_PIXELS, check_image

MAX_FULL_READ_PIXELS = 4096**2
"""Pixels of the largest plane in which the diameter is measured everywhere, as in
`Segmenter.run`."""

MAX_STRIDED_PIXELS = 8192**2
"""Pixels of the largest plane whose intensities are sampled on a regular grid, as in
memory."""

PATCHES_PER_AXIS, PATCH_SIZE = 16, 256
"""Larger planes are sampled in patches: their number along each axis, and their side in
pixels."""

PATCH_STRIDE = 4
"""Distance between the pixels of a patch from which its contrast is measured."""

DIAMETER_REGION_SIZE = 2048
"""Side, in pixels, of the regions of a larger plane where the diameter is measured."""

MAX_REGIONS = 3
"""Regions of a larger plane in which the diameter is measured."""

BAND_HEIGHT = 1024
"""Height, in pixels, of the bands of rows that are read at once."""


def sample_plane(
    pixels: Any,
    layout: PlaneLayout,
    index: PlaneIndex,
    patches: Sequence[NDArray[Any]],
) -> NDArray[Any]:
    """Return up to a few million pixels from all over a plane.

    Parameters
    ----------
    pixels : array-like
    layout : PlaneLayout
    index : tuple of int
        Index of the plane.
    patches : sequence of ndarray
        As from `read_patches`; they are not read again.

    Returns
    -------
    ndarray of shape (y, x) or (y, x, 3)

    Raises
    ------
    TypeError, ValueError
        As `check_image` does.
    """
    height, width = layout.plane_shape
    if height * width > MAX_STRIDED_PIXELS:
        sample = join_patches(patches)
    else:
        sample = sample_windows(
            layout.plane_shape,
            lambda window: layout.read_plane(pixels, index, window.index),
        )
    check_image(sample)
    return sample[..., :3] if sample.ndim == 3 else sample


def sample_windows(
    shape: tuple[int, int], read: Callable[[Window], NDArray[Any]]
) -> NDArray[Any]:
    """Return up to a few million pixels from all over a plane, in their arrangement.

    Parameters
    ----------
    shape : tuple of int
        Height and width of the plane.
    read : callable
        Takes a window of the plane, returns its pixels.
    """
    height, width = shape
    if height * width <= MAX_STRIDED_PIXELS:
        step = max(1, int(np.sqrt(height * width / MAX_SAMPLED_PIXELS)))
        windows = iter_row_bands(shape, step)
        return np.concatenate([read(window)[::step, ::step] for window in windows])
    return join_patches([read(window) for window in patch_grid(shape)])


def join_patches(patches: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Return the patches of `patch_grid` as one array, in their arrangement."""
    rows = [
        np.concatenate(patches[first : first + PATCHES_PER_AXIS], axis=1)
        for first in range(0, len(patches), PATCHES_PER_AXIS)
    ]
    return np.concatenate(rows)


def iter_row_bands(shape: tuple[int, int], step: int) -> Iterator[Window]:
    """Yield bands of rows that start at multiples of `step`."""
    height, width = shape
    band = -(-BAND_HEIGHT // step) * step
    for top in range(0, height, band):
        yield Window(top, min(top + band, height), 0, width)


def patch_grid(shape: tuple[int, int]) -> list[Window]:
    """Return patches that are spread evenly over a plane."""
    plane = Window(0, shape[0], 0, shape[1])
    rows, columns = (
        np.linspace(0, max(0, length - PATCH_SIZE), PATCHES_PER_AXIS)
        .astype(int)
        .tolist()
        for length in shape
    )
    return [
        Window(row, row + PATCH_SIZE, column, column + PATCH_SIZE).intersection(plane)
        for row in rows
        for column in columns
    ]


def read_patches(
    pixels: Any, layout: PlaneLayout, index: PlaneIndex
) -> list[NDArray[Any]]:
    """Return the patches of `patch_grid`; none of a plane that is read completely."""
    height, width = layout.plane_shape
    if height * width <= MAX_FULL_READ_PIXELS:
        return []
    return [
        layout.read_plane(pixels, index, patch.index)
        for patch in patch_grid(layout.plane_shape)
    ]


def find_textured_windows(
    shape: tuple[int, int], patches: Sequence[NDArray[Any]]
) -> list[Window]:
    """Return the window of a plane, or the windows of highest contrast of a large one.

    Parameters
    ----------
    shape : tuple of int
        Height and width of the plane.
    patches : sequence of ndarray
        As from `read_patches`.

    Returns
    -------
    list of Window
        At most `MAX_REGIONS`; the window of the highest contrast is the first.
    """
    height, width = shape
    if not patches:
        return [Window(0, height, 0, width)]
    regions = plan_blocks(shape, DIAMETER_REGION_SIZE)
    contrast = np.zeros(len(regions))
    regions_per_row = -(-width // DIAMETER_REGION_SIZE)
    for patch, pixels in zip(patch_grid(shape), patches, strict=True):
        row = patch.top // DIAMETER_REGION_SIZE
        column = patch.left // DIAMETER_REGION_SIZE
        values = pixels[::PATCH_STRIDE, ::PATCH_STRIDE].astype(np.float64)
        contrast[row * regions_per_row + column] += values.std()
    best = np.argsort(-contrast, kind="stable")[:MAX_REGIONS]
    return [regions[int(i)] for i in best]
