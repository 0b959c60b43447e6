"""Link the nuclei of frames that are read one after another."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.tracking.followed import History
from napari_nuclei.core.tracking.frame_nuclei import (
    Floats,
    FrameNuclei,
    Ints,
    measure_frame,
)
from napari_nuclei.core.tracking.links import axis_scale
from napari_nuclei.core.tracking.merged_nuclei import (
    SplitPixels,
    part_labels,
    split_merged,
)
from napari_nuclei.core.tracking.motion import MotionModel, common_shift
from napari_nuclei.core.tracking.step import Step, along_axes
from napari_nuclei.core.tracking.tracking_settings import TrackSettings


class FrameLinker:
    """Link the nuclei of each frame to those of the frame before; `add` them in turn.

    Only the last frame is in memory, and a few numbers for each nucleus.

    Parameters
    ----------
    n_axes : int
        Axes of a frame: 2 for (Y, X), 3 for (Z, Y, X).
    voxel_height : float
        Distance between slices divided by the side of a pixel.
    settings : TrackSettings

    Attributes
    ----------
    nuclei : list of FrameNuclei
        Nuclei of each frame, after labels that cover several were split.
    links : list of ndarray of int64
        For each frame but the first: the index in the frame before of each nucleus,
        or -1.
    steps : list of Step
        From each frame to the next.
    splits : dict of int to SplitPixels
        What was split, by the number of the frame.
    """

    def __init__(
        self, n_axes: int, voxel_height: float, settings: TrackSettings
    ) -> None:
        self.nuclei: list[FrameNuclei] = []
        self.links: list[Ints] = []
        self.steps: list[Step] = []
        self.splits: dict[int, SplitPixels] = {}
        self._settings, self._voxel_height = settings, voxel_height
        self._stretch = axis_scale(n_axes, voxel_height)
        self._motion = MotionModel(n_axes)
        self._drift = [np.zeros(n_axes)]
        self._history = History.begin(0)
        self._before: NDArray[np.integer] | None = None

    @property
    def drift(self) -> Floats:
        """Common displacement since the first frame, shape (frames, axes)."""
        return np.stack(self._drift)

    @property
    def positions(self) -> list[Floats]:
        """Centroids of each frame, in sides of a pixel."""
        return [nuclei.centroids * self._stretch for nuclei in self.nuclei]

    @property
    def diameters(self) -> list[Floats]:
        """Diameters of each frame, in pixels."""
        return [nuclei.diameters(self._voxel_height) for nuclei in self.nuclei]

    def add(self, frame: NDArray[np.integer]) -> None:
        """Add the next frame.

        Parameters
        ----------
        frame : ndarray of int, shape (Y, X) or (Z, Y, X)
            Labels.
        """
        nuclei = measure_frame(frame)
        if self._before is None:
            self._history = History.begin(len(nuclei))
        else:
            frame, nuclei = self._link(self._before, frame, nuclei)
        self.nuclei.append(nuclei)
        self._before = frame

    def _link(
        self,
        before: NDArray[np.integer],
        frame: NDArray[np.integer],
        nuclei: FrameNuclei,
    ) -> tuple[NDArray[np.integer], FrameNuclei]:
        """Link a frame to the one before; return it with its merged labels split."""
        earlier = self.nuclei[-1]
        step = self._make_step(before, frame, nuclei)
        link = step.link(before, earlier, frame, nuclei)
        split = None
        if self._settings.split_merged:
            split = split_merged(
                before,
                frame,
                earlier,
                nuclei,
                step.moves / self._stretch,
                link,
                self._history,
                self._settings.keep,
            )
        if split is not None:
            self.splits[len(self.nuclei)] = split
            frame = split.apply(frame)
            nuclei = measure_frame(frame)
            link = step.link(before, earlier, frame, nuclei)
        is_part = np.isin(nuclei.labels, part_labels(split))
        self._history = self._history.follow(link, is_part)
        self._motion.update(
            earlier.centroids * self._stretch, nuclei.centroids * self._stretch, link
        )
        self._drift.append(self._drift[-1] + self._motion.drift)
        self.links.append(link)
        self.steps.append(step)
        return frame, nuclei

    def _make_step(
        self,
        before: NDArray[np.integer],
        frame: NDArray[np.integer],
        nuclei: FrameNuclei,
    ) -> Step:
        """Return what is known of the motion before nuclei are linked."""
        pair = (self.nuclei[-1], nuclei)
        both = np.concatenate([each.diameters(self._voxel_height) for each in pair])
        median = float(np.median(both)) if len(both) else 1
        shift = common_shift(before, frame)
        positions = pair[0].centroids * self._stretch
        expected = self._motion.predict(
            positions, along_axes(shift, len(self._stretch))
        )
        return Step(
            moves=expected - positions,
            shift=shift,
            stretch=self._stretch,
            reach=self._settings.max_distance or median,
        )
