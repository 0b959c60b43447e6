"""Filter nuclei by size, confidence and position, and count those left out."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.instances.label import border_pixels
from napari_nuclei.core.instances.sparse_labels import SparseLabels


@dataclass(frozen=True, slots=True)
class DroppedCounts:
    """Numbers of nuclei that were left out, each under the first reason that applies.

    Attributes
    ----------
    small, large : int
        Nuclei below the smallest or above the largest area.
    low_confidence : int
        Nuclei below the minimum confidence.
    border : int
        Nuclei that touch the border of the image.
    debris : int
        Nuclei below the model card's smallest area. They are not counted in `small`,
        so that `small` shows the effect of the smallest area that the user set.
    faint : int
        Joined nuclei that are light out of focus or noise.
    """

    small: int = 0
    large: int = 0
    low_confidence: int = 0
    border: int = 0
    debris: int = 0
    faint: int = 0

    def __add__(self, other: DroppedCounts) -> DroppedCounts:
        return DroppedCounts(
            self.small + other.small,
            self.large + other.large,
            self.low_confidence + other.low_confidence,
            self.border + other.border,
            self.debris + other.debris,
            self.faint + other.faint,
        )

    def __str__(self) -> str:
        """Return the counts above 0, such as "3 small, 2 at the border"."""
        names = {
            "low_confidence": "low-confidence",
            "border": "at the border",
            "debris": "tiny",
        }
        counts = [
            (getattr(self, item.name), names.get(item.name, item.name))
            for item in fields(self)
        ]
        return ", ".join(f"{count} {name}" for count, name in counts if count)


def drop_nuclei(
    nuclei: SparseLabels,
    foreground: NDArray[np.float32] | None = None,
    *,
    max_size: float | None = None,
    min_foreground: float | None = None,
    drop_border: bool = False,
) -> tuple[SparseLabels, DroppedCounts, NDArray[np.float64]]:
    """Leave out nuclei by area, confidence or position, and renumber the rest.

    Parameters
    ----------
    nuclei : SparseLabels
        Nuclei of a plane (Y, X).
    foreground : ndarray of float32, shape (Y, X), optional
        Foreground probability, 0 to 1; needed for `min_foreground`.
    max_size : float, optional
        Largest area, in pixels.
    min_foreground : float, optional
        Lowest mean foreground probability, 0 to 1.
    drop_border : bool
        Leave out nuclei that touch the border of the plane.

    Returns
    -------
    nuclei : SparseLabels
        The remaining nuclei, numbered from 1; the same object if none was left out.
    dropped : DroppedCounts
    means : ndarray of float64, shape (n,)
        Mean foreground probability of the remaining nuclei; empty without `foreground`.

    Raises
    ------
    ValueError
        If `min_foreground` is given without `foreground`.

    Examples
    --------
    >>> import numpy as np
    >>> labels = np.array([[1, 0, 0], [0, 0, 2], [0, 0, 2]], np.int32)
    >>> found, dropped, _ = drop_nuclei(SparseLabels.from_labels(labels), max_size=1)
    >>> found.count, str(dropped)
    (1, '1 large')
    """
    selected = nuclei.areas > 0
    counts = []

    def leave_out(unwanted: NDArray[np.bool_]) -> None:
        counts.append(int((selected & unwanted).sum()))
        selected[unwanted] = False

    leave_out(nuclei.areas > (np.inf if max_size is None else max_size))
    means = np.zeros(0)
    if foreground is not None:
        means = nuclei.sum_values(foreground) / np.maximum(nuclei.areas, 1)
    if min_foreground is None:
        counts.append(0)
    elif foreground is None:
        raise ValueError("min_foreground needs foreground, the foreground probability")
    else:
        leave_out(means < min_foreground)
    at_border = np.zeros(len(selected), bool)
    if drop_border:
        for edge in border_pixels(nuclei.to_labels()):
            at_border[edge] = True
    leave_out(at_border)
    large, low_confidence, border = counts
    dropped = DroppedCounts(large=large, low_confidence=low_confidence, border=border)
    means = means[selected] if len(means) else means
    return nuclei.filter(selected), dropped, means
