"""Lines on the canvas: what is being drawn, and a ring around the selected nucleus."""

from __future__ import annotations

import itertools
import math
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.widgets.layers.transform import layer_transform
from napari_nuclei.widgets.layers.viewport import screen_pixels, unwrap_layer

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

    from napari_nuclei.widgets.correct.shown_part import Pixel, ShownPart

NAME = "correction marks"
COLOUR = "yellow"
LINE_WIDTH = 2.0
"""Width of the lines, in screen pixels."""

RING_SEGMENTS = 32
RING_MARGIN = 1.35
"""Diameter of a ring, in longest sides of the nucleus's box."""

CROSS_SIZE = 6.0
"""Half the size of the cross at a click, in screen pixels."""

Lines = list[tuple["Pixel", "Pixel"]]
"""Start and end of each line."""


class Marks:
    """Lines over a labels layer, in a layer that is not selected.

    Parameters
    ----------
    viewer : napari.viewer.Viewer

    Attributes
    ----------
    layer : napari.layers.Vectors, optional
        Exists after the first mark.
    adding : bool
        Whether the layer is being added, which changes napari's active layer.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self._viewer = viewer
        self.layer: napari.layers.Vectors | None = None
        self.adding = False
        self._labels: napari.layers.Labels | None = None
        self._stroke: Lines = []
        self._ring: Lines = []

    def show_path(
        self,
        labels: napari.layers.Labels,
        part: ShownPart,
        path: Sequence[Pixel],
        closed: bool = False,
    ) -> None:
        """Draw a path, or a closed outline."""
        corners = [*path, path[0]] if closed else path
        self._stroke = list(itertools.pairwise(corners))
        self._draw(labels, part)

    def show_cross(
        self, labels: napari.layers.Labels, part: ShownPart, pixel: Pixel
    ) -> None:
        """Mark a pixel."""
        row, column = pixel
        half = CROSS_SIZE / self._pixel_on_screen(labels, part)
        self._stroke = [
            ((row - half, column), (row + half, column)),
            ((row, column - half), (row, column + half)),
        ]
        self._draw(labels, part)

    def show_ring(
        self,
        labels: napari.layers.Labels,
        part: ShownPart,
        centre: Pixel,
        size: float,
    ) -> None:
        """Draw a ring around a nucleus with the longest side `size`, in pixels."""
        radius = max(size * RING_MARGIN, 2) / 2
        angles = [math.tau * n / RING_SEGMENTS for n in range(RING_SEGMENTS + 1)]
        ring = [
            (centre[0] + radius * math.sin(a), centre[1] + radius * math.cos(a))
            for a in angles
        ]
        self._ring = list(itertools.pairwise(ring))
        self._draw(labels, part)

    def clear_stroke(self) -> None:
        """Remove what was drawn, but not the ring."""
        if self._stroke:
            self._stroke = []
            self._redraw()

    def clear_ring(self) -> None:
        """Remove the ring."""
        if self._ring:
            self._ring = []
            self._redraw()

    def remove(self) -> None:
        """Remove all marks and their layer."""
        self._stroke, self._ring = [], []
        layer, self.layer, self._labels = self.layer, None, None
        if layer is not None:
            with suppress(ValueError):  # the user removed it
                self._viewer.layers.remove(layer)

    def _draw(self, labels: napari.layers.Labels, part: ShownPart) -> None:
        if self._labels is not labels or self.layer not in self._viewer.layers:
            stroke, ring = self._stroke, self._ring
            self.remove()
            self._stroke, self._ring = stroke, ring
            self._add(labels)
        self._part = part
        self._redraw()

    def _redraw(self) -> None:
        if self.layer is None or self._labels is None:
            return
        lines = [*self._ring, *self._stroke]
        # napari's 3-D view cannot draw vectors of a 2-D layer without any line.
        self.layer.visible = bool(lines)
        data = np.zeros((0, 2, self._labels.ndim))
        if lines:
            data = vectors(self._part, lines)
            width = LINE_WIDTH / self._pixel_on_screen(self._labels, self._part)
            if not math.isclose(self.layer.edge_width, width, rel_tol=0.2):
                self.layer.edge_width = width
        self.layer.data = data

    def _pixel_on_screen(self, labels: napari.layers.Labels, part: ShownPart) -> float:
        rows, columns = part.axes[-2:]
        return max(screen_pixels(self._viewer, labels, (rows, columns)), 1e-9)

    def _add(self, labels: napari.layers.Labels) -> None:
        viewer = self._viewer
        active = viewer.layers.selection.active
        self.adding = True
        try:
            layer = viewer.add_vectors(
                ndim=labels.ndim,
                name=NAME,
                edge_color=COLOUR,
                vector_style="line",
                **layer_transform(labels),
            )
            viewer.layers.selection.active = active
        finally:
            self.adding = False
        self.layer, self._labels = unwrap_layer(layer), labels


def vectors(part: ShownPart, lines: Lines) -> NDArray[np.float64]:
    """Return lines as napari's vectors: start and direction, (n, 2, axes)."""
    starts = part.points_to_layer([start for start, _ in lines])
    ends = part.points_to_layer([end for _, end in lines])
    return np.stack([starts, ends - starts], axis=1)
