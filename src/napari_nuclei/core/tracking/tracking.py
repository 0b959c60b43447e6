"""The result of tracking."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.measure.counts import counted
from napari_nuclei.core.tracking.frames import Frames, find_frames
from napari_nuclei.core.tracking.links import Links, links_of_numbers
from napari_nuclei.core.tracking.track_tables import (
    DIVIDED,
    TimeScale,
    make_nucleus_table,
    make_track_table,
    number_tracks,
)

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure

TracksGraph = dict[int, list[int]]
"""From a daughter's track to its parent, as napari's Tracks layer takes it."""


@dataclass(frozen=True, repr=False)
class Tracking:
    """Nuclei that were followed over time; `track` returns one.

    Attributes
    ----------
    nuclei : DataFrame
        A row for each nucleus of each frame: t, label in the frame, track, centroid,
        area or volume, displacement and speed, as of `make_nucleus_table`.
    tracks : DataFrame
        A row for each track: track, parent, start, end, frames, fate (divided, left the
        image, lost, or last frame), path length and more, as of `make_track_table`.
    frames : Frames
        The labels that were tracked; not changed.
    scale : TimeScale
        Sizes of pixels and frames.
    """

    nuclei: pd.DataFrame
    tracks: pd.DataFrame
    frames: Frames
    scale: TimeScale

    @classmethod
    def from_links(
        cls,
        links: Links,
        frames: Frames,
        scale: TimeScale,
        min_frames: int = 1,
        keep: Collection[int] = (),
    ) -> Tracking:
        """Return the tracks of linked nuclei.

        Parameters
        ----------
        links : Links
        frames : Frames
            The labels that were linked.
        scale : TimeScale
        min_frames : int
            Tracks in fewer frames are removed, unless they may continue out of view.
        keep : collection of int
            Labels whose tracks remain.
        """
        track = number_tracks(links, min_frames, keep)
        return cls(
            make_nucleus_table(links, track, scale),
            make_track_table(links, track, scale),
            frames,
            scale,
        )

    @classmethod
    def from_numbers(
        cls,
        labels: Any,
        parents: Mapping[int, int] | None = None,
        *,
        axes: str | None = None,
        pixel_size: float | None = None,
        z_spacing: float | None = None,
        frame_interval: float | None = None,
    ) -> Tracking:
        """Return the tracks of labels that are numbered by track already.

        Parameters
        ----------
        labels, axes, pixel_size, z_spacing, frame_interval
            As for `track`; a nucleus has the same label in all its frames.
        parents : mapping of int to int, optional
            From the label of a daughter to that of her mother.

        Raises
        ------
        TypeError, ValueError
            As for `track`; or if a mother is there after her daughter's first frame.
        """
        scale = TimeScale(pixel_size, z_spacing, frame_interval)
        frames = find_frames(labels, axes)
        links = links_of_numbers(frames, scale.voxel_height, parents or {})
        track = links.nuclei.labels
        return cls(
            make_nucleus_table(links, track, scale),
            make_track_table(links, track, scale),
            frames,
            scale,
        )

    @property
    def axes(self) -> str:
        """One letter for each axis of the labels."""
        return self.frames.axes

    @property
    def n_divisions(self) -> int:
        """Number of nuclei that divide."""
        return int((self.tracks["fate"] == DIVIDED).sum())

    @property
    def labels(self) -> NDArray[np.int32]:
        """Labels of all frames, numbered by track; int32, computed at each use."""
        labels = np.zeros(self.frames.labels.shape, np.int32)
        self.write_labels(labels)
        return labels

    def write_labels(self, labels: Any) -> None:
        """Write the labels, numbered by track, into an array, frame by frame.

        Parameters
        ----------
        labels : array of int
            Of the shape of the labels that were tracked; it may be the same array.
        """
        for t in range(len(self.frames)):
            self.frames.write(labels, t, self.frame_labels(t))

    def renumber_in_place(self) -> Tracking:
        """Replace the labels that were tracked by those numbered by track.

        Returns
        -------
        Tracking
            Of the replaced labels. This object no longer fits its labels.
        """
        self.write_labels(self.frames.labels)
        nuclei = self.nuclei.assign(label=self.nuclei["track"])
        return replace(self, nuclei=nuclei, frames=replace(self.frames, splits={}))

    def frame_labels(self, t: int) -> NDArray[np.int32]:
        """Return the labels of a frame, numbered by track: (Y, X) or (Z, Y, X)."""
        return self.relabel(self.frames.read(t), t)

    def relabel(self, frame: NDArray[np.integer], t: int) -> NDArray[np.int32]:
        """Return labels of a part of a frame, numbered by track.

        Parameters
        ----------
        frame : ndarray of int, of any shape
            Labels as they were tracked.
        t : int
            Number of the frame.
        """
        old, new = self._numbers[t]
        position = np.searchsorted(old, frame).clip(max=len(old) - 1)
        numbers: NDArray[np.int32] = np.where(old[position] == frame, new[position], 0)
        return numbers.astype(np.int32, copy=False)

    @cached_property
    def _numbers(self) -> list[tuple[NDArray[np.int64], NDArray[np.int32]]]:
        rows = self.nuclei.sort_values(["t", "label"])
        ends = np.searchsorted(rows["t"], np.arange(len(self.frames) + 1))
        old, new = rows["label"].to_numpy(), rows["track"].to_numpy()
        return [
            (
                np.append(0, old[start:stop]),
                np.append(0, new[start:stop]).astype(np.int32),
            )
            for start, stop in pairwise(ends)
        ]

    def napari_tracks(self) -> tuple[NDArray[np.float64], TracksGraph, pd.DataFrame]:
        """Return the data, the graph and the features of a Tracks layer.

        ``viewer.add_tracks(data, graph=graph, features=features)`` adds the layer.

        Returns
        -------
        data : ndarray of float64, shape (n, 4) or (n, 5)
            Track, and the position along the axes of the labels, in pixels.
        graph : dict of int to list of int
            From each daughter's track to its parent.
        features : DataFrame, n rows
            Columns of `nuclei` and the track's `parent`.
        """
        rows = self.nuclei.sort_values(["track", "t"]).reset_index(drop=True)
        names = ["t" if a == "T" else f"centroid_{a.lower()}" for a in self.axes]
        data = rows[["track", *names]].to_numpy(np.float64)
        children = self.tracks[self.tracks["parent"] > 0]
        graph = {
            int(child): [int(parent)]
            for child, parent in zip(children["track"], children["parent"], strict=True)
        }
        parents = self.tracks.set_index("track")["parent"]
        return data, graph, rows.assign(parent=rows["track"].map(parents))

    def draw_lineage(self, *, all_tracks: bool = False) -> Figure:
        """Draw the family trees of the nuclei that divide; time runs downwards.

        Parameters
        ----------
        all_tracks : bool
            Draw nuclei without divisions too, as single lines.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from napari_nuclei.core.tracking.lineage import draw_lineage

        return draw_lineage(self, all_tracks=all_tracks)

    def __repr__(self) -> str:
        """Return the number of tracks, frames and divisions."""
        return f"<Tracking: {self.describe()}>"

    def describe(self) -> str:
        """Return the number of tracks, frames and divisions in words."""
        count, divisions = len(self.tracks), self.n_divisions
        return (
            f"{counted(count, 'track')} in {counted(len(self.frames), 'frame')}, "
            f"{counted(divisions, 'division')}"
        )
