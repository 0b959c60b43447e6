"""The sides of a pixel or voxel."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from napari_nuclei.config.number_checks import is_finite_number

VoxelSize = float | Sequence[float]
"""Side of a pixel in µm, or the sides along Y and X, or Z, Y and X."""

MAX_DIFFERENCE = 0.01
"""Largest difference of the sides of a pixel along Y and X, relative to them."""


def voxel_sides(pixel_size: VoxelSize | None, axes: str) -> tuple[float, ...] | None:
    """Return the sides of a pixel along axes, in µm; None if unknown.

    Parameters
    ----------
    pixel_size : float, or sequence of float, optional
        One side for all axes, or one for each. For "YX" the first of three is ignored.
    axes : str
        "YX" or "ZYX".

    Raises
    ------
    ValueError
        If there are too few or too many sides, one is not positive, or a pixel is not
        square.

    Examples
    --------
    >>> voxel_sides((2, 0.5, 0.5), "ZYX"), voxel_sides(0.5, "YX")
    ((2.0, 0.5, 0.5), (0.5, 0.5))
    """
    if pixel_size is None:
        return None
    sizes = pixel_size.tolist() if isinstance(pixel_size, np.ndarray) else pixel_size
    if not isinstance(sizes, Sequence) or isinstance(sizes, str):
        sizes = [sizes] * len(axes)
    if len(axes) == 2 and len(sizes) == 3:
        sizes = sizes[1:]
    sides = tuple(float(side) if is_finite_number(side) else 0.0 for side in sizes)
    if len(sides) != len(axes) or not all(side > 0 for side in sides):
        raise ValueError(
            f"pixel_size must be a positive side in µm, or one for each of the axes "
            f"{axes}; got {pixel_size!r}"
        )
    if abs(sides[-1] / sides[-2] - 1) > MAX_DIFFERENCE:
        raise ValueError(
            f"pixels must be square to be measured; got sides of {sides[-2]} (Y) and "
            f"{sides[-1]} µm (X). Resample the image first"
        )
    return sides
