"""Nuclei that are found but not wanted: dropped, and counted."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.instances.label import border_pixels
from napari_nuclei.core.instances.object_pixels import SparseLabels


@dataclass(frozen=True, slots=True)
class DroppedCounts:
    """How many nuclei were dropped, each counted under the first reason that holds.

    Attributes
    ----------
    small, large : int
        Of fewer or more pixels than wanted.
    unsure : int
        Of a lower score than wanted.
    border : int
        Cut by the border of the image.
    debris : int
        So small that the model takes them for noise; they are no part of `small`,
        which says how many nuclei a larger smallest size has cost.
    """

    small: int = 0
    large: int = 0
    unsure: int = 0
    border: int = 0
    debris: int = 0

    def __add__(self, other: DroppedCounts) -> DroppedCounts:
        return DroppedCounts(
            self.small + other.small,
            self.large + other.large,
            self.unsure + other.unsure,
            self.border + other.border,
            self.debris + other.debris,
        )

    def __str__(self) -> str:
        """Return the reasons with their counts, such as "3 small, 2 at the border"."""
        names = {"border": "at the border", "debris": "tiny"}
        counts = [
            (getattr(self, item.name), names.get(item.name, item.name))
            for item in fields(self)
        ]
        return ", ".join(f"{count} {name}" for count, name in counts if count)


def drop_nuclei(
    objects: SparseLabels,
    foreground: NDArray[np.float32] | None = None,
    *,
    max_size: float | None = None,
    min_score: float | None = None,
    drop_border: bool = False,
) -> tuple[SparseLabels, DroppedCounts]:
    """Drop nuclei by size, score or place, and number the rest from 1.

    Parameters
    ----------
    objects : SparseLabels
        Of a plane (Y, X).
    foreground : ndarray of float32, shape (Y, X), optional
        Probability that a pixel lies in a nucleus; needed for `min_score`.
    max_size : float, optional
        Largest nucleus that is kept, in pixels.
    min_score : float, optional
        Lowest mean probability of a nucleus that is kept, 0 to 1.
    drop_border : bool
        Drop nuclei with a pixel on the border of the image.

    Returns
    -------
    objects : SparseLabels
        The same if nothing was dropped.
    dropped : DroppedCounts

    Raises
    ------
    ValueError
        If `min_score` is given without a foreground.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.array([[1, 0, 0], [0, 0, 2], [0, 0, 2]], np.int32)
    >>> found, dropped = drop_nuclei(SparseLabels.from_labels(labels), max_size=1)
    >>> found.count, str(dropped)
    (1, '1 large')
    """
    keep = objects.areas > 0
    counts = []

    def sort_out(unwanted: NDArray[np.bool_]) -> None:
        counts.append(int((keep & unwanted).sum()))
        keep[unwanted] = False

    limit = np.inf if max_size is None else max_size
    sort_out(objects.areas > limit)
    if min_score is None:
        counts.append(0)
    elif foreground is None:
        raise ValueError("min_score needs the foreground that labels were made from")
    else:
        means = objects.sum_values(foreground) / np.maximum(objects.areas, 1)
        sort_out(means < min_score)
    at_border = np.zeros(len(keep), bool)
    if drop_border:
        for edge in border_pixels(objects.to_labels()):
            at_border[edge] = True
    sort_out(at_border)
    return objects.filter(keep), DroppedCounts(0, *counts)
