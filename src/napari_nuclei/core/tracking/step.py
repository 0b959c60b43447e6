"""The step from one frame to the next."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.tracking.frame_nuclei import Floats, FrameNuclei, Ints
from napari_nuclei.core.tracking.link_frames import certain_overlaps, link_frames
from napari_nuclei.core.tracking.motion import overlapping_parts


@dataclass(frozen=True, slots=True)
class Step:
    """What is known of the motion from one frame to the next.

    Attributes
    ----------
    moves : ndarray of float64, shape (n, axes)
        Expected displacement of each nucleus of the earlier frame, in sides of a pixel.
    shift : tuple of int
        Common displacement of all nuclei along Y and X, in pixels.
    stretch : ndarray of float64, shape (axes,)
        As returned by `axis_scale`.
    reach : float
        Largest distance from the expected position, in pixels.
    """

    moves: Floats
    shift: tuple[int, int]
    stretch: Floats
    reach: float

    @property
    def common(self) -> Floats:
        """Common displacement of all nuclei along (Z,) Y and X, in pixels."""
        return along_axes(self.shift, len(self.stretch))

    def link(
        self,
        before: NDArray[np.integer],
        earlier: FrameNuclei,
        after: NDArray[np.integer],
        later: FrameNuclei,
    ) -> Ints:
        """Return the index of each nucleus of the later frame in the earlier, or -1.

        Parameters
        ----------
        before, after : ndarray of int, shape (Y, X) or (Z, Y, X)
            Labels of the frames.
        earlier, later : FrameNuclei
            Their nuclei.
        """
        parts = overlapping_parts(before, after, self.shift)
        return link_frames(
            earlier,
            later,
            earlier.centroids * self.stretch + self.moves,
            later.centroids * self.stretch,
            certain_overlaps(parts, earlier, later),
            self.reach,
        )

    def renumber(self, old: FrameNuclei, new: FrameNuclei) -> Step:
        """Return the step after labels of the earlier frame were split.

        The parts are expected to move as all nuclei do.

        Parameters
        ----------
        old, new : FrameNuclei
            The nuclei of the earlier frame before and after that.
        """
        moves = np.tile(self.common, (len(new), 1))
        _, first, second = np.intersect1d(
            old.labels, new.labels, assume_unique=True, return_indices=True
        )
        moves[second] = self.moves[first]
        return replace(self, moves=moves)


def along_axes(shift: tuple[int, int], n_axes: int) -> Floats:
    """Return a displacement along Y and X as one along (Z,) Y and X.

    Examples
    --------
    >>> along_axes((2, -1), 3).tolist()
    [0.0, 2.0, -1.0]
    """
    return np.array([0.0, *shift][-n_axes:])
