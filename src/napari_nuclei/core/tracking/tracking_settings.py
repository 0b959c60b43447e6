"""How nuclei are followed over time."""

from __future__ import annotations

from dataclasses import dataclass

from napari_nuclei.config.number_checks import (
    check_above_zero,
    check_flag,
    check_whole,
)


@dataclass(frozen=True, slots=True)
class TrackSettings:
    """How nuclei are followed over time.

    Attributes
    ----------
    max_distance : float, optional
        Largest distance between the predicted and the found position of a nucleus in
        the next frame, in pixels. By default the median diameter of the nuclei.
    max_gap : int
        Number of consecutive frames in which a nucleus may be missing.
    divisions : bool
        Find divisions of a nucleus into two daughters.
    min_frames : int
        Tracks in fewer frames are removed. Tracks that may continue out of view remain:
        at the border, in the first or in the last frame.
    split_merged : bool
        Split a label that covers several nuclei that were followed until then.
    keep : tuple of int
        Labels that are right, such as corrected ones: they are neither split nor
        removed.
    """

    max_distance: float | None = None
    max_gap: int = 2
    divisions: bool = True
    min_frames: int = 2
    split_merged: bool = True
    keep: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        check_above_zero("max_distance", self.max_distance, "pixels")
        check_whole("max_gap", self.max_gap, 0, "frames")
        check_whole("min_frames", self.min_frames, 1)
        check_flag("divisions", self.divisions)
        check_flag("split_merged", self.split_merged)
