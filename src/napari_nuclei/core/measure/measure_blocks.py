"""Measure the nuclei of a plane or volume that is too large to be read at once."""

from __future__ import annotations

from collections.abc import Callable
from math import prod

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.measure.check_labels import check_labels
from napari_nuclei.core.measure.columns import Columns, join_columns, shift_origin
from napari_nuclei.core.measure.pixels import NucleusPixels
from napari_nuclei.core.measure.region import WhatToMeasure, measure_region
from napari_nuclei.core.measure.stack import SpatialRegion, block_windows

MAX_PIXELS = 2**25
"""Largest number of pixels that are measured at once."""

BLOCK_SIDES = {2: (2048, 2048), 3: (32, 512, 512)}
"""Sides of a block by the number of axes."""


def measure_in_blocks(
    region: SpatialRegion,
    settings: WhatToMeasure,
    check: Callable[[], object] = lambda: None,
    *,
    max_pixels: int | None = None,
    sides: tuple[int, ...] | None = None,
) -> Columns:
    """Measure the nuclei of a plane or volume, in blocks if it is large.

    The measurements do not depend on the blocks: each nucleus is measured whole, in a
    window that holds it and what its measurements depend on.

    Parameters
    ----------
    region : SpatialRegion
    settings : WhatToMeasure
    check : callable
        Called from time to time; raise an exception in it to stop.
    max_pixels : int, optional
        Number of pixels above which there are blocks; `MAX_PIXELS` by default.
    sides : tuple of int, optional
        Sides of a block.

    Returns
    -------
    dict of str to ndarray
        As from `measure_region`, ordered by label.
    """
    shape = region.labels.shape
    if prod(shape) <= (MAX_PIXELS if max_pixels is None else max_pixels):
        labels = region.labels.read()
        check_labels(labels)
        images = {name: image.read() for name, image in region.images.items()}
        foreground = region.foreground.read() if region.foreground else None
        return measure_region(labels, images, foreground, settings, check=check)
    sides = sides or BLOCK_SIDES[len(shape)]
    numbers, boxes = find_boxes(region, sides, check)
    first, last = boxes[:, 0], boxes[:, 1]
    owner = first // np.array(sides)
    measured = [measure_nothing(region, settings)]
    for block in np.unique(owner, axis=0):
        check()
        owned = (owner == block).all(axis=1)
        low = np.maximum(first[owned].min(axis=0) - settings.margin, 0)
        high = np.minimum(last[owned].max(axis=0) + settings.margin, shape)
        window = tuple(slice(a, b) for a, b in zip(low, high, strict=True))
        images = {name: image.read(window) for name, image in region.images.items()}
        foreground = region.foreground.read(window) if region.foreground else None
        labels = region.labels.read(window)
        columns = measure_region(labels, images, foreground, settings, check=check)
        columns = shift_origin(columns, low.tolist())
        columns["touches_border"] = touches_border(columns, shape)
        in_block = np.isin(columns["label"], numbers[owned])
        measured.append({name: values[in_block] for name, values in columns.items()})
    joined = join_columns(measured)
    order = np.argsort(joined["label"], kind="stable")
    return {name: values[order] for name, values in joined.items()}


def measure_nothing(region: SpatialRegion, settings: WhatToMeasure) -> Columns:
    """Return the columns of a plane or volume without nuclei."""
    window = tuple(slice(0, 1) for _ in region.labels.shape)
    labels = np.zeros_like(region.labels.read(window))
    images = {name: image.read(window) for name, image in region.images.items()}
    foreground = region.foreground.read(window) if region.foreground else None
    return measure_region(labels, images, foreground, settings)


def find_boxes(
    region: SpatialRegion, sides: tuple[int, ...], check: Callable[[], object]
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Find the bounding box of every nucleus, block by block.

    Returns
    -------
    numbers : ndarray of int64, shape (nuclei,)
        Labels, ascending.
    boxes : ndarray of int64, shape (nuclei, 2, axes)
        First index along each axis, and one after the last.
    """
    shape = region.labels.shape
    labels_of_blocks, firsts, lasts = [np.zeros(0, np.int64)], [], []
    for window in block_windows(shape, sides):
        check()
        labels = region.labels.read(window)
        check_labels(labels)
        pixels = NucleusPixels.of_labels(np.ascontiguousarray(labels))
        starts = [part.start for part in window]
        low = [pixels.smallest(index) for index in pixels.coordinates]
        high = [pixels.largest(index) for index in pixels.coordinates]
        labels_of_blocks.append(pixels.numbers)
        firsts.append(np.stack(low, axis=-1) + starts)
        lasts.append(np.stack(high, axis=-1) + starts)
    numbers, rows = np.unique(np.concatenate(labels_of_blocks), return_inverse=True)
    boxes = np.zeros((len(numbers), 2, len(shape)), np.int64)
    boxes[:, 0] = shape
    np.minimum.at(boxes[:, 0], rows, np.concatenate(firsts).astype(np.int64))
    np.maximum.at(boxes[:, 1], rows, np.concatenate(lasts).astype(np.int64) + 1)
    return numbers, boxes


def touches_border(columns: Columns, shape: tuple[int, ...]) -> NDArray[np.bool_]:
    """Return which nuclei touch the border of a plane or volume of a shape."""
    touching = np.zeros(len(columns["label"]), bool)
    for axis, length in zip("zyx"[-len(shape) :], shape, strict=True):
        touching |= columns[f"bbox_{axis}0"] == 0
        touching |= columns[f"bbox_{axis}1"] == length
    return touching
