"""Results of segmentation: the nuclei of a plane, and of a whole image."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.axes import PlaneIndex
from napari_nuclei.core.blocks import Window
from napari_nuclei.core.confidence import ConfidenceCurve
from napari_nuclei.core.instances.filters import DroppedCounts
from napari_nuclei.core.maps import (
    FilteredLabels,
    Floats,
    Labels,
    OutputMaps,
    full_foreground,
)
from napari_nuclei.core.measure.counts import describe_count, stack_phrase
from napari_nuclei.core.notebook.html_picture import html_picture
from napari_nuclei.core.quality.quality import Quality
from napari_nuclei.core.tracking.tracking import Tracking

NOTHING_DROPPED = DroppedCounts()


@dataclass(frozen=True, slots=True)
class PlaneResult:
    """The nuclei of one plane of an image, or of a window of a plane.

    Attributes
    ----------
    plane_index : tuple of int
        Index of the plane along the axes of the stack.
    window : Window
        The pixels of the plane that were segmented: the whole plane, or the requested
        window.
    pixels : ndarray of shape (Y, X) or (Y, X, S)
        The pixels of `window` as they were read.
    maps : OutputMaps
        Output of the network. The maps of a window may reach beyond the plane's end.
    filtered : FilteredLabels
        The nuclei of `window`, numbered from 1 in this plane.
    label_offset : int
        Number that `labels` adds to the plane's own numbers, so that numbers are
        unique over the stack.
    maps_index : tuple of slice
        Index of `window` in an array of the shape of ``maps.shape``.
    notes : tuple of str
        Sentences about an unusual plane: how it was corrected, and what is uncertain.
    channel : int, optional
        The colour channel of an RGB plane that was segmented; None for all of them.
    """

    plane_index: PlaneIndex
    window: Window
    pixels: NDArray[Any]
    maps: OutputMaps
    filtered: FilteredLabels
    label_offset: int = 0
    maps_index: tuple[slice, slice] = (slice(None), slice(None))
    notes: tuple[str, ...] = ()
    channel: int | None = None

    @property
    def segmented_pixels(self) -> NDArray[Any]:
        """The pixels of `window`, of the colour channel that was segmented."""
        if self.channel is None or self.pixels.ndim == 2:
            return self.pixels
        return self.pixels[..., self.channel]

    @property
    def labels(self) -> Labels:
        """Labels of the window, int32, shape (Y, X), with `label_offset` added."""
        return offset_labels(self.filtered.labels, self.label_offset)

    @property
    def count_range(self) -> tuple[int, int] | None:
        """Smallest and largest number of nuclei that there probably are.

        The range holds if nuclei are selected by the model's own settings. It is None
        if the model is not calibrated for this kind of image.
        """
        curve = self.maps.curve
        return None if curve is None else curve.count_range(self.filtered.confidence)

    @property
    def foreground(self) -> Floats:
        """Foreground probability of the window, float32, shape (Y, X)."""
        return full_foreground(self.maps)[self.maps_index]


@dataclass(frozen=True, slots=True, repr=False)
class Segmentation:
    """The nuclei of an image.

    Attributes
    ----------
    labels : ndarray of int32
        The shape of the image without channels; 0 is background. Nuclei are numbered
        from 1 over the whole stack, plane after plane; with the setting
        ``numbering="plane"`` they are numbered from 1 in each plane. With ``join="z"``
        a nucleus has one number in all its slices.
    foreground : ndarray of float32
        Foreground probability, 0 to 1, of the shape of `labels`.
    count : int
        Number of labels in all planes. In a stack a nucleus has one in every frame
        that shows it, and in every slice too unless slices were joined. Of a movie
        that was tracked, the number of tracks.
    diameter : float
        Median diameter of the nuclei, in pixels; NaN if there are none. That of joined
        nuclei is measured in the slice in which they are widest.
    scale : float
        Network scale: the image was resized by this factor.
    seconds : float
        Time the segmentation took.
    dropped : DroppedCounts
        Nuclei that were found and filtered out, in all planes.
    notes : tuple of str
        Sentences about unusual planes: how they were corrected, what is uncertain.
    axes : str
        One letter per axis of `labels`.
    curve : ConfidenceCurve, optional
        Turns the mean foreground probability of a nucleus into its confidence; that of
        the first plane.
    count_range : tuple of int, optional
        Smallest and largest number of nuclei that there probably are, for a single
        plane that is segmented with the model's own thresholds and sizes.
    joined : bool
        Whether the slices of a z stack were joined.
    tracking : Tracking, optional
        The tracks, if nuclei were followed over time; `labels` are numbered by track.
    quality : Quality, optional
        Focus, contrast and more in numbers.
    """

    labels: Labels
    foreground: Floats
    count: int
    diameter: float
    scale: float
    seconds: float
    dropped: DroppedCounts = NOTHING_DROPPED
    notes: tuple[str, ...] = ()
    axes: str = ""
    curve: ConfidenceCurve | None = None
    count_range: tuple[int, int] | None = None
    joined: bool = False
    tracking: Tracking | None = None
    quality: Quality | None = None

    @property
    def flags(self) -> tuple[str, ...]:
        """What to look at before using the nuclei, such as "out of focus"."""
        return () if self.quality is None else self.quality.flags

    @property
    def stack(self) -> str:
        """In which planes outlines were counted; empty for a single plane."""
        if not self.axes:
            return ""
        tracked = self.tracking is not None
        return stack_phrase(
            self.axes, self.labels.shape, joined=self.joined, tracked=tracked
        )

    def __repr__(self) -> str:
        """Return a summary in place of the arrays."""
        shape = " x ".join(str(size) for size in self.labels.shape)
        return (
            f"<Segmentation of {shape} pixels: "
            f"{describe_count(self.count, self.stack, self.count_range)}, "
            "median diameter "
            f"{self.diameter:.3g} px, {self.seconds:.2f} s>"
        )

    def _repr_html_(self) -> str:
        """Return a small picture of the nuclei, and their number, for a notebook."""
        return html_picture(self.labels, repr(self).strip("<>"), self.notes)


def label_offsets(counts: Iterable[int], numbering: str) -> list[int]:
    """Return the number that each plane of a stack adds to its own labels.

    Parameters
    ----------
    counts : iterable of int
        Number of nuclei in each plane, in the order of the planes.
    numbering : str
        As in `SegmentConfig`: "stack" numbers nuclei over the whole stack, "plane"
        from 1 in each plane.

    Examples
    --------
    >>> label_offsets([5, 0, 3], "stack"), label_offsets([5, 0, 3], "plane")
    ([0, 5, 5], [0, 0, 0])
    """
    counts = list(counts)
    if numbering == "plane":
        return [0] * len(counts)
    return list(accumulate(counts[:-1], initial=0)) if counts else []


def offset_labels(labels: Labels, offset: int) -> Labels:
    """Add a number to all labels; the background stays 0.

    Parameters
    ----------
    labels : ndarray of int32
    offset : int

    Returns
    -------
    ndarray of int32
        `labels` itself if the offset is 0.

    Examples
    --------
    >>> offset_labels(np.array([[0, 1], [2, 0]], np.int32), 10).tolist()
    [[0, 11], [12, 0]]
    """
    if not offset:
        return labels
    return np.where(labels > 0, labels + np.int32(offset), np.int32(0))
