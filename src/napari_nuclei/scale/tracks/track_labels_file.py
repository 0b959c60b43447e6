"""Track the nuclei of a file of labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from napari_nuclei.config.keywords import suggests_keywords
from napari_nuclei.config.unnamed_axes import UNNAMED_AXIS
from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.notebook.progress_bar import shows_progress
from napari_nuclei.core.tiling import Progress
from napari_nuclei.core.tracking.link_frames import import_laptrack
from napari_nuclei.core.tracking.track import track
from napari_nuclei.core.tracking.tracking import Tracking
from napari_nuclei.core.tracking.tracking_settings import TrackSettings
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.io.tracks.track_files import (
    DEFAULT_FORMATS,
    find_track_formats,
    write_tracks,
)
from napari_nuclei.scale.tables.pixels_of_file import open_pixels

DEFAULTS = TrackSettings()


@dataclass(frozen=True, slots=True)
class TrackedFile:
    """The tracks of a file of labels, and the files they were written to.

    Attributes
    ----------
    tracking : Tracking
    written : tuple of Path
        In the order of the formats.
    """

    tracking: Tracking
    written: tuple[Path, ...]


@suggests_keywords
@shows_progress("frame")
def track_file(
    labels: str | Path,
    output: str | Path | None = None,
    *,
    formats: Sequence[str] = DEFAULT_FORMATS,
    axes: str | None = None,
    pixel_size: float | None = None,
    z_spacing: float | None = None,
    frame_interval: float | None = None,
    max_distance: float | None = DEFAULTS.max_distance,
    max_gap: int = DEFAULTS.max_gap,
    divisions: bool = DEFAULTS.divisions,
    min_frames: int = DEFAULTS.min_frames,
    split_merged: bool = DEFAULTS.split_merged,
    max_pixels: int = MAX_PIXELS,
    progress: Progress | None = None,
) -> TrackedFile:
    """Track the nuclei of a file of labels, of this or of another program.

    Parameters
    ----------
    labels : path-like
        TIFF or OME-Zarr with an axis of time. OME-Zarr is read frame by frame.
    output : path-like, optional
        Folder for the results; by default that of the labels.
    formats : sequence of str
        What to write: labels (a TIFF numbered by track), csv (a row per track), nuclei
        (a row for each nucleus of each frame), ctc (a folder in the format of the Cell
        Tracking Challenge), geff (a graph), lineage (a picture of the divisions).
    axes : str, optional
        One letter for each axis of the file, if it does not state its axes or states
        wrong ones.
    pixel_size, z_spacing : float, optional
        In µm; by default what the file states.
    frame_interval, max_distance, max_gap, divisions, min_frames, split_merged
        As for `track`.
    max_pixels : int
        Largest number of pixels of the file, as for `read_image`.
    progress : callable, optional
        Called with (done, total) in frames; raise an error in it to cancel.

    Returns
    -------
    TrackedFile

    Raises
    ------
    ModuleNotFoundError
        If laptrack is not installed.
    OSError
        If a file cannot be read or written.
    TypeError, ValueError
        If the labels cannot be tracked (the message begins with the name of the file),
        or a format is unknown.

    Examples
    --------
    >>> import tempfile
    >>> import numpy as np
    >>> from napari_nuclei import write_labels
    >>> movie = np.zeros((3, 9, 9), int)
    >>> movie[:, 2:6, 2:6] = [[[4]], [[2]], [[7]]]
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     write_labels(movie, f"{folder}/movie.tif", axes="TYX")
    ...     done = track_file(f"{folder}/movie.tif", formats=["csv"])
    >>> done.tracking
    <Tracking: 1 track in 3 frames, 0 divisions>
    """
    import_laptrack()
    find_track_formats(formats)
    source = Path(labels).expanduser()
    opened = open_pixels(source, labels=True, max_pixels=max_pixels)
    names = axes or opened.axes
    if names.count(UNNAMED_AXIS) == 1 and "T" not in names and len(names) == 3:
        names = names.replace(UNNAMED_AXIS, "T")  # whoever tracks means time
    try:
        if UNNAMED_AXIS in names:
            make_layout(opened.pixels.shape, names)  # says which axes have no name
        tracking = track(
            opened.pixels,
            axes=names,
            pixel_size=pixel_size or opened.pixel_size,
            z_spacing=z_spacing or opened.z_spacing,
            frame_interval=frame_interval,
            max_distance=max_distance,
            max_gap=max_gap,
            divisions=divisions,
            min_frames=min_frames,
            split_merged=split_merged,
            progress=progress,
        )
    except (TypeError, ValueError) as error:
        raise type(error)(f"{source.name}: {error}") from error
    folder = source.parent if output is None else Path(output)
    written = write_tracks(tracking, folder, source.stem, formats)
    return TrackedFile(tracking, tuple(written))
