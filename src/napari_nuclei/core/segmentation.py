"""What segmenting gives: the nuclei of a plane, and those of a whole image."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from napari_nuclei.core.axes import PlaneIndex
from napari_nuclei.core.instances.filters import DroppedCounts
from napari_nuclei.core.maps import FilteredLabels, Floats, Labels, OutputMaps

NOTHING_DROPPED = DroppedCounts()


@dataclass(frozen=True, slots=True)
class PlaneResult:
    """What was found in one plane of an image.

    Attributes
    ----------
    plane_index : tuple of int
        Of the plane along the axes of the stack.
    pixels : ndarray of shape (Y, X) or (Y, X, S)
        The plane as it was read.
    maps : OutputMaps
    filtered : FilteredLabels
    """

    plane_index: PlaneIndex
    pixels: NDArray[Any]
    maps: OutputMaps
    filtered: FilteredLabels


@dataclass(frozen=True, slots=True)
class Segmentation:
    """The nuclei of an image.

    Attributes
    ----------
    labels : ndarray of int32
        The shape of the image without channels; 0 is background, nuclei are numbered
        from 1 in each plane.
    foreground : ndarray of float32
        Probability that a pixel lies in a nucleus, of the shape of `labels`.
    count : int
        Number of nuclei in all planes.
    diameter : float
        Median diameter of the nuclei, in pixels; NaN where there are none.
    scale : float
        The image was resized by this for the network.
    seconds : float
        Time it took.
    dropped : DroppedCounts
        Nuclei that were found and filtered out, in all planes.
    """

    labels: Labels
    foreground: Floats
    count: int
    diameter: float
    scale: float
    seconds: float
    dropped: DroppedCounts = NOTHING_DROPPED
