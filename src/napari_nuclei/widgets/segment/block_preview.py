"""A downsampled preview of the labels of a large image, filled block by block."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.axes import PlaneIndex, PlaneLayout
from napari_nuclei.widgets.layers.channel_axis import add_channel_axis
from napari_nuclei.widgets.layers.viewport import unwrap_layer

if TYPE_CHECKING:
    import napari.viewer

    from napari_nuclei.widgets.layers.image_source import ImageSource

REDRAW_INTERVAL = 0.5
"""Shortest time between two redraws, in seconds."""

MAX_PLANE_SIDE = 2048
"""Longest side of a plane of the preview, in pixels; larger ones are slow to draw."""

MAX_PREVIEW_PIXELS = 64_000_000
"""Largest number of pixels of the preview, which then takes 64 MB."""

HIGHEST_NUMBER = 255
"""Highest number in the preview. napari draws labels of 8 bits as they are, and
computes a colour for each pixel of others, for which the window waits."""


@dataclass(frozen=True, slots=True)
class PreviewBlock:
    """The downsampled labels of one block.

    Attributes
    ----------
    index : tuple of int and slice
        Position of the block in the labels of the preview.
    labels : ndarray of int32, shape (Y, X)
        Numbered from 1 within the block.
    """

    index: tuple[int | slice, ...]
    labels: NDArray[np.int32]


class BlockPreview:
    """Downsampled labels of a large image.

    Each block gets new numbers, so that neighbours differ in colour; after
    `HIGHEST_NUMBER` they start from 1 again. A nucleus on the border of two blocks has
    two numbers until the run has ended.

    Parameters
    ----------
    layout : PlaneLayout
        Layout of the image.

    Attributes
    ----------
    labels : ndarray of uint8
        With the axes of the image's labels.
    downsampling : int
        Pixels of the image along the side of one pixel of the preview.
    """

    def __init__(self, layout: PlaneLayout) -> None:
        sides = layout.plane_shape
        pixels = float(np.prod([float(size) for size in layout.label_shape]))
        shrinking = max(
            max(sides) / MAX_PLANE_SIDE, np.sqrt(pixels / MAX_PREVIEW_PIXELS), 1
        )
        self.downsampling = min(int(np.ceil(shrinking)), *sides)
        # Each pixel of the preview shows the central pixel of the square it covers.
        self._first = self.downsampling // 2
        rows, columns = (len(range(self._first, s, self.downsampling)) for s in sides)
        stack = layout.label_shape[:-2]
        self.labels: NDArray[np.uint8] = np.zeros((*stack, rows, columns), np.uint8)
        self._last = 0

    def downsample(
        self,
        plane_index: PlaneIndex,
        window: tuple[slice, slice],
        labels: NDArray[np.int32],
    ) -> PreviewBlock:
        """Return a block of labels at the resolution of the preview.

        Parameters
        ----------
        plane_index : tuple of int
        window : pair of slice
            Rows and columns of the block, in pixels of the image.
        labels : ndarray of int32, shape (Y, X)
            Labels of the block.
        """
        sampled: list[slice] = []
        target: list[slice] = []
        for side in window:
            skipped = (self._first - side.start) % self.downsampling
            sampled.append(slice(skipped, None, self.downsampling))
            first = (side.start + skipped - self._first) // self.downsampling
            count = len(range(skipped, side.stop - side.start, self.downsampling))
            target.append(slice(first, first + count))
        return PreviewBlock((*plane_index, *target), labels[tuple(sampled)].copy())

    def add_block(self, block: PreviewBlock) -> None:
        """Draw a block into `labels`, with numbers after those of the last block."""
        numbered = (block.labels + (self._last - 1)) % HIGHEST_NUMBER + 1
        self.labels[block.index] = np.where(block.labels > 0, numbered, 0)
        self._last = (self._last + int(block.labels.max(initial=0))) % HIGHEST_NUMBER


class BlockPreviewLayer:
    """Show a preview as a layer until `close` is called.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    preview : BlockPreview
    source : ImageSource
        Source of the run.
    name : str
    transform : dict
        Transform of the preview, as arguments of a layer.
    """

    def __init__(
        self,
        viewer: napari.viewer.Viewer,
        preview: BlockPreview,
        source: ImageSource,
        name: str,
        transform: dict[str, Any],
    ) -> None:
        self._viewer, self._preview = viewer, preview
        self._drawn, self._needs_redraw = 0.0, False
        active = viewer.layers.selection.active
        labels = add_channel_axis(source, preview.labels)
        self.layer = unwrap_layer(viewer.add_labels(labels, name=name, **transform))
        self.layer.editable = False
        viewer.layers.selection.active = active

    def add_block(self, block: PreviewBlock) -> None:
        """Add a block, to be shown at the next redraw."""
        self._preview.add_block(block)
        self._needs_redraw = True

    def redraw(self) -> None:
        """Redraw the layer if blocks were added, at most every half second."""
        now = time.monotonic()
        if self._needs_redraw and now - self._drawn > REDRAW_INTERVAL:
            self._needs_redraw, self._drawn = False, now
            self.layer.refresh(thumbnail=False, extent=False)

    def close(self) -> None:
        """Remove the layer."""
        if self.layer in self._viewer.layers:
            self._viewer.layers.remove(self.layer)
