"""The nuclei of all frames, and which of them are the same nucleus."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.tracking.frame_nuclei import (
    Floats,
    FrameNuclei,
    Ints,
    measure_frame,
)
from napari_nuclei.core.tracking.frames import Frames


@dataclass(frozen=True, slots=True)
class Links:
    """The nuclei of all frames in one list, and their links.

    Attributes
    ----------
    nuclei : FrameNuclei
        Of all frames, one after another.
    frame : ndarray of int64, shape (n,)
        Frame of each nucleus, ascending.
    positions : ndarray of float64, shape (n, axes)
        Centroids in sides of a pixel; Z is stretched by the distance of the slices.
    diameters : ndarray of float64, shape (n,)
        Diameters of discs or balls of the same size, in pixels.
    previous, next : ndarray of int64, shape (n,)
        Index of the same nucleus in an earlier and a later frame, or -1.
    mother : ndarray of int64, shape (n,)
        Index of the nucleus that this one is a daughter of, or -1.
    """

    nuclei: FrameNuclei
    frame: Ints
    positions: Floats
    diameters: Floats
    previous: Ints
    next: Ints
    mother: Ints

    @property
    def divided(self) -> NDArray[np.bool_]:
        """Whether each nucleus divides after its frame."""
        divided = np.zeros(len(self.frame), bool)
        divided[self.mother[self.mother >= 0]] = True
        return divided

    def join(self, first: int, second: int) -> None:
        """Link two nuclei, which are the end and the start of tracks."""
        self.next[first], self.previous[second] = second, first

    def divide(self, mother: int, daughters: Sequence[int]) -> None:
        """Make two nuclei daughters of a third, and remove its other link."""
        child = self.next[mother]
        if child >= 0:
            self.previous[child], self.next[mother] = -1, -1
        self.mother[list(daughters)] = mother

    def track_numbers(self) -> Ints:
        """Return a number for the track of each nucleus: 0, 1, ... by first frame."""
        numbers = np.full(len(self.frame), -1, np.int64)
        count = 0
        for node, before in enumerate(self.previous):  # in the order of frames
            if before >= 0:
                numbers[node] = numbers[before]
            else:
                numbers[node] = count
                count += 1
        return numbers


def make_links(
    frames: Sequence[FrameNuclei],
    positions: Sequence[Floats],
    diameters: Sequence[Floats],
    links: Sequence[Ints],
) -> Links:
    """Return the nuclei of all frames in one list.

    Parameters
    ----------
    frames : sequence of FrameNuclei
    positions, diameters : sequence of ndarray of float64
        As of `Links`, for each frame.
    links : sequence of ndarray of int64
        For each frame but the first: the index in the frame before of each nucleus,
        or -1.
    """
    sizes = [len(frame) for frame in frames]
    starts = np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
    total = int(starts[-1])
    nuclei = FrameNuclei(
        *(
            np.concatenate([getattr(frame, name) for frame in frames])
            for name in ("labels", "centroids", "areas", "touches_border")
        )
    )
    found = Links(
        nuclei=nuclei,
        frame=np.repeat(np.arange(len(frames)), sizes),
        positions=np.concatenate(positions),
        diameters=np.concatenate(diameters),
        previous=np.full(total, -1, np.int64),
        next=np.full(total, -1, np.int64),
        mother=np.full(total, -1, np.int64),
    )
    for t, link in enumerate(links, 1):
        later = np.flatnonzero(link >= 0)
        earlier = link[later] + starts[t - 1]
        found.previous[later + starts[t]] = earlier
        found.next[earlier] = later + starts[t]
    return found


def axis_scale(n_axes: int, voxel_height: float) -> Floats:
    """Return the length of a step along (Z,) Y and X, in sides of a pixel."""
    return np.array([voxel_height, 1.0, 1.0][-n_axes:])


def links_of_numbers(
    frames: Frames, voxel_height: float, parents: Mapping[int, int]
) -> Links:
    """Return the links of labels that are numbered by track already.

    Parameters
    ----------
    frames : Frames
        A nucleus has the same label in all frames.
    voxel_height : float
        Distance between slices divided by the side of a pixel.
    parents : mapping of int to int
        From the label of a daughter to that of her mother.

    Raises
    ------
    ValueError
        If a mother is there in or after the first frame of her daughter.
    """
    nuclei = [measure_frame(frame) for frame in frames.read_all()]
    scale = axis_scale(frames.n_axes, voxel_height)
    links = make_links(
        nuclei,
        [frame_nuclei.centroids * scale for frame_nuclei in nuclei],
        [frame_nuclei.diameters(voxel_height) for frame_nuclei in nuclei],
        [np.full(len(frame_nuclei), -1, np.int64) for frame_nuclei in nuclei[1:]],
    )
    last: dict[int, int] = {}
    first: dict[int, int] = {}
    for node, label in enumerate(links.nuclei.labels.tolist()):
        if label in last:
            links.join(last[label], node)
        else:
            first[label] = node
        last[label] = node
    for child, mother in parents.items():
        if child not in first or mother not in last:
            continue
        if links.frame[last[mother]] >= links.frame[first[child]]:
            raise ValueError(
                f"track {mother} is there in frame {links.frame[last[mother]]}, but "
                f"its daughter {child} begins in frame {links.frame[first[child]]}"
            )
        links.mother[first[child]] = last[mother]
    return links
