"""A small picture of the labels of a large image, filled block by block; without Qt."""

from __future__ import annotations

import time
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
"""Seconds after which what has come is drawn, at the earliest."""


MAX_PLANE_SIDE = 2048
"""Longest side of a plane of the picture, so that napari draws it in a moment."""

MAX_PREVIEW_PIXELS = 64_000_000
"""Most pixels of the picture, so that it takes at most 256 MB."""


class BlockPreview:
    """Labels at a reduced resolution.

    Nuclei are numbered anew in each block, so that neighbours have different colours;
    those on a seam have two numbers until the run has ended.

    Parameters
    ----------
    layout : PlaneLayout
        Of the image.

    Attributes
    ----------
    labels : ndarray of int32
        With the axes of the image's labels.
    step : int
        Pixels of the image, a side, in one of the picture.
    needs_redraw : bool
        Whether a block has come since this was last set to False.
    """

    def __init__(self, layout: PlaneLayout) -> None:
        sides = layout.plane_shape
        pixels = float(np.prod([float(size) for size in layout.label_shape]))
        wanted = max(
            max(sides) / MAX_PLANE_SIDE, np.sqrt(pixels / MAX_PREVIEW_PIXELS), 1
        )
        self.step = min(int(np.ceil(wanted)), *sides)
        # The pixel in the middle of those that one of the picture stands for.
        self._first = self.step // 2
        rows, columns = (len(range(self._first, s, self.step)) for s in sides)
        stack = layout.label_shape[:-2]
        self.labels: NDArray[np.int32] = np.zeros((*stack, rows, columns), np.int32)
        self.needs_redraw = False
        self._highest = 0

    def draw_block(
        self, place: PlaneIndex, window: tuple[slice, slice], labels: NDArray[np.int32]
    ) -> None:
        """Draw a block, as `segment_large` shows it."""
        inside: list[slice] = []
        where: list[slice] = []
        for part in window:
            skipped = (self._first - part.start) % self.step
            inside.append(slice(skipped, None, self.step))
            first = (part.start + skipped - self._first) // self.step
            count = len(range(skipped, part.stop - part.start, self.step))
            where.append(slice(first, first + count))
        few = labels[tuple(inside)]
        numbered = np.where(few > 0, few + self._highest, 0)
        there: tuple[int | slice, ...] = (*place, *where)
        self.labels[there] = numbered
        self._highest += int(labels.max(initial=0))
        self.needs_redraw = True


class BlockPreviewLayer:
    """Shows a preview until it is closed.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    preview : BlockPreview
    source : ImageSource
        Of the run.
    name : str
    transform : dict
        Where the preview lies in the world, as arguments of a layer.
    """

    def __init__(
        self,
        viewer: napari.viewer.Viewer,
        preview: BlockPreview,
        source: ImageSource,
        name: str,
        transform: dict[str, Any],
    ) -> None:
        self._viewer, self._preview, self._drawn = viewer, preview, 0.0
        active = viewer.layers.selection.active
        labels = add_channel_axis(source, preview.labels)
        self.layer = unwrap_layer(viewer.add_labels(labels, name=name, **transform))
        self.layer.editable = False
        viewer.layers.selection.active = active

    def redraw(self) -> None:
        """Draw what has come, if anything has and the last time is not just over."""
        now = time.monotonic()
        if self._preview.needs_redraw and now - self._drawn > REDRAW_INTERVAL:
            self._preview.needs_redraw, self._drawn = False, now
            self.layer.refresh(thumbnail=False, extent=False)

    def close(self) -> None:
        """Take the layer away."""
        if self.layer in self._viewer.layers:
            self._viewer.layers.remove(self.layer)
