"""What is done with one block of a large image: read, segmented, measured, kept."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.axes import PlaneIndex, PlaneLayout
from napari_nuclei.core.blocks import (
    Window,
    crop_plan,
    edges_of_plane,
    find_owned_nuclei,
)
from napari_nuclei.core.errors import format_error
from napari_nuclei.core.instances.label import border_pixels
from napari_nuclei.core.maps import (
    Floats,
    Labels,
    OutputMaps,
    full_foreground,
    resize,
)
from napari_nuclei.core.measure.nuclei import INTENSITY, Columns, measure_plane
from napari_nuclei.core.normalize import normalize
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import Corners, Network, Progress
from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.io.lazy_images import LazyImage
from napari_nuclei.scale.block import Block, BlockFailure, BlockResult, encode_block
from napari_nuclei.scale.image_statistics import ImageStatistics
from napari_nuclei.scale.recoverable import RECOVERABLE_ERRORS
from napari_nuclei.scale.tile_cache import TileCache

MAX_ATTEMPTS = 2
"""How often a block is tried before it is given up."""


@dataclass(frozen=True, slots=True)
class BlockTask:
    """All that is needed to segment any block, here or on another machine.

    Attributes
    ----------
    segmenter : Segmenter
    image : LazyImage
    layout : PlaneLayout
    statistics : ImageStatistics
    config : SegmentConfig
    margin : int
        Pixels around a block that are looked at too.
    folder : Path
        Where the blocks' files are kept.
    block_size : int
        Side of a block, in pixels.
    tile_cache : TileCache
        What the network said of tiles that reach into several blocks.
    """

    segmenter: Segmenter
    image: LazyImage
    layout: PlaneLayout
    statistics: ImageStatistics
    config: SegmentConfig
    margin: int
    folder: Path
    block_size: int
    tile_cache: TileCache = field(default_factory=TileCache)

    def result_path(self, block: Block) -> Path:
        """Return where the result of a block lies once it is done."""
        return self.folder / block.file_name

    def __call__(
        self, block: Block, progress: Progress | None = None
    ) -> BlockFailure | None:
        """Segment a block and keep its result; say why where it cannot be done."""
        for attempt in range(MAX_ATTEMPTS):
            try:
                result = self.segment(block, progress)
                write_atomic(self.result_path(block), encode_block(result))
            except RECOVERABLE_ERRORS as error:
                if attempt + 1 == MAX_ATTEMPTS:
                    return BlockFailure(block, format_error(error))
            else:
                break
        return None

    def segment(self, block: Block, progress: Progress | None = None) -> BlockResult:
        """Segment a block.

        Parameters
        ----------
        block : Block
        progress : callable, optional
            Is told (done, total) in tiles; raises to end the work.
        """
        height, width = self.layout.plane_shape
        plane = Window(0, height, 0, width)
        step = self.statistics.scale.denominator
        window = block.window.expanded(self.margin).intersection(plane).aligned(step)
        planes = self.predict_window(block.plane, window, progress)
        maps = OutputMaps(
            planes,
            window.shape,
            float(self.statistics.scale),
            self.segmenter.card.channels,
        )
        labels = self.segmenter.label(
            maps, replace(self.config, drop_border=False)
        ).labels
        seen = window.intersection(plane)  # the last rows and columns may be made up
        inside = seen.translated(-window.top, -window.left).index
        labels = np.ascontiguousarray(labels[inside])
        if self.config.drop_border:  # of the plane, not of this window
            outer = edges_of_plane(seen, (height, width))
            gone = [
                np.unique(e)
                for e, o in zip(border_pixels(labels), outer, strict=True)
                if o
            ]
            labels[np.isin(labels, np.concatenate([[0], *gone]))] = 0
        nuclei = find_owned_nuclei(labels, seen, block.window, (height, width))
        core = block.window.translated(-seen.top, -seen.left).index
        shown = np.zeros(len(nuclei.keys), bool)
        shown[labels[core].ravel()] = True
        wanted = (shown | nuclei.owned) & (nuclei.keys >= 0)
        labels = np.where(wanted, np.arange(len(wanted), dtype=np.int32), 0)[labels]
        score = full_foreground(maps)[inside]
        table = self.measure_nuclei(labels, block.plane, seen, score)
        return BlockResult(np.ascontiguousarray(labels[core]), nuclei, table)

    def plane_index(self, plane: int) -> PlaneIndex:
        """Return the place of a plane in the stack."""
        sizes = [self.layout.size(axis) for axis in self.layout.stack_axes]
        return tuple(int(n) for n in np.unravel_index(plane, sizes)) if sizes else ()

    def read_window(self, plane: int, window: Window) -> NDArray[Any]:
        """Read a window; beyond the plane's end its last pixels are repeated."""
        height, width = self.layout.plane_shape
        real = window.intersection(Window(0, height, 0, width))
        pixels = self.layout.read_plane(
            self.image.pixels, self.plane_index(plane), real.index
        )
        beyond = window.bottom - real.bottom, window.right - real.right
        if any(beyond):
            widths = [(0, beyond[0]), (0, beyond[1])]
            widths += [(0, 0)] * (pixels.ndim - 2)
            pixels = np.pad(pixels, widths, mode="edge")
        return pixels

    def predict_window(
        self, plane: int, window: Window, progress: Progress | None
    ) -> Floats:
        """Return the network's output on a window, as it is in the whole plane's.

        Parameters
        ----------
        plane : int
        window : Window
            Of the plane, on multiples of the scale's denominator.
        progress : callable, optional
        """
        up, down = self.statistics.scale.numerator, self.statistics.scale.denominator
        height, width = (-(-side // down) * down for side in self.layout.plane_shape)
        whole = Window(0, height, 0, width)
        tiles = self.segmenter.plan(whole.scaled(up, down).shape, self.config)
        small = window.scaled(up, down)
        tiles, region = crop_plan(tiles, small)
        # A pixel more around, which interpolation looks at.
        around = region.scaled(down, up).expanded(int(down != up)).aligned(down)
        around = around.intersection(whole)
        limits = self.statistics.limits[plane]
        values = normalize(self.read_window(plane, around), limits)
        origin = around.scaled(up, down)
        values = resize(values, origin.shape)
        values = values[region.translated(-origin.top, -origin.left).index]

        def run(network: Network, corners: Corners, part: Floats) -> Floats:
            places = [(row + region.top, left + region.left) for row, left in corners]
            uses = [self.count_uses(place, tiles.tile) for place in places]
            keys = [(plane, *place) for place in places]
            return self.tile_cache.run(network, part, keys, uses)

        planes = self.segmenter.predict_tiles(values, tiles, progress, runner=run)
        rows, columns = small.translated(-region.top, -region.left).index
        return np.ascontiguousarray(planes[:, rows, columns])

    def count_uses(self, corner: tuple[int, int], tile: int) -> int:
        """Return how many blocks a tile of the resized plane reaches into, or nearly.

        Where it is one too few or too many, an output is made again or kept too long.
        """
        count = 1
        for start, length in zip(corner, self.layout.plane_shape, strict=True):
            step, around = (
                float(self.statistics.scale) * pixels
                for pixels in (self.block_size, self.margin)
            )
            last = -(-length // self.block_size) - 1
            low = max(0, int((start - around) // step))
            count *= min(last, int((start + tile - 1 + around) // step)) - low + 1
        return count

    def measure_nuclei(
        self, labels: Labels, plane: int, window: Window, score: Floats
    ) -> Columns:
        """Measure the nuclei of a window in coordinates of the plane."""
        pixels = self.read_window(plane, window)
        if pixels.ndim == 3:
            pixels = pixels[..., :3].mean(axis=-1)
        table = measure_plane(labels, {INTENSITY: pixels}, score, solidity=False)
        table["centroid_y"] = table["centroid_y"] + window.top
        table["centroid_x"] = table["centroid_x"] + window.left
        outer = edges_of_plane(window, self.layout.plane_shape)
        border = [
            e
            for e, is_outer in zip(border_pixels(labels), outer, strict=True)
            if is_outer
        ]
        touching = np.concatenate([np.zeros(0, np.int32), *border])
        table["touches_border"] = np.isin(table["label"], touching)
        return table
