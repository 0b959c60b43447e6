"""Measure the solidity of nuclei: their area over that of their convex hulls."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

HULLS_PER_CHECK = 100
"""Number of convex hulls between two calls of `check`."""


def measure_solidity(
    labels: NDArray[np.integer], check: Callable[[], object]
) -> NDArray[np.float64]:
    """Return the area of each nucleus over that of its convex hull, by label.

    The values are those of scikit-image's `regionprops`, which is not used: it makes
    thousands of objects, and their garbage collection freezes a window.
    """
    from scipy.ndimage import find_objects
    from skimage.morphology import convex_hull_image

    found: list[float] = []
    for number, box in enumerate(find_objects(labels), 1):
        if box is None:
            continue
        if len(found) % HULLS_PER_CHECK == 0:
            check()
        inside = labels[box] == number
        found.append(inside.sum() / convex_hull_image(inside).sum())
    return np.array(found, np.float64)
