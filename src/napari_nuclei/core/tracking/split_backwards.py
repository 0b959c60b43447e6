"""Split labels before tracks begin, where nuclei were taken for one until then."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.tracking.followed import History
from napari_nuclei.core.tracking.frame_nuclei import FrameNuclei, Ints, measure_frame
from napari_nuclei.core.tracking.frames import Frames
from napari_nuclei.core.tracking.merged_nuclei import part_labels, split_merged
from napari_nuclei.core.tracking.motion import MotionModel
from napari_nuclei.core.tracking.step import Step


def split_backwards(
    frames: Frames,
    nuclei: list[FrameNuclei],
    steps: list[Step],
    links: list[Ints],
    keep: Collection[int] = (),
) -> Frames:
    """Follow nuclei back in time, and split labels that cover several of them.

    Nuclei that are taken for one when they come into view, in the first frames, or
    just after a division, have no earlier frames that tell them apart; later ones do.

    Parameters
    ----------
    frames : Frames
        With the labels that were split forwards in time.
    nuclei : list of FrameNuclei
        Of each frame; changed in place, as are the others.
    steps : list of Step
        From each frame to the next.
    links : list of ndarray of int64
        For each frame but the first: the index in the frame before of each nucleus, or
        -1.
    keep : collection of int
        Labels that are not split.

    Returns
    -------
    Frames
        The frames, with more labels split.
    """
    splits = dict(frames.splits)
    frames = replace(frames, splits=splits)
    motion = MotionModel(frames.n_axes)
    history = History.begin(len(nuclei[-1]))
    after: NDArray[np.integer] | None = None  # frame t + 1
    for t in range(len(frames) - 2, -1, -1):
        step, later = steps[t], nuclei[t + 1]
        positions = later.centroids * step.stretch
        moves = motion.predict(positions, -step.common) - positions
        frame: NDArray[np.integer] | None = None
        split = None
        if (history.may_split & (links[t] < 0)).any():
            after = frames.read(t + 1) if after is None else after
            frame = frames.read(t)
            split = split_merged(
                after,
                frame,
                later,
                nuclei[t],
                moves / step.stretch,
                invert(links[t], len(nuclei[t])),
                history,
                keep,
            )
        if split is not None and frame is not None and after is not None:
            splits[t] = splits[t].then(split) if t in splits else split
            frame = split.apply(frame)
            old, nuclei[t] = nuclei[t], measure_frame(frame)
            steps[t] = step.renumber(old, nuclei[t])
            links[t] = steps[t].link(frame, nuclei[t], after, later)
            if t:
                links[t - 1] = steps[t - 1].link(
                    frames.read(t - 1), nuclei[t - 1], frame, nuclei[t]
                )
        back = invert(links[t], len(nuclei[t]))
        parts = part_labels(splits.get(t))
        history = history.follow(back, np.isin(nuclei[t].labels, parts))
        motion.update(positions, nuclei[t].centroids * step.stretch, back)
        after = frame
    return frames


def invert(link: Ints, count: int) -> Ints:
    """Return the index in the later frame of each of `count` nuclei, or -1.

    Parameters
    ----------
    link : ndarray of int64, shape (m,)
        Index in the earlier frame of each nucleus of the later one, or -1.
    count : int
        Number of nuclei of the earlier frame.

    Examples
    --------
    >>> invert(np.array([2, -1, 0]), 4).tolist()
    [2, -1, 0, -1]
    """
    back = np.full(count, -1, np.int64)
    linked = np.flatnonzero(link >= 0)
    back[link[linked]] = linked
    return back
