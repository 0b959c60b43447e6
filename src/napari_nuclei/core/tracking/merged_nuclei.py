"""Split labels that cover several tracks, where touching nuclei were taken for one."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.spatial import ConvexHull, QhullError

from napari_nuclei.core.tracking.followed import History
from napari_nuclei.core.tracking.frame_nuclei import Floats, FrameNuclei, Ints

MIN_COVERED = 0.5
"""Smallest fraction of the expected area of a nucleus inside a label that covers it."""

TOTAL_AREA = (0.65, 1.5)
"""Smallest and largest area of a label over that of the nuclei that it covers."""

MAX_SOLIDITY = 0.98
"""A label of a larger solidity is one nucleus: touching nuclei have a waist."""

MAX_SOLIDITY_AT_BORDER = 0.99
"""The same at the border of the image, where half of a waist is out of view."""

MAX_LABEL = 1_000_000
"""Labels up to this one are found without renumbering them."""

TOLERANCE = 1e-9
"""Distance at which a pixel counts as on a hull."""

MIN_PART = 0.4
"""Smallest area of a part over that of its nucleus in the frame before."""


@dataclass(frozen=True, slots=True)
class SplitPixels:
    """Pixels of a frame that have another label after labels were split.

    Attributes
    ----------
    positions : ndarray of int64, shape (n,)
        Positions in the frame, flattened.
    labels : ndarray of int64, shape (n,)
        Their new labels, above all others of the frame.
    """

    positions: Ints
    labels: Ints

    def apply(self, frame: NDArray[np.integer]) -> NDArray[np.int64]:
        """Return a copy of a frame with the new labels."""
        changed: NDArray[np.int64] = frame.astype(np.int64)
        changed.flat[self.positions] = self.labels
        return changed

    def then(self, later: SplitPixels) -> SplitPixels:
        """Return what splits the labels of a frame, and then those of the result.

        Parameters
        ----------
        later : SplitPixels
            Of the frame that this one was applied to.
        """
        left = ~np.isin(self.positions, later.positions)
        return SplitPixels(
            np.concatenate([self.positions[left], later.positions]),
            np.concatenate([self.labels[left], later.labels]),
        )


def split_merged(
    before: NDArray[np.integer],
    after: NDArray[np.integer],
    earlier: FrameNuclei,
    later: FrameNuclei,
    moves: Floats,
    links: Ints,
    history: History,
    keep: Collection[int] = (),
) -> SplitPixels | None:
    """Split labels of a frame that cover two or more nuclei of the frame before.

    A label is split if a nucleus would end in it: one that has no link to this frame,
    but is expected inside the label. All nuclei that are expected inside get a part:
    the pixels that are nearest to their outlines, moved to where they are expected.

    Parameters
    ----------
    before, after : ndarray of int, shape (Y, X) or (Z, Y, X)
        Labels of the frames.
    earlier, later : FrameNuclei
        Nuclei of the frames.
    moves : ndarray of float64, shape (n, axes)
        Expected displacement of the nuclei of `earlier`, in pixels.
    links : ndarray of int64, shape (m,)
        Index in `earlier` of each nucleus of `later`, or -1.
    history : History
        Of the nuclei of `earlier`.
    keep : collection of int
        Labels that are not split.

    Returns
    -------
    SplitPixels or None
        None if no label is split.
    """
    ended = np.setdiff1d(np.flatnonzero(history.may_split), links)
    if not len(ended):
        return None
    outlines = ExpectedOutlines(before, earlier, moves)
    covered: dict[int, list[int]] = {}
    for nucleus in ended.tolist():
        label = covering_label(outlines[nucleus], after)
        if label and label not in keep:
            covered.setdefault(label, []).append(nucleus)
    positions, labels = [], []
    highest = int(later.labels.max(initial=0))
    for label, nuclei in covered.items():
        owner = int(links[np.searchsorted(later.labels, label)])
        if owner >= 0 and covering_label(outlines[owner], after) == label:
            nuclei = [owner, *nuclei]
        if len(nuclei) < 2:
            continue
        pixels = np.argwhere(after == label)
        at_border = later.touches_border[np.searchsorted(later.labels, label)]
        limit = MAX_SOLIDITY_AT_BORDER if at_border else MAX_SOLIDITY
        expected = [outlines[nucleus] for nucleus in nuclei]
        part = split_label(pixels, expected, earlier.areas[nuclei], limit)
        if part is not None:
            # All parts get new numbers, because none of them is the label as it was.
            positions.append(np.ravel_multi_index(tuple(pixels.T), after.shape))
            labels.append(highest + 1 + part)
            highest += len(nuclei)
    if not positions:
        return None
    return SplitPixels(np.concatenate(positions), np.concatenate(labels))


class ExpectedOutlines:
    """The pixels of nuclei, moved to where they are expected in the next frame.

    Parameters
    ----------
    frame : ndarray of int, shape (Y, X) or (Z, Y, X)
        Labels.
    nuclei : FrameNuclei
        Nuclei of the frame.
    moves : ndarray of float64, shape (n, axes)
        Expected displacement of each nucleus, in pixels.
    """

    def __init__(
        self, frame: NDArray[np.integer], nuclei: FrameNuclei, moves: Floats
    ) -> None:
        self._frame, self._nuclei = frame, nuclei
        self._steps = np.rint(moves).astype(np.int64)
        labels = nuclei.labels
        if labels.max(initial=0) <= MAX_LABEL:
            boxes = ndimage.find_objects(frame.astype(np.int32, copy=False))
            self._boxes = [boxes[label - 1] for label in labels]
        else:
            numbers = np.searchsorted(labels, frame) + 1
            numbers[frame == 0] = 0
            self._boxes = ndimage.find_objects(numbers)
        self._outlines: dict[int, Ints] = {}

    def __getitem__(self, nucleus: int) -> Ints:
        """Return the pixels of a nucleus, shape (pixels, axes)."""
        if nucleus not in self._outlines:
            box = self._boxes[nucleus]
            inside = self._frame[box] == self._nuclei.labels[nucleus]
            corner = np.array([side.start for side in box])
            pixels = np.argwhere(inside) + corner
            self._outlines[nucleus] = pixels + self._steps[nucleus]
        return self._outlines[nucleus]


def split_label(
    pixels: Ints, outlines: Sequence[Ints], areas: Floats, limit: float = MAX_SOLIDITY
) -> Ints | None:
    """Return the part of each pixel of a label, or None if it is one nucleus.

    Parameters
    ----------
    pixels : ndarray of int64, shape (n, axes)
        Pixels of the label.
    outlines : sequence of ndarray of int64, shape (pixels, axes)
        Where the nuclei that it covers are expected.
    areas : ndarray of float64
        Areas of these nuclei in the frame before.
    limit : float
        Largest solidity of a label that is split.

    Returns
    -------
    ndarray of int64, shape (n,), or None
        Index of the nucleus.
    """
    if not TOTAL_AREA[0] <= len(pixels) / float(areas.sum()) <= TOTAL_AREA[1]:
        return None
    if solidity(pixels) > limit:
        return None
    part = nearest_outlines(pixels, outlines)
    found = np.bincount(part, minlength=len(outlines))
    return None if (found < MIN_PART * areas).any() else part


def solidity(pixels: Ints) -> float:
    """Return the size of an outline over that of its convex hull.

    The size of the hull is the number of pixels in it, so that a digital disc has 1.

    Parameters
    ----------
    pixels : ndarray of int64, shape (n, axes)

    Examples
    --------
    >>> square = np.argwhere(np.ones((5, 5)))
    >>> corner = np.argwhere(np.add.outer(np.arange(5), np.arange(5)) != 8)
    >>> solidity(square), solidity(corner)
    (1.0, 1.0)
    """
    corner = pixels.min(axis=0)
    sizes = pixels.max(axis=0) - corner + 1
    thick = sizes > 1  # a label in a single slice is flat
    inside = (pixels - corner)[:, thick]
    try:
        hull = ConvexHull(inside)
    except (QhullError, ValueError):  # a line, or too few pixels
        return 1.0
    grid = np.indices(sizes[thick]).reshape(thick.sum(), -1)
    levels = hull.equations[:, :-1] @ grid + hull.equations[:, -1:]
    return len(pixels) / float((levels <= TOLERANCE).all(axis=0).sum())


def covering_label(pixels: Ints, frame: NDArray[np.integer]) -> int:
    """Return the label that covers most of an outline, or 0.

    Parameters
    ----------
    pixels : ndarray of int64, shape (pixels, axes)
        May reach out of the frame.
    frame : ndarray of int
        Labels.
    """
    inside = ((pixels >= 0) & (pixels < frame.shape)).all(axis=1)
    values = frame[tuple(pixels[inside].T)]
    values = values[values > 0]
    if len(values) <= MIN_COVERED * len(pixels):
        return 0
    names, counts = np.unique(values, return_counts=True)
    best = int(counts.argmax())
    return int(names[best]) if counts[best] > MIN_COVERED * len(pixels) else 0


def nearest_outlines(pixels: Ints, outlines: Sequence[Ints]) -> Ints:
    """Return which of several outlines each pixel of a label is nearest to.

    The outlines are first moved together, so that their common centroid is that of the
    label. Inside an outline the distance is negative, so that pixels in two outlines
    belong to the one in which they are deeper.

    Parameters
    ----------
    pixels : ndarray of int64, shape (n, axes)
        Pixels of the label.
    outlines : sequence of ndarray of int64, shape (pixels, axes)
        Pixels of the outlines.

    Returns
    -------
    ndarray of int64, shape (n,)
        Index of the outline.
    """
    common = pixels.mean(axis=0) - np.concatenate(outlines).mean(axis=0)
    step = np.rint(common).astype(np.int64)
    corner = np.min([pixels.min(axis=0), *(o.min(axis=0) + step for o in outlines)], 0)
    corner = corner - 1
    size = np.max([pixels.max(axis=0), *(o.max(axis=0) + step for o in outlines)], 0)
    size = size - corner + 2
    distances = []
    for outline in outlines:
        mask = np.zeros(size, bool)
        mask[tuple((outline + step - corner).T)] = True
        distance = ndimage.distance_transform_edt(~mask)
        distance -= ndimage.distance_transform_edt(mask)
        distances.append(distance[tuple((pixels - corner).T)])
    nearest: Ints = np.argmin(distances, axis=0)
    return nearest


def part_labels(split: SplitPixels | None) -> Ints:
    """Return the labels of the parts of split labels."""
    return np.zeros(0, np.int64) if split is None else np.unique(split.labels)
