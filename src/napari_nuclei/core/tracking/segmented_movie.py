"""Track the nuclei of a movie that the network segments frame by frame."""

from __future__ import annotations

from napari_nuclei.config import SegmentConfig
from napari_nuclei.config.given_config import config_or_defaults
from napari_nuclei.core.axes import PlaneLayout
from napari_nuclei.core.linking.segmented_stack import joins_slices
from napari_nuclei.core.maps import Labels
from napari_nuclei.core.tiling import Progress
from napari_nuclei.core.tracking.frames import find_frames
from napari_nuclei.core.tracking.link_frames import import_laptrack
from napari_nuclei.core.tracking.track import track_frames
from napari_nuclei.core.tracking.track_tables import TimeScale
from napari_nuclei.core.tracking.tracking import Tracking
from napari_nuclei.core.tracking.tracking_settings import TrackSettings


def check_trackable(layout: PlaneLayout, config: SegmentConfig) -> None:
    """Raise an error if nuclei are to be tracked and cannot be.

    Parameters
    ----------
    layout : PlaneLayout
        Axes of the image.
    config : SegmentConfig

    Raises
    ------
    ModuleNotFoundError
        If laptrack is not installed.
    ValueError
        If there are no frames to track, or slices that are not joined.
    """
    if not config.track:
        return
    axes = layout.stack_axes
    if not axes or ("T" in axes and layout.size("T") < 2):
        raise ValueError("the image has one frame only; there is nothing to track")
    if "T" not in axes:
        raise ValueError(
            f"the image has no time axis: its axes are {layout.axes}. Name the axes "
            "with --axes (axes=), such as TYX, or do not track"
        )
    if others := set(axes) - {*"TZ"}:
        raise ValueError(
            f"nuclei are tracked along T, and in 3-D along T and Z; the image has the "
            f"axis {min(others)} too"
        )
    if "Z" in axes and not joins_slices(config):
        raise ValueError(
            "the slices of each frame must be joined to track nuclei in 3-D. Set join "
            'to "z" (--join z)'
        )
    import_laptrack()


def check_blockwise(config: SegmentConfig | None) -> SegmentConfig:
    """Return settings, the defaults for None; refuse what blocks do not support.

    Raises
    ------
    ValueError
        If nuclei are to be tracked.
    """
    config = config_or_defaults(config, SegmentConfig)
    if config.track:
        raise ValueError(
            "Nuclei of an image that is segmented block by block are not tracked in "
            "the same run. Segment it without --track (track=False), then use "
            "napari-nuclei track (track_file) on its labels"
        )
    return config


def track_movie(
    labels: Labels,
    layout: PlaneLayout,
    config: SegmentConfig,
    pixel_size: float | None = None,
    z_spacing: float | None = None,
    progress: Progress | None = None,
    keep: tuple[int, ...] = (),
) -> Tracking | None:
    """Track the nuclei of a segmented movie.

    Parameters
    ----------
    labels : ndarray of int32, of shape `layout.label_shape`
        Not changed; `Tracking.renumber_in_place` numbers them by track.
    layout : PlaneLayout
    config : SegmentConfig
    pixel_size, z_spacing : float, optional
        Side of a pixel and distance between slices, in µm.
    progress : callable, optional
        Called with (done, total) in frames; raise an error in it to cancel.
    keep : tuple of int
        Labels that are neither split nor removed.

    Returns
    -------
    Tracking or None
        None if nuclei are not to be tracked.
    """
    if not config.track:
        return None
    return track_frames(
        find_frames(labels, layout.label_axes),
        TimeScale(pixel_size, z_spacing, config.frame_interval),
        TrackSettings(keep=keep),
        progress,
    )
