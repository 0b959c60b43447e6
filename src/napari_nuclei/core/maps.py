"""What the network says of a plane, and the labels that thresholds make of it."""

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
    """What the network says of a plane; thresholds turn it into labels.

    Attributes
    ----------
    channels : ndarray of float32, shape (channels, y, x)
        The network's output channels, each of the size of the resized plane.
    shape : tuple of int
        Height and width of the plane as it came, in pixels.
    scale : float
        The plane was resized by this for the network.
    names : tuple of str
        Names of the output channels, as the model card lists them.
    """

    channels: Floats
    shape: tuple[int, int]
    scale: float
    names: tuple[str, ...]

    def channel(self, name: str) -> Floats:
        """Return an output channel by its name, as a view of shape (y, x)."""
        return np.asarray(self.channels[channel_index(self.names, name)])

    @property
    def foreground(self) -> Floats:
        """Probability that a pixel lies in a nucleus, of shape (y, x)."""
        return self.channel(FOREGROUND)

    @property
    def distance(self) -> Floats | None:
        """Inner distance: 0 at a nucleus' edge, 1 where it is deepest; (y, x)."""
        return self.channel(DISTANCE) if DISTANCE in self.names else None

    @property
    def offsets(self) -> Floats | None:
        """Offsets to the centre as of `encode_offsets`, down and right; (2, y, x)."""
        if OFFSETS[0] not in self.names:
            return None
        return self.channels[channel_slice(self.names, OFFSETS)]

    def at_full_size(self) -> OutputMaps:
        """Return the maps at the size of the plane, which offsets grow with."""
        channels = np.stack([resize(plane, self.shape) for plane in self.channels])
        maps = OutputMaps(channels, self.shape, 1.0, self.names)
        if maps.offsets is not None:  # a view: offsets are lengths, in pixels
            maps.offsets[:] = ZERO_OFFSET + (maps.offsets - ZERO_OFFSET) / self.scale
        return maps


@dataclass(frozen=True, slots=True)
class FilteredLabels:
    """Labels of a plane, and how many nuclei a filter took out of it.

    Attributes
    ----------
    labels : ndarray of int32, shape (Y, X)
        0 is background; nuclei are numbered from 1 without gaps.
    dropped : DroppedCounts
    areas : ndarray of int, shape (n,)
        Of each nucleus, in pixels.
    """

    labels: Labels
    dropped: DroppedCounts
    areas: NDArray[np.intp]


def resize(plane: Floats, shape: tuple[int, int]) -> Floats:
    """Resize to a height and width of at least 1; shrinking averages."""
    height, width = (max(1, side) for side in shape)
    if plane.shape[:2] == (height, width):
        return plane
    if plane.ndim == 3 and not plane.strides[2]:  # grey: one channel seen as three
        grey = resize(plane[..., 0], shape)
        return np.broadcast_to(grey[..., np.newaxis], (*grey.shape, plane.shape[2]))
    shrinks = height < plane.shape[0]
    how = cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(plane, (width, height), interpolation=how), np.float32)


def full_foreground(maps: OutputMaps) -> Floats:
    """Return the probability of the foreground at the size of the plane."""
    return resize(maps.foreground, maps.shape)


def label_maps(
    maps: OutputMaps, card: ModelCard, config: SegmentConfig
) -> FilteredLabels:
    """Turn the network's output into labels, and count what was dropped.

    Thresholds that `config` leaves open are those of `card`.
    """
    # The outlines of a shrunk plane are drawn at its full size; those of an
    # enlarged one where its small nuclei are still apart.
    area = maps.scale**2
    if maps.scale < 1:
        maps = maps.at_full_size()
    noise = card.min_size / min(area, 1)
    min_size = noise if config.min_size is None else config.min_size * max(area, 1)
    every = find_unfiltered(maps, card, config)
    found = every.remove_small(min_size)
    small = debris = every.count - found.count
    if min_size > noise:
        debris = int((every.areas[1:] < noise).sum())
    if found.shape != maps.shape:
        size = maps.shape[1], maps.shape[0]
        shrunk = cv2.resize(
            found.to_labels(), size, interpolation=cv2.INTER_NEAREST_EXACT
        )
        found = SparseLabels.from_labels(np.asarray(shrunk, np.int32)).remove_small(1)
    min_score = card.min_score if config.min_score is None else config.min_score
    found, dropped = drop_nuclei(
        found,
        full_foreground(maps) if min_score else None,
        max_size=config.max_size,
        min_score=min_score or None,
        drop_border=config.drop_border,
    )
    dropped = replace(dropped, small=small - debris, debris=debris)
    return FilteredLabels(found.to_labels(), dropped, found.areas[1:])


def find_unfiltered(
    maps: OutputMaps, card: ModelCard, config: SegmentConfig
) -> SparseLabels:
    """Find nuclei of any size in maps, at the size of the maps."""
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
