"""One block of a large image: segment it, measure it, write its result to a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.axes import PlaneLayout
from napari_nuclei.core.blocks import Window, edges_of_plane, find_owned_nuclei
from napari_nuclei.core.errors import format_error
from napari_nuclei.core.instances.label import border_pixels
from napari_nuclei.core.linking.segmented_stack import joins_slices
from napari_nuclei.core.maps import Floats, Labels
from napari_nuclei.core.measure.columns import Columns, shift_origin
from napari_nuclei.core.measure.nuclei import INTENSITY, measure_plane
from napari_nuclei.core.plane_regions import ImageStatistics, PlaneRegion
from napari_nuclei.core.segmentation import PlaneResult
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import Corners, Network, Progress
from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.io.checks.checked_pixels import CheckedPixels
from napari_nuclei.io.checks.source_identity import SourceChangedError
from napari_nuclei.io.chunk_cache import ChunkCache
from napari_nuclei.io.lazy_images import LazyImage
from napari_nuclei.scale.block import Block, BlockFailure, BlockResult, encode_block
from napari_nuclei.scale.recoverable import RECOVERABLE_ERRORS
from napari_nuclei.scale.tile_cache import TileCache

MAX_ATTEMPTS = 2
"""Number of attempts after which a block has failed."""


class RunFolderRemovedError(RuntimeError):
    """Raised if the folder of the blocks' files was removed during a run."""


@dataclass(frozen=True, slots=True)
class BlockTask:
    """Everything needed to segment any block, here or on another machine.

    Attributes
    ----------
    segmenter : Segmenter
    image : LazyImage
    layout : PlaneLayout
    statistics : ImageStatistics
        Preparation of each plane, and network scale.
    config : SegmentConfig
    margin : int
        Pixels around a block that are segmented with it.
    folder : Path
        Folder of the blocks' files.
    block_size : int
        Side of a block, in pixels.
    measures : bool
        Measure the nuclei, for a table.
    tile_cache : TileCache
        Outputs of tiles that several blocks need.
    chunk_cache : ChunkCache
        Chunks of the image that several blocks need.
    """

    segmenter: Segmenter
    image: LazyImage
    layout: PlaneLayout
    statistics: ImageStatistics
    config: SegmentConfig
    margin: int
    folder: Path
    block_size: int
    measures: bool = True
    tile_cache: TileCache = field(default_factory=TileCache)
    chunk_cache: ChunkCache = field(default_factory=ChunkCache)

    def result_path(self, block: Block) -> Path:
        """Return the path of a block's file, which exists once the block is done."""
        return self.folder / block.file_name

    def __call__(
        self, block: Block, progress: Progress | None = None
    ) -> BlockFailure | None:
        """Segment a block and write its file; return the failure, or None.

        Raises
        ------
        RunFolderRemovedError, SourceChangedError
            If the run cannot go on.
        """
        for attempt in range(MAX_ATTEMPTS):
            try:
                result = self.segment(block, progress)
                self.image.check_unchanged(quick=True)
                path = self.result_path(block)
                write_atomic(path, encode_block(result), parents=False)
            except SourceChangedError:
                raise
            except RECOVERABLE_ERRORS as error:
                self.check_folder()
                if attempt + 1 == MAX_ATTEMPTS:
                    return BlockFailure(block, format_error(error))
            else:
                break
        return None

    def check_folder(self) -> None:
        """Raise RunFolderRemovedError if the folder of the blocks' files is gone."""
        if not self.folder.is_dir():
            raise RunFolderRemovedError(
                f"{self.folder}, the folder of the unfinished run, was removed. Run "
                "the same command again"
            )

    def segment(self, block: Block, progress: Progress | None = None) -> BlockResult:
        """Segment and measure a block.

        Parameters
        ----------
        block : Block
        progress : callable, optional
            Called with (done, total) in tiles; raise an error in it to cancel.

        Returns
        -------
        BlockResult
        """
        height, width = self.layout.plane_shape
        plane = Window(0, height, 0, width)
        window = block.window.expanded(self.margin).intersection(plane)
        (result,) = self.segmenter.planes(
            CheckedPixels(self.chunk_cache.open(self.image.pixels)),
            self.layout,
            regions=[PlaneRegion(block.plane, window)],
            statistics=self.statistics,
            run_tiles=self.run_tiles,
            progress=progress,
            config=self.config,
        )
        window, labels = result.window, result.filtered.labels
        nuclei = find_owned_nuclei(labels, window, block.window, plane.shape)
        core = block.window.translated(-window.top, -window.left).index
        is_shown = np.zeros(len(nuclei.keys), bool)
        is_shown[labels[core].ravel()] = True
        is_listed = (is_shown | nuclei.owned) & (nuclei.keys >= 0)
        numbers = np.where(is_listed, np.arange(len(is_listed), dtype=np.int32), 0)
        listed_labels = numbers[labels]
        table: Columns = {"label": np.flatnonzero(is_listed)}
        if self.measures:
            table = self.measure_nuclei(result, listed_labels)
        core_labels = np.ascontiguousarray(listed_labels[core])
        foreground = None
        if joins_slices(self.config):
            inside = np.where(core_labels > 0, result.foreground[core], 0)
            foreground = np.rint(255 * inside).astype(np.uint8)
        return BlockResult(core_labels, nuclei, table, foreground)

    def run_tiles(
        self, network: Network, plane: int, corners: Corners, tiles: Floats
    ) -> Floats:
        """Run the network on tiles of a plane that no other block has computed.

        Parameters
        ----------
        network : callable
        plane : int
            Number of the plane.
        corners : tuple of (int, int)
            First row and column of each tile, in the resized plane.
        tiles : ndarray of float32, shape (N, Y, X, C)

        Returns
        -------
        ndarray of float32, shape (N, Y, X, D)
        """
        uses = [self.count_uses(corner, tiles.shape[1]) for corner in corners]
        keys = [(plane, *corner) for corner in corners]
        return self.tile_cache.run(network, tiles, keys, uses)

    def count_uses(self, corner: tuple[int, int], tile: int) -> int:
        """Return how many blocks need a tile.

        The count is an estimate. If it is too low, an output is computed again; if it
        is too high, an output stays in the cache for too long.

        Parameters
        ----------
        corner : tuple of int
            First row and column of the tile, in the resized plane.
        tile : int
            Side of the tile, in pixels.
        """
        count = 1
        scale = float(self.statistics.scale)
        step, around = scale * self.block_size, scale * self.margin
        for start, length in zip(corner, self.layout.plane_shape, strict=True):
            last = -(-length // self.block_size) - 1
            low = max(0, int((start - around) // step))
            count *= min(last, int((start + tile - 1 + around) // step)) - low + 1
        return count

    def measure_nuclei(self, result: PlaneResult, labels: Labels) -> Columns:
        """Measure the nuclei of a window in coordinates of the plane.

        Parameters
        ----------
        result : PlaneResult
            The window.
        labels : ndarray of int32, shape (Y, X)
            The nuclei of the window that are measured.

        Returns
        -------
        dict of str to ndarray
        """
        window = result.window
        table = measure_plane(
            labels,
            {INTENSITY: result.pixels},
            result.foreground,
            result.maps.curve,
        )
        table = shift_origin(table, (window.top, window.left))
        borders = zip(
            border_pixels(labels),
            edges_of_plane(window, self.layout.plane_shape),
            strict=True,
        )
        touching = [border for border, is_plane_edge in borders if is_plane_edge]
        table["touches_border"] = np.isin(
            table["label"], np.concatenate([np.zeros(0, np.int32), *touching])
        )
        return table
