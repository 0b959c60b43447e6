"""Tables of tracks, and of the nuclei in them."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config.number_checks import check_above_zero
from napari_nuclei.core.tracking.frame_nuclei import Floats, Ints
from napari_nuclei.core.tracking.links import Links

if TYPE_CHECKING:
    import pandas as pd

DIVIDED, LEFT, LOST, LAST_FRAME = "divided", "left the image", "lost", "last frame"
"""How a track ends."""

SECONDS_PER_MINUTE = 60.0


@dataclass(frozen=True, slots=True)
class TimeScale:
    """Sizes of pixels and frames.

    Attributes
    ----------
    pixel_size, z_spacing : float, optional
        Side of a pixel and distance between slices, in µm.
    frame_interval : float, optional
        Time between two frames, in seconds.
    """

    pixel_size: float | None = None
    z_spacing: float | None = None
    frame_interval: float | None = None

    def __post_init__(self) -> None:
        for name, unit in (
            ("pixel_size", "µm"),
            ("z_spacing", "µm"),
            ("frame_interval", "seconds"),
        ):
            check_above_zero(name, getattr(self, name), unit)

    @property
    def voxel_height(self) -> float:
        """Distance between slices divided by the side of a pixel; 1 if not known."""
        if self.pixel_size is None or self.z_spacing is None:
            return 1.0
        return self.z_spacing / self.pixel_size


def number_tracks(links: Links, min_frames: int, keep: Collection[int] = ()) -> Ints:
    """Return the number of the track of each nucleus: 1, 2, ...; 0 if removed.

    Parameters
    ----------
    links : Links
    min_frames : int
        Tracks in fewer frames are removed. Tracks that may continue out of view remain:
        at the border, in the first or in the last frame.
    keep : collection of int
        Labels whose tracks remain.
    """
    numbers = links.track_numbers()
    lengths = np.bincount(numbers)
    remains = lengths >= min_frames
    last = int(links.frame.max(initial=0))
    may_continue = links.nuclei.touches_border | np.isin(links.frame, [0, last])
    is_kept = np.isin(links.nuclei.labels, [*keep])
    is_daughter = links.mother >= 0
    remains[numbers[may_continue | is_kept | links.divided | is_daughter]] = True
    return np.where(remains, np.cumsum(remains), 0)[numbers]


def make_nucleus_table(links: Links, track: Ints, scale: TimeScale) -> pd.DataFrame:
    """Return a table with a row for each nucleus of each frame.

    Parameters
    ----------
    links : Links
    track : ndarray of int64, shape (n,)
        As returned by `number_tracks`.
    scale : TimeScale

    Returns
    -------
    DataFrame
        Columns: t, label (in the frame), track, the centroid in pixels, area or volume,
        displacement since the track's frame before (pixels) and speed (pixels per
        frame); `displacement_um` with a pixel size, `speed_um_per_min` with a frame
        interval too. Displacement and speed are NaN in the first frame of a track.
    """
    import pandas as pd

    before = links.previous
    has_before = before >= 0
    displacement = np.full(len(before), np.nan)
    frames = np.full(len(before), np.nan)
    displacement[has_before] = np.linalg.norm(
        links.positions[has_before] - links.positions[before[has_before]], axis=1
    )
    frames[has_before] = links.frame[has_before] - links.frame[before[has_before]]
    n_axes = links.positions.shape[1]
    columns: dict[str, NDArray[np.generic]] = {
        "t": links.frame,
        "label": links.nuclei.labels,
        "track": track,
    }
    for axis, values in zip("zyx"[-n_axes:], links.nuclei.centroids.T, strict=True):
        columns[f"centroid_{axis}"] = values
    columns["area" if n_axes == 2 else "volume"] = links.nuclei.areas.astype(np.int64)
    columns |= dict(motion_columns(displacement, frames, scale))
    table = pd.DataFrame(columns)
    return table[table["track"] > 0].reset_index(drop=True)


def add_track_columns(
    table: pd.DataFrame, nuclei: pd.DataFrame, tracks: pd.DataFrame
) -> pd.DataFrame:
    """Return a table of nuclei numbered by track, with columns of tracks.

    Parameters
    ----------
    table : DataFrame
        A row for each nucleus of each frame; the index is `label`, with a column t.
    nuclei, tracks : DataFrame
        As of `Tracking`, whose labels are those of `table`.

    Returns
    -------
    DataFrame
        The index is the track; with the columns track, parent, displacement, speed and
        those in µm. Nuclei of tracks that were removed are left out.
    """
    import pandas as pd

    added = [
        column for column in nuclei if column.startswith(("displacement", "speed"))
    ]
    motion = nuclei.set_index(["label", "t"])[["track", *added]]
    rows = pd.MultiIndex.from_arrays([table.index, table["t"]])
    track_columns = motion.reindex(rows)
    is_tracked = track_columns["track"].notna().to_numpy()
    track = track_columns["track"].to_numpy()[is_tracked].astype(np.int64)
    index = pd.Index(track, name=table.index.name)
    track_columns = track_columns[is_tracked].set_axis(index).assign(track=track)
    parents = tracks.set_index("track")["parent"]
    track_columns.insert(1, "parent", parents.reindex(track).to_numpy())
    return pd.concat([table[is_tracked].set_axis(index), track_columns], axis=1)


def motion_columns(
    displacement: Floats, frames: Floats, scale: TimeScale
) -> dict[str, Floats]:
    """Return the columns of displacement and speed.

    Parameters
    ----------
    displacement : ndarray of float64
        In pixels.
    frames : ndarray of float64
        Frames since the position before.
    scale : TimeScale
    """
    columns = {
        "displacement": displacement,
        "speed": displacement / frames,
    }
    if scale.pixel_size is not None:
        columns["displacement_um"] = displacement * scale.pixel_size
        if scale.frame_interval is not None:
            minutes = frames * scale.frame_interval / SECONDS_PER_MINUTE
            columns["speed_um_per_min"] = columns["displacement_um"] / minutes
    return columns


def make_track_table(links: Links, track: Ints, scale: TimeScale) -> pd.DataFrame:
    """Return a table with a row for each track.

    Parameters
    ----------
    links : Links
    track : ndarray of int64, shape (n,)
        As returned by `number_tracks`.
    scale : TimeScale

    Returns
    -------
    DataFrame
        Columns: track, parent (0 for none), first and last frame (`start`, `end`),
        number of frames with the nucleus, how it ends (`fate`: divided, left the image,
        lost, or last frame), path length and distance from start to end in pixels, and
        in µm with a pixel size; mean speed.
    """
    import pandas as pd

    nodes = np.flatnonzero(track > 0)
    nodes = nodes[np.lexsort([links.frame[nodes], track[nodes]])]
    numbers, starts = np.unique(track[nodes], return_index=True)
    first = nodes[starts]
    last = nodes[np.append(starts[1:], len(nodes))[: len(starts)] - 1]
    mother = links.mother[first]
    parent = np.where(mother >= 0, track[np.maximum(mother, 0)], 0)
    steps = np.zeros(len(links.frame))
    has_before = links.previous >= 0
    steps[has_before] = np.linalg.norm(
        links.positions[has_before] - links.positions[links.previous[has_before]],
        axis=1,
    )
    path = np.bincount(track, steps, minlength=int(numbers.max(initial=0)) + 1)
    path = path[numbers]
    straight = np.linalg.norm(links.positions[last] - links.positions[first], axis=1)
    span = (links.frame[last] - links.frame[first]).astype(np.float64)
    fate = np.full(len(numbers), LOST, object)
    fate[links.nuclei.touches_border[last]] = LEFT
    fate[links.frame[last] == links.frame.max(initial=0)] = LAST_FRAME
    fate[links.divided[last]] = DIVIDED
    columns: dict[str, NDArray[np.generic]] = {
        "track": numbers,
        "parent": parent,
        "start": links.frame[first],
        "end": links.frame[last],
        "frames": np.diff(np.append(starts, len(nodes))),
        "fate": fate,
        "path_length": path,
        "net_displacement": straight,
        "mean_speed": path / np.where(span > 0, span, np.nan),
    }
    if scale.pixel_size is not None:
        columns["path_length_um"] = path * scale.pixel_size
        columns["net_displacement_um"] = straight * scale.pixel_size
        if scale.frame_interval is not None:
            minutes = span * scale.frame_interval / SECONDS_PER_MINUTE
            columns["mean_speed_um_per_min"] = columns["path_length_um"] / np.where(
                minutes > 0, minutes, np.nan
            )
    return pd.DataFrame(columns)
