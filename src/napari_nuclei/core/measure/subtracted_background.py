"""The background of images, which is subtracted from their intensities."""

from __future__ import annotations

from collections.abc import Mapping
from math import ceil, prod
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config.number_checks import is_finite_number
from napari_nuclei.core.axes import PlaneIndex
from napari_nuclei.core.measure.stack import (
    LabelledStack,
    SpatialArray,
    block_windows,
)

Background = float | NDArray[np.bool_]
"""A percentile of the pixels outside nuclei, or a region (True) without nuclei."""

MAX_PIXELS = 4_000_000
"""Number of pixels above which only every n-th along each axis is used."""

BLOCK_SIDE = 2048
"""Side of the blocks that are read, in pixels."""


class Backgrounds:
    """The backgrounds of the images of a stack.

    Parameters
    ----------
    stack : LabelledStack
    background : float, ndarray of bool, or dict of str to these, optional
        A percentile (0 to 100) of the pixels outside nuclei, or a region of the shape
        of the labels, of which the median is taken; for all images, or by name.

    Raises
    ------
    ValueError
        If a name is not an image, a percentile is out of range, or a region has another
        shape than the labels.
    """

    def __init__(
        self,
        stack: LabelledStack,
        background: Background | Mapping[str, Background] | None,
    ) -> None:
        if background is None:
            background = {}
        elif not isinstance(background, Mapping):
            background = dict.fromkeys(stack.images, background)
        if unknown := [name for name in background if name not in stack.images]:
            raise ValueError(
                f"background names {unknown[0]!r}, which is none of the images: "
                f"{', '.join(stack.images)}"
            )
        for value in background.values():
            check_background(value, tuple(stack.labels.shape))
        self.stack, self.background = stack, background

    def of_region(self, index: PlaneIndex) -> dict[str, float]:
        """Return the intensity of the background of each image in a plane or volume.

        Raises
        ------
        ValueError
            If no pixel of the background lies outside nuclei.
        """
        region = self.stack.region(index)
        levels = {}
        for name, value in self.background.items():
            labels, where, percentile = region.labels, None, value
            if isinstance(value, np.ndarray):
                where = SpatialArray(
                    value, labels.names, labels.spatial_axes, labels.where
                )
                percentile = 50.0
            values = outside_pixels(region.images[name], labels, where)
            if not len(values):
                raise ValueError(
                    f"the background of image {name!r} has no pixels outside nuclei; "
                    "choose another region, or leave out background"
                )
            levels[name] = float(np.percentile(values, percentile))
        return levels


def check_background(background: Any, shape: tuple[int, ...]) -> None:
    """Raise a ValueError unless a background fits labels of a shape.

    Examples
    --------
    >>> check_background(25, (64, 64))
    """
    if isinstance(background, np.ndarray):
        if background.shape != shape or background.dtype != bool:
            raise ValueError(
                f"a background region must be boolean, of the shape {shape} of the "
                f"labels; got {background.dtype} of shape {background.shape}"
            )
    elif not is_finite_number(background) or not 0 <= background <= 100:
        raise ValueError(
            "background must be a percentile of 0 to 100, or a boolean region; got "
            f"{background!r}"
        )


def outside_pixels(
    image: SpatialArray, labels: SpatialArray, region: SpatialArray | None
) -> NDArray[Any]:
    """Return the values of an image outside nuclei, subsampled in large images.

    Colours are averaged; values that are not finite are left out.

    Parameters
    ----------
    image, labels : SpatialArray
    region : SpatialArray of bool, optional
        Where to look; everywhere by default.
    """
    shape = labels.shape
    step = max(1, ceil((prod(shape) / MAX_PIXELS) ** (1 / len(shape))))
    side = BLOCK_SIDE // step * step
    outside_values = []
    for window in block_windows(shape, (side,) * len(shape)):
        coarse = tuple(slice(part.start, part.stop, step) for part in window)
        outside = labels.read(coarse) == 0
        if region is not None:
            outside &= region.read(coarse)
        values = image.read(coarse)[outside]
        if values.ndim > 1:
            values = values[:, :3].mean(axis=-1)
        if values.dtype.kind == "f":
            values = values[np.isfinite(values)]
        outside_values.append(values)
    return np.concatenate(outside_values)
