"""Read the paths of data sets with a weight each, such as ``tissue:0.5``."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class WeightedPath:
    """A data set and how often its images are drawn.

    Attributes
    ----------
    path : Path
    weight : float
        Relative to the other data sets; above 0.
    """

    path: Path
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not (self.weight > 0 and math.isfinite(self.weight)):
            raise ValueError(
                f"{self.path}: The weight of a data set must be above 0; got "
                f"{self.weight:g}"
            )


def parse_weighted_path(text: str) -> WeightedPath:
    """Split a path from the weight after its last colon, if there is one.

    Parameters
    ----------
    text : str
        A path, or a path, a colon and a number. A file or folder whose own name ends
        this way is found too.

    Raises
    ------
    ValueError
        If the weight is not above 0.

    Examples
    --------
    >>> parse_weighted_path("tissue:0.5").weight
    0.5
    >>> parse_weighted_path("tissue").weight
    1.0

    The colon of a drive belongs to the path.

    >>> parse_weighted_path("C:/tissue").weight
    1.0
    """
    path, colon, number = text.rpartition(":")
    if not colon or not path or Path(text).expanduser().exists():
        return WeightedPath(Path(text).expanduser())
    try:
        weight = float(number)
    except ValueError:
        return WeightedPath(Path(text).expanduser())
    return WeightedPath(Path(path).expanduser(), weight)
