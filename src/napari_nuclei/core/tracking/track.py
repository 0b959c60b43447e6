"""Follow the nuclei of a time series."""

from __future__ import annotations

from typing import Any

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.config.warn_user import warn_user
from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.core.linking.segmented_stack import spacing_note
from napari_nuclei.core.measure.mask_check import MaskCheck
from napari_nuclei.core.notebook.progress_bar import shows_progress
from napari_nuclei.core.tiling import Progress
from napari_nuclei.core.tracking.frames import Frames, find_frames
from napari_nuclei.core.tracking.link_all import link_all
from napari_nuclei.core.tracking.link_frames import import_laptrack
from napari_nuclei.core.tracking.track_tables import TimeScale
from napari_nuclei.core.tracking.tracking import Tracking
from napari_nuclei.core.tracking.tracking_settings import TrackSettings

DEFAULTS = TrackSettings()


@suggests_keywords
@shows_progress("frame")
def track(
    labels: Any,
    *,
    axes: str | None = None,
    pixel_size: float | None = None,
    z_spacing: float | None = None,
    frame_interval: float | None = None,
    max_distance: float | None = DEFAULTS.max_distance,
    max_gap: int = DEFAULTS.max_gap,
    divisions: bool = DEFAULTS.divisions,
    min_frames: int = DEFAULTS.min_frames,
    split_merged: bool = DEFAULTS.split_merged,
    progress: Progress | None = None,
) -> Tracking:
    """Follow nuclei over time: give each nucleus one number in all its frames.

    Nuclei of neighbouring frames are linked by overlap and by distance from where
    their last displacement leads (laptrack). Then divisions are found, and tracks are
    joined over frames in which a nucleus was missed. Frames are read one after another;
    two of them are in memory.

    Parameters
    ----------
    labels : array of int, shape (T, Y, X) or (T, Z, Y, X), or as `axes` says
        Labels of the frames, of this or of another program: numpy, dask or zarr; 0 is
        background. A number means nothing outside its frame. In 3-D a nucleus has one
        number in all its slices, as `link_planes` gives it.
    axes : str, optional
        One letter for each axis, with T, Y and X, and Z for volumes; by default TYX.
    pixel_size : float, optional
        Side of a pixel, in µm.
    z_spacing : float, optional
        Distance between slices, in µm; by default as the side of a pixel.
    frame_interval : float, optional
        Time between two frames, in seconds.
    max_distance : float, optional
        Largest distance between the expected and the found position of a nucleus in
        the next frame, in pixels; by default the median diameter of the nuclei.
    max_gap : int
        Number of consecutive frames in which a nucleus may be missing.
    divisions : bool
        Find divisions into two daughters.
    min_frames : int
        Tracks in fewer frames are removed. Tracks that may continue out of view remain:
        at the border, in the first or in the last frame.
    split_merged : bool
        Split a label that covers several nuclei that were followed until then, such as
        nuclei that touch in a few frames. Only the labels of the result are split.
    progress : callable, optional
        Called with (done, total) in frames; raise an error in it to cancel.

    Returns
    -------
    Tracking
        Labels numbered by track, tables, and the data of napari's Tracks layer.

    Raises
    ------
    ModuleNotFoundError
        If laptrack is not installed.
    TypeError
        If the labels are not integers.
    ValueError
        If there is only one frame, the axes do not fit, or a setting is out of range.

    Warns
    -----
    ImageWarning
        If the voxel size of volumes is not given, or the labels look like a mask.

    Examples
    --------
    >>> import numpy as np
    >>> movie = np.zeros((3, 8, 12), int)
    >>> for t in range(3):
    ...     movie[t, 2:6, 2 + t : 6 + t] = 5 - t
    >>> tracking = track(movie)
    >>> tracking
    <Tracking: 1 track in 3 frames, 0 divisions>
    >>> tracking.labels[:, 3, 4].tolist()
    [1, 1, 1]
    """
    settings = TrackSettings(max_distance, max_gap, divisions, min_frames, split_merged)
    scale = TimeScale(pixel_size, z_spacing, frame_interval)
    import_laptrack()
    frames = find_frames(labels, axes)
    mask = MaskCheck()
    tracking = track_frames(frames, scale, settings, progress, mask)
    height = spacing_note(pixel_size, z_spacing) if frames.n_axes == 3 else ""
    for note in filter(None, (height, mask.note)):
        warn_user(note, ImageWarning)
    return tracking


def track_frames(
    frames: Frames,
    scale: TimeScale,
    settings: TrackSettings = DEFAULTS,
    progress: Progress | None = None,
    mask: MaskCheck | None = None,
) -> Tracking:
    """Follow the nuclei of frames.

    Parameters
    ----------
    frames : Frames
    scale : TimeScale
    settings : TrackSettings
    progress : callable, optional
        As of `track`.
    mask : MaskCheck, optional
        To which each frame is added.
    """
    links, frames = link_all(frames, scale.voxel_height, settings, progress, mask)
    return Tracking.from_links(links, frames, scale, settings.min_frames, settings.keep)
