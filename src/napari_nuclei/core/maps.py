"""Hold the network's output for a plane, and turn it into labels."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.config.outputs import (
    DISTANCE,
    FOREGROUND,
    OFFSETS,
    ZERO_OFFSET,
    channel_index,
    channel_slice,
)
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.confidence import ConfidenceCurve, limit_at_threshold
from napari_nuclei.core.instances.filters import DroppedCounts, drop_nuclei
from napari_nuclei.core.instances.label import (
    find_sparse_instances,
    watershed_instances,
)
from napari_nuclei.core.instances.sparse_labels import SparseLabels

Floats = NDArray[np.float32]
Labels = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class OutputMaps:
    """The network's output for a plane.

    Attributes
    ----------
    channels : ndarray of float32, shape (channels, y, x)
        Output channels from 0 to 1, at the size of the resized plane.
    shape : tuple of int
        Height and width of the plane before resizing, in pixels.
    scale : float
        Factor by which the plane was resized for the network.
    names : tuple of str
        Names of the channels, in order, from the model card.
    holds_noise : bool
        Whether the intensities of the plane look like pure noise.
    curve : ConfidenceCurve, optional
        Turns mean foreground probabilities into confidences.
    """

    channels: Floats
    shape: tuple[int, int]
    scale: float
    names: tuple[str, ...]
    holds_noise: bool = False
    curve: ConfidenceCurve | None = None

    def channel(self, name: str) -> Floats:
        """Return the view (y, x) of a channel.

        Raises
        ------
        KeyError
            If the network has no channel of this name.
        """
        return np.asarray(self.channels[channel_index(self.names, name)])

    @property
    def foreground(self) -> Floats:
        """Return the foreground probability, of shape (y, x)."""
        return self.channel(FOREGROUND)

    @property
    def distance(self) -> Floats | None:
        """Return the inner distance, of shape (y, x); None without this channel."""
        return self.channel(DISTANCE) if DISTANCE in self.names else None

    @property
    def offsets(self) -> Floats | None:
        """Return the encoded offsets down and right, (2, y, x); None without them."""
        if OFFSETS[0] not in self.names:
            return None
        return self.channels[channel_slice(self.names, OFFSETS)]

    def crop(self, name: str, rows: slice, columns: slice) -> Floats:
        """Return a channel in a window of the plane, at the resolution of the plane.

        Parameters
        ----------
        name : str
            Name of the channel.
        rows, columns : slice
            With start and stop, in pixels of the plane.

        Raises
        ------
        KeyError
            If the network has no channel of this name.
        """
        channel = self.channel(name)
        height, width = (
            side / full for side, full in zip(channel.shape, self.shape, strict=True)
        )
        # Pixel 0 of the plane reaches from -0.5 to 0.5, as of the channel.
        to_channel = np.array(
            [
                [width, 0, (columns.start + 0.5) * width - 0.5],
                [0, height, (rows.start + 0.5) * height - 0.5],
            ]
        )
        size = columns.stop - columns.start, rows.stop - rows.start
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        border = cv2.BORDER_REPLICATE
        values = cv2.warpAffine(
            channel, to_channel, size, flags=flags, borderMode=border
        )
        return np.asarray(values, np.float32)

    def at_full_size(self) -> OutputMaps:
        """Return the maps resized to the plane, with offsets in pixels of the plane."""
        channels = np.stack([resize(plane, self.shape) for plane in self.channels])
        maps = replace(self, channels=channels, scale=1.0)
        if maps.offsets is not None:  # a view: offsets are lengths, in pixels
            maps.offsets[:] = ZERO_OFFSET + (maps.offsets - ZERO_OFFSET) / self.scale
        return maps


@dataclass(frozen=True, slots=True)
class FilteredLabels:
    """The labels of a plane, and the counts of nuclei that were left out.

    Attributes
    ----------
    labels : ndarray of int32, shape (Y, X)
        0 is background; nuclei are numbered from 1 without gaps.
    dropped : DroppedCounts
        Counts of nuclei left out, by reason.
    areas : ndarray of int, shape (n,)
        Area of each nucleus, in pixels.
    confidence : ndarray of float64, shape (n,)
        Confidence of each nucleus, 0 to 1.
    """

    labels: Labels
    dropped: DroppedCounts
    areas: NDArray[np.intp]
    confidence: NDArray[np.float64]


def resize(plane: Floats, shape: tuple[int, int]) -> Floats:
    """Resize a plane (Y, X) or (Y, X, C) to a height and width, at least 1 each."""
    height, width = (max(1, side) for side in shape)
    if plane.shape[:2] == (height, width):
        return plane
    if plane.ndim == 3 and not plane.strides[2]:  # three views of one grey channel
        grey = resize(plane[..., 0], shape)
        return np.broadcast_to(grey[..., np.newaxis], (*grey.shape, plane.shape[2]))
    shrinks = height < plane.shape[0]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(plane, (width, height), interpolation=how), np.float32)


def full_foreground(maps: OutputMaps) -> Floats:
    """Return the foreground probability (Y, X) at the size of the plane."""
    return resize(maps.foreground, maps.shape)


def label_maps(
    maps: OutputMaps, card: ModelCard, config: SegmentConfig
) -> FilteredLabels:
    """Turn the network's output into filtered labels.

    Parameters
    ----------
    maps : OutputMaps
    card : ModelCard
        Its thresholds are used where those of `config` are None.
    config : SegmentConfig

    Returns
    -------
    FilteredLabels
    """
    # If the plane was shrunk for the network, the maps are enlarged before labelling,
    # for smooth outlines. If it was enlarged, the labels are shrunk after labelling,
    # so that small nuclei stay separate.
    area = maps.scale**2
    if maps.scale < 1:
        maps = maps.at_full_size()
    noise = card.min_size / min(area, 1)
    min_size = noise if config.min_size is None else config.min_size * max(area, 1)
    unfiltered = find_unfiltered(maps, card, config)
    nuclei = unfiltered.remove_small(min_size)
    small = debris = unfiltered.count - nuclei.count
    if min_size > noise:
        debris = int((unfiltered.areas[1:] < noise).sum())
    if nuclei.shape != maps.shape:
        size = maps.shape[1], maps.shape[0]
        shrunk = cv2.resize(
            nuclei.to_labels(), size, interpolation=cv2.INTER_NEAREST_EXACT
        )
        nuclei = SparseLabels.from_labels(np.asarray(shrunk, np.int32)).remove_small(1)
    nuclei, dropped, means = drop_nuclei(
        nuclei,
        full_foreground(maps),
        max_size=config.max_size,
        min_foreground=lowest_mean_foreground(maps, card, config) or None,
        drop_border=config.drop_border,
    )
    dropped = replace(dropped, small=small - debris, debris=debris)
    confidence = means if maps.curve is None else maps.curve.confidence(means)
    return FilteredLabels(nuclei.to_labels(), dropped, nuclei.areas[1:], confidence)


def lowest_mean_foreground(
    maps: OutputMaps, card: ModelCard, config: SegmentConfig
) -> float:
    """Return the lowest mean foreground probability of nuclei that are not left out.

    The limits of the model hold at its own threshold of the foreground probability, and
    move with that of `config`. A minimum confidence of `config` is kept as it is.
    """
    given = config.min_confidence
    lowest = card.min_confidence if given is None else given
    if maps.curve is not None:
        lowest = maps.curve.mean_foreground(lowest)
    if given is not None:
        return lowest
    if maps.holds_noise:
        lowest = max(lowest, card.noise_confidence or 0.0)
    probability = config.probability or card.probability
    return limit_at_threshold(lowest, probability, card.probability)


def find_unfiltered(
    maps: OutputMaps, card: ModelCard, config: SegmentConfig
) -> SparseLabels:
    """Find nuclei of any size, at the size of the maps."""
    probability = config.probability or card.probability
    splitting = config.splitting or card.splitting
    if maps.distance is None:
        labels = watershed_instances(
            maps.foreground, probability=probability, splitting=splitting, min_size=1
        )
        return SparseLabels.from_labels(labels)
    return find_sparse_instances(
        maps.foreground,
        maps.distance,
        maps.offsets,
        probability=probability,
        splitting=splitting,
    )
