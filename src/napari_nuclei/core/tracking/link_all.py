"""Link the nuclei of all frames."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from napari_nuclei.core.measure.mask_check import MaskCheck
from napari_nuclei.core.tiling import Progress
from napari_nuclei.core.tracking.divisions import find_divisions
from napari_nuclei.core.tracking.frame_linker import FrameLinker
from napari_nuclei.core.tracking.frames import Frames
from napari_nuclei.core.tracking.gaps import close_gaps
from napari_nuclei.core.tracking.links import Links, make_links
from napari_nuclei.core.tracking.split_backwards import split_backwards
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
    linker = FrameLinker(frames.n_axes, voxel_height, settings)
    for done, frame in enumerate(frames.read_all(), 1):
        if mask is not None:
            mask.add(frame)
        linker.add(frame)
        if progress is not None:
            progress(done, len(frames))
    frames = replace(frames, splits=linker.splits)
    if settings.split_merged:
        frames = split_backwards(
            frames, linker.nuclei, linker.steps, linker.links, settings.keep
        )
    links = make_links(linker.nuclei, linker.positions, linker.diameters, linker.links)
    if settings.divisions:
        find_divisions(links)
    reach = float(np.median([step.reach for step in linker.steps]))
    close_gaps(links, linker.drift, reach, settings.max_gap)
    return links, frames
