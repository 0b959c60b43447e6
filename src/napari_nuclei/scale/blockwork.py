"""What is done with one block of a large image: read, segmented, measured, kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.axes import Index, Layout
from napari_nuclei.core.blocks import (
    Window,
    crop_plan,
    edges_of_plane,
    find_owned,
)
from napari_nuclei.core.errors import FAILURES, told
from napari_nuclei.core.instances.label import edges
from napari_nuclei.core.maps import (
    Floats,
    Labels,
    Maps,
    full_foreground,
    resize,
)
from napari_nuclei.core.measure.nuclei import Table, plane_table
from napari_nuclei.core.normalize import normalize
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import Corners, Network
from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.io.lazy_images import LargeImage
from napari_nuclei.scale.block import Block, BlockResult, Failure, encode
from napari_nuclei.scale.image_statistics import Survey
from napari_nuclei.scale.shared_tiles import SharedTiles

ATTEMPTS = 2
"""How often a block is tried before it is given up."""


Check = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class BlockWork:
    """All that is needed to segment any block, here or on another machine.

    Attributes
    ----------
    segmenter : Segmenter
    image : LargeImage
    layout : Layout
    survey : Survey
    config : SegmentConfig
    margin : int
        Pixels around a block that are looked at too.
    folder : Path
        Where the blocks' files are kept.
    block : int
        Side of a block, in pixels.
    shared : SharedTiles
        What the network said of tiles that reach into several blocks.
    """

    segmenter: Segmenter
    image: LargeImage
    layout: Layout
    survey: Survey
    config: SegmentConfig
    margin: int
    folder: Path
    block: int
    shared: SharedTiles = field(default_factory=SharedTiles)

    def path_of(self, block: Block) -> Path:
        """Return where the result of a block lies once it is done."""
        return self.folder / block.file_name

    def __call__(self, block: Block, check: Check | None = None) -> Failure | None:
        """Segment a block and keep its result; say why where it cannot be done."""
        for attempt in range(ATTEMPTS):
            try:
                result = self.segment(block, check)
                write_atomic(self.path_of(block), encode(result))
            except FAILURES as error:
                if attempt + 1 == ATTEMPTS:
                    return Failure(block, told(error))
            else:
                break
        return None

    def segment(self, block: Block, check: Check | None = None) -> BlockResult:
        """Segment a block.

        Parameters
        ----------
        block : Block
        check : callable, optional
            Is told (done, total) in tiles; raises to end the work.
        """
        height, width = self.layout.plane_shape
        plane = Window(0, height, 0, width)
        step = self.survey.scale.denominator
        window = block.window.grown(self.margin).within(plane).aligned(step)
        planes = self.predict(block.plane, window, check)
        maps = Maps(planes, window.shape, float(self.survey.scale))
        labels = self.segmenter.label(maps, replace(self.config, drop_border=False))
        seen = window.within(plane)  # the last rows and columns may be made up
        inside = seen.moved(-window.top, -window.left).index
        labels = np.ascontiguousarray(labels[inside])
        if self.config.drop_border:  # of the plane, not of this window
            outer = edges_of_plane(seen, (height, width))
            gone = [
                np.unique(e) for e, o in zip(edges(labels), outer, strict=True) if o
            ]
            labels[np.isin(labels, np.concatenate([[0], *gone]))] = 0
        nuclei = find_owned(labels, seen, block.window, (height, width))
        core = block.window.moved(-seen.top, -seen.left).index
        shown = np.zeros(len(nuclei.keys), bool)
        shown[labels[core].ravel()] = True
        wanted = (shown | nuclei.owned) & (nuclei.keys >= 0)
        labels = np.where(wanted, np.arange(len(wanted), dtype=np.int32), 0)[labels]
        score = full_foreground(maps)[inside]
        table = self.measure(labels, block.plane, seen, score)
        return BlockResult(np.ascontiguousarray(labels[core]), nuclei, table)

    def place(self, plane: int) -> Index:
        """Return the place of a plane in the stack."""
        sizes = [self.layout.size(axis) for axis in self.layout.stack_axes]
        return tuple(int(n) for n in np.unravel_index(plane, sizes)) if sizes else ()

    def read(self, plane: int, window: Window) -> NDArray[Any]:
        """Read a window; beyond the plane's end its last pixels are repeated."""
        height, width = self.layout.plane_shape
        real = window.within(Window(0, height, 0, width))
        pixels = self.layout.read(self.image.pixels, self.place(plane), real.index)
        beyond = window.bottom - real.bottom, window.right - real.right
        if any(beyond):
            widths = [(0, beyond[0]), (0, beyond[1])]
            widths += [(0, 0)] * (pixels.ndim - 2)
            pixels = np.pad(pixels, widths, mode="edge")
        return pixels

    def predict(self, plane: int, window: Window, check: Check | None) -> Floats:
        """Return the network's output on a window, as it is in the whole plane's.

        Parameters
        ----------
        plane : int
        window : Window
            Of the plane, on multiples of the scale's denominator.
        check : callable, optional
        """
        up, down = self.survey.scale.numerator, self.survey.scale.denominator
        height, width = (-(-side // down) * down for side in self.layout.plane_shape)
        whole = Window(0, height, 0, width)
        tiles = self.segmenter.plan(whole.scaled(up, down).shape, self.config)
        small = window.scaled(up, down)
        tiles, region = crop_plan(tiles, small)
        # A pixel more around, which interpolation looks at.
        around = region.scaled(down, up).grown(int(down != up)).aligned(down)
        around = around.within(whole)
        limits = self.survey.limits[plane]
        values = normalize(self.read(plane, around), limits)
        origin = around.scaled(up, down)
        values = resize(values, origin.shape)
        values = values[region.moved(-origin.top, -origin.left).index]

        def run(network: Network, corners: Corners, part: Floats) -> Floats:
            places = [(row + region.top, left + region.left) for row, left in corners]
            uses = [self.uses(place, tiles.tile) for place in places]
            keys = [(plane, *place) for place in places]
            return self.shared.run(network, part, keys, uses)

        planes = self.segmenter.predict_plan(values, tiles, check, run=run)
        rows, columns = small.moved(-region.top, -region.left).index
        return np.ascontiguousarray(planes[:, rows, columns])

    def uses(self, corner: tuple[int, int], tile: int) -> int:
        """Return how many blocks a tile of the resized plane reaches into, or nearly.

        Where it is one too few or too many, an output is made again or kept too long.
        """
        count = 1
        for start, length in zip(corner, self.layout.plane_shape, strict=True):
            step, around = (
                float(self.survey.scale) * pixels
                for pixels in (self.block, self.margin)
            )
            last = -(-length // self.block) - 1
            low = max(0, int((start - around) // step))
            count *= min(last, int((start + tile - 1 + around) // step)) - low + 1
        return count

    def measure(
        self, labels: Labels, plane: int, window: Window, score: Floats
    ) -> Table:
        """Measure the nuclei of a window in coordinates of the plane."""
        pixels = self.read(plane, window)
        if pixels.ndim == 3:
            pixels = pixels[..., :3].mean(axis=-1)
        table = plane_table(labels, pixels, score, solidity=False)
        table["centroid_y"] = table["centroid_y"] + window.top
        table["centroid_x"] = table["centroid_x"] + window.left
        outer = edges_of_plane(window, self.layout.plane_shape)
        border = [
            e for e, is_outer in zip(edges(labels), outer, strict=True) if is_outer
        ]
        touching = np.concatenate([np.zeros(0, np.int32), *border])
        table["touches_border"] = np.isin(table["label"], touching)
        return table
