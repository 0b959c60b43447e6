"""Link the nuclei of all frames."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.measure.mask_check import MaskCheck
from napari_nuclei.core.tiling import Progress
from napari_nuclei.core.tracking.divisions import find_divisions
from napari_nuclei.core.tracking.followed import History
from napari_nuclei.core.tracking.frame_nuclei import FrameNuclei, Ints, measure_frame
from napari_nuclei.core.tracking.frames import Frames
from napari_nuclei.core.tracking.gaps import close_gaps
from napari_nuclei.core.tracking.links import Links, axis_scale, make_links
from napari_nuclei.core.tracking.merged_nuclei import (
    SplitPixels,
    part_labels,
    split_merged,
)
from napari_nuclei.core.tracking.motion import MotionModel, common_shift
from napari_nuclei.core.tracking.split_backwards import split_backwards
from napari_nuclei.core.tracking.step import Step, along_axes
from napari_nuclei.core.tracking.tracking_settings import TrackSettings


def link_all(
    frames: Frames,
    voxel_height: float,
    settings: TrackSettings,
    progress: Progress | None = None,
    mask: MaskCheck | None = None,
) -> tuple[Links, Frames]:
    """Link the nuclei of all frames, and split labels that cover several.

    Parameters
    ----------
    frames : Frames
    voxel_height : float
        Distance between slices divided by the side of a pixel.
    settings : TrackSettings
    progress : callable, optional
        Called with (done, total) in frames.
    mask : MaskCheck, optional
        To which each frame is added.

    Returns
    -------
    links : Links
    frames : Frames
        The frames, in which labels that cover several nuclei are split.
    """
    stretch = axis_scale(frames.n_axes, voxel_height)
    motion = MotionModel(frames.n_axes)
    nuclei: list[FrameNuclei] = []
    steps: list[Step] = []
    links: list[Ints] = []
    drift = [np.zeros(frames.n_axes)]
    before: NDArray[np.integer] | None = None
    splits: dict[int, SplitPixels] = {}
    history = History.begin(0)
    for t, frame in enumerate(frames.read_all()):
        found = measure_frame(frame)
        if mask is not None:
            mask.add(frame)
        if before is None:
            history = History.begin(len(found))
        else:
            earlier = nuclei[-1]
            positions = earlier.centroids * stretch
            both = np.concatenate([n.diameters(voxel_height) for n in (earlier, found)])
            reach = settings.max_distance or float(np.median(both)) if len(both) else 1
            shift = common_shift(before, frame)
            moved = along_axes(shift, frames.n_axes)
            moves = motion.predict(positions, moved) - positions
            step = Step(moves=moves, shift=shift, stretch=stretch, reach=reach)
            link = step.link(before, earlier, frame, found)
            split = None
            if settings.split_merged:
                split = split_merged(
                    before,
                    frame,
                    earlier,
                    found,
                    moves / stretch,
                    link,
                    history,
                    settings.keep,
                )
            if split is not None:
                splits[t] = split
                frame = split.apply(frame)
                found = measure_frame(frame)
                link = step.link(before, earlier, frame, found)
            history = history.follow(link, np.isin(found.labels, part_labels(split)))
            motion.update(positions, found.centroids * stretch, link)
            links.append(link)
            steps.append(step)
            drift.append(drift[-1] + motion.drift)
        nuclei.append(found)
        before = frame
        if progress is not None:
            progress(t + 1, len(frames))
    frames = replace(frames, splits=splits)
    if settings.split_merged:
        frames = split_backwards(frames, nuclei, steps, links, settings.keep)
    joined = make_links(
        nuclei,
        [frame_nuclei.centroids * stretch for frame_nuclei in nuclei],
        [frame_nuclei.diameters(voxel_height) for frame_nuclei in nuclei],
        links,
    )
    if settings.divisions:
        find_divisions(joined)
    reach = float(np.median([step.reach for step in steps]))
    close_gaps(joined, np.stack(drift), reach, settings.max_gap)
    return joined, frames
