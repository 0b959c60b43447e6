"""The nuclei of one normalised plane: its scale, the network's output, its labels."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from napari_nuclei.config import SegmentConfig
from napari_nuclei.config.given_config import config_or_defaults
from napari_nuclei.core.axes import PlaneLayout
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.intensity.skipped_tiles import all_flat, skip_tiles
from napari_nuclei.core.linking.segmented_stack import config_of_slices
from napari_nuclei.core.maps import (
    FilteredLabels,
    Floats,
    OutputMaps,
    label_maps,
    resize,
)
from napari_nuclei.core.normalize import is_grey
from napari_nuclei.core.plane_regions import (
    ImageStatistics,
    PlaneRegion,
    PlaneTileRunner,
    WindowPlan,
    cut_to_window,
    plan_window,
    read_window,
    tile_runner,
)
from napari_nuclei.core.segmentation import PlaneResult
from napari_nuclei.core.tiling import (
    Network,
    Progress,
    TilePlan,
    TileRunner,
    choose_tile_size,
    plan_tiles,
    predict_tiled,
    run_every_tile,
)

DEFAULT_BATCH = 16
"""Tiles between reports of progress, unless the network states a number (`at_once`)."""

FLAT_TILE_DIAMETERS = 6
"""Smallest side of a flat tile that is skipped, in diameters that the model was trained
for."""


class PlaneSegmenter:
    """Find the nuclei of one plane with a network.

    Parameters
    ----------
    network : callable
        Takes float32 tiles (N, Y, X, C) with values from 0 to 1, returns (N, Y, X, D).
        It is called from several threads.
    card : ModelCard
        Describes the network's channels, and the nuclei that it was trained for.
    folder : Path, optional
        Folder of the model, if it was loaded from one.
    """

    def __init__(
        self, network: Network, card: ModelCard, folder: Path | None = None
    ) -> None:
        self.network = network
        self.card = card
        self.folder = folder

    def predict_plane(
        self,
        plane: Floats,
        *,
        scale: float = 1.0,
        config: SegmentConfig | None = None,
        progress: Progress | None = None,
    ) -> OutputMaps:
        """Run the network over a whole plane.

        Parameters
        ----------
        plane : ndarray of float32, shape (Y, X, 3)
            A normalised plane.
        scale : float
            Network scale: the plane is resized by this factor first.
        config : SegmentConfig, optional
            Its `tile` and `overlap` are used.
        progress : callable, optional
            Called with (done, total) in tiles.

        Returns
        -------
        OutputMaps
        """
        config = config_or_defaults(config, SegmentConfig)
        height, width = plane.shape[:2]
        resized = resize(plane, (round(height * scale), round(width * scale)))
        tiles = self.plan((resized.shape[0], resized.shape[1]), config)
        channels = self.predict_tiles(
            resized, tiles, progress, skip_flat=config.skip_flat
        )
        shape, curve = (height, width), self.card.curve(not is_grey(plane))
        return OutputMaps(channels, shape, scale, self.card.channels, curve=curve)

    def predict_window(
        self,
        values: Floats,
        plan: WindowPlan,
        *,
        runner: TileRunner = run_every_tile,
        progress: Progress | None = None,
        skip_flat: bool = True,
    ) -> OutputMaps:
        """Run the network over a window, with the same output as in the whole plane.

        Parameters
        ----------
        values : ndarray of float32, shape (Y, X, 3)
            The normalised pixels of ``plan.source``.
        plan : WindowPlan
        runner : callable, optional
            Runs the network on tiles, or returns outputs computed before.
        progress : callable, optional
            Called with (done, total) in tiles.
        skip_flat : bool
            Do not run the network on tiles without any structure.

        Returns
        -------
        OutputMaps
            Of ``plan.aligned``.
        """
        source, area = plan.resized(plan.source), plan.tile_area
        resized = resize(values, source.shape)
        resized = resized[area.translated(-source.top, -source.left).index]
        channels = self.predict_tiles(
            resized, plan.tiles, progress, runner=runner, skip_flat=skip_flat
        )
        window = plan.resized(plan.aligned).translated(-area.top, -area.left)
        channels = np.ascontiguousarray(channels[(slice(None), *window.index)])
        return OutputMaps(
            channels, plan.aligned.shape, float(plan.scale), self.card.channels
        )

    def plan(self, shape: tuple[int, int], config: SegmentConfig) -> TilePlan:
        """Plan the tiles of a resized plane, with a tile size that the network accepts.

        Parameters
        ----------
        shape : tuple of int
            Height and width of the resized plane, in pixels.
        config : SegmentConfig
            Its `tile` and `overlap` are used.
        """
        overlap = config.overlap
        if self.card.any_size:
            tile = choose_tile_size(
                shape,
                largest=config.tile,
                smallest=self.card.patch_size,
                overlap=overlap,
            )
        else:
            tile = self.card.patch_size
            overlap = min(overlap, tile // 2)
        return plan_tiles(shape, tile=tile, overlap=overlap)

    def predict_tiles(
        self,
        resized: Floats,
        plan: TilePlan,
        progress: Progress | None = None,
        *,
        runner: TileRunner = run_every_tile,
        skip_flat: bool = True,
    ) -> Floats:
        """Run the network over the tiles of a plan, and blend the outputs.

        Parameters
        ----------
        resized : ndarray of float32, shape (Y, X, 3)
            The resized plane, or the part of it that the tiles cover.
        plan : TilePlan
            The tiles, in coordinates of `resized`.
        progress : callable, optional
            Called with (done, total) in tiles.
        runner : callable, optional
            Runs the network on tiles, or returns outputs computed before.
        skip_flat : bool
            Do not run the network on tiles without any structure.

        Returns
        -------
        ndarray of float32, shape (channels, Y, X)
        """
        if self.card.inputs == 1:
            resized = resized.mean(axis=-1, keepdims=True, dtype=np.float32)
        # A smaller tile may lie in the middle of a nucleus.
        skip_flat = skip_flat and plan.tile >= FLAT_TILE_DIAMETERS * self.card.diameter
        if skip_flat and all_flat(resized, plan):
            return np.zeros((len(self.card.channels), *plan.shape), np.float32)
        at_once = getattr(self.network, "at_once", None)
        batch = at_once(plan.tile) if at_once else DEFAULT_BATCH
        output = predict_tiled(
            resized,
            skip_tiles(self.network, len(self.card.channels), flat=skip_flat),
            plan,
            batch=batch,
            progress=progress,
            runner=runner,
        )
        return np.moveaxis(output, -1, 0)

    def label(
        self, maps: OutputMaps, config: SegmentConfig | None = None
    ) -> FilteredLabels:
        """Turn the network's output into labels, and count what is left out.

        Parameters
        ----------
        maps : OutputMaps
        config : SegmentConfig, optional
            Thresholds and filters; the model card's are used where they are None.

        Returns
        -------
        FilteredLabels
            ``labels`` is an ndarray of int32, shape (Y, X).
        """
        config = config_or_defaults(config, SegmentConfig)
        return label_maps(maps, self.card, config_of_slices(config, self.card))

    def segment_window(
        self,
        image: Any,
        layout: PlaneLayout,
        region: PlaneRegion,
        statistics: ImageStatistics,
        run_tiles: PlaneTileRunner | None,
        progress: Progress | None,
        config: SegmentConfig,
    ) -> PlaneResult:
        """Segment a window of a plane; its nuclei are those of the whole plane.

        Parameters
        ----------
        image : array-like
        layout : PlaneLayout
        region : PlaneRegion
            With a window.
        statistics : ImageStatistics
        run_tiles : callable, optional
            Runs the network on tiles, such as from a cache.
        progress : callable, optional
            Called with (done, total) in tiles.
        config : SegmentConfig

        Returns
        -------
        PlaneResult
        """
        assert region.window
        index = layout.plane_index(region.plane)
        plan = plan_window(
            region.window,
            layout.plane_shape,
            statistics.scale,
            lambda shape: self.plan(shape, config),
        )
        preparation = statistics.preparations[region.plane]
        pixels, values = read_window(image, layout, index, plan.source, preparation)
        maps = self.predict_window(
            values,
            plan,
            runner=tile_runner(run_tiles, region.plane, plan.tile_area),
            progress=progress,
            skip_flat=config.skip_flat,
        )
        maps = replace(
            maps,
            holds_noise=preparation.holds_noise,
            curve=self.card.curve(preparation.colours),
        )
        config = config_of_slices(config, self.card)
        filtered = self.label(maps, replace(config, drop_border=False))
        filtered = cut_to_window(filtered, plan, layout.plane_shape, config.drop_border)
        source = plan.source
        pixels = pixels[plan.window.translated(-source.top, -source.left).index]
        return PlaneResult(
            index, plan.window, pixels, maps, filtered, maps_index=plan.inside
        )
