"""How nuclei are followed over time."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class TrackSettings:
    """How nuclei are followed over time.

    Attributes
    ----------
    max_distance : float, optional
        Largest distance between the predicted and the found position of a nucleus in
        the next frame, in pixels. By default the median diameter of the nuclei.
    max_gap : int
        Number of frames in a row that a nucleus may be missing in.
    divisions : bool
        Find divisions of a nucleus into two daughters.
    min_frames : int
        Tracks in fewer frames are removed. Tracks that may continue out of view remain:
        at the border, in the first or in the last frame.
    split_merged : bool
        Split a label that covers several nuclei that were followed until then.
    """

    max_distance: float | None = None
    max_gap: int = 2
    divisions: bool = True
    min_frames: int = 2
    split_merged: bool = True

    def __post_init__(self) -> None:
        distance = self.max_distance
        if distance is not None and not (math.isfinite(distance) and distance > 0):
            raise ValueError(f"max_distance must be above 0, in pixels; got {distance}")
        if self.max_gap < 0:
            raise ValueError(f"max_gap must be 0 or more frames; got {self.max_gap}")
        if self.min_frames < 1:
            raise ValueError(f"min_frames must be 1 or more; got {self.min_frames}")
