"""The nuclei of one normalised plane: the network over its tiles, then labels."""

from __future__ import annotations

import numpy as np

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.maps import (
    FilteredLabels,
    Floats,
    OutputMaps,
    label_maps,
    resize,
)
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
"""Tiles that are cropped together, unless the network says how many it likes best;
progress is told after each."""


class PlaneSegmenter:
    """Finds the nuclei of one plane with a network.

    Parameters
    ----------
    network : callable
        Takes float32 tiles (N, Y, X, C) with values from 0 to 1, gives (N, Y, X, D).
    card : ModelCard
        What the network takes, gives and was trained for.
    """

    def __init__(self, network: Network, card: ModelCard) -> None:
        self.network = network
        self.card = card

    def predict(
        self,
        plane: Floats,
        *,
        scale: float = 1.0,
        config: SegmentConfig | None = None,
        progress: Progress | None = None,
    ) -> OutputMaps:
        """Run the network over a plane.

        Parameters
        ----------
        plane : ndarray of float32, shape (Y, X, 3)
            A normalised plane.
        scale : float
            The plane is resized by this first.
        config : SegmentConfig, optional
            Its `tile` and `overlap` are used.
        progress : callable, optional
            Is told (done, total) in tiles.
        """
        config = config or SegmentConfig()
        height, width = plane.shape[:2]
        resized = resize(plane, (round(height * scale), round(width * scale)))
        plan = self.plan((resized.shape[0], resized.shape[1]), config)
        channels = self.predict_tiles(resized, plan, progress)
        return OutputMaps(channels, (height, width), scale, self.card.channels)

    def plan(self, shape: tuple[int, int], config: SegmentConfig) -> TilePlan:
        """Plan the tiles of a resized plane, of a size that the network takes."""
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
    ) -> Floats:
        """Run the network over the tiles of a plan.

        Parameters
        ----------
        resized : ndarray of float32, shape (Y, X, 3)
            What the plan was made for: a plane or a region of one, at the model's
            scale.
        plan : TilePlan
        progress : callable, optional
            Is told (done, total) in tiles.
        runner : callable, optional
            Runs the network on tiles, or knows what it would give.

        Returns
        -------
        ndarray of float32, shape (channels, Y, X)
        """
        if self.card.inputs == 1:
            resized = resized.mean(axis=-1, keepdims=True, dtype=np.float32)
        at_once = getattr(self.network, "at_once", None)
        batch = at_once(plan.tile) if at_once else DEFAULT_BATCH
        output = predict_tiled(
            resized,
            self.run_non_empty,
            plan,
            batch=batch,
            progress=progress,
            runner=runner,
        )
        return np.moveaxis(output, -1, 0)

    def run_non_empty(self, tiles: Floats) -> Floats:
        """Run the network on the tiles that hold anything; the others give zeros.

        Tiles of zeros are what pads a mosaic or a slide, and what a network makes of
        nothing is chance.
        """
        # The middle row tells of most tiles; the others are looked at whole.
        non_empty = np.array([t[len(t) // 2].any() or t.any() for t in tiles])
        if non_empty.all():
            return self.network(tiles)
        shape = (*tiles.shape[:3], len(self.card.channels))
        outputs = np.zeros(shape, np.float32)
        if non_empty.any():
            outputs[non_empty] = self.network(tiles[non_empty])
        return outputs

    def label(
        self, maps: OutputMaps, config: SegmentConfig | None = None
    ) -> FilteredLabels:
        """Turn the network's output into labels, and count what is left out.

        Labelling takes a fraction of the network's time, so thresholds can be tried
        interactively.

        Parameters
        ----------
        maps : OutputMaps
            Output of `predict`.
        config : SegmentConfig, optional
            Its thresholds and filters are used; those it leaves open are the card's.

        Returns
        -------
        FilteredLabels
            ``labels`` is an ndarray of int32, shape (Y, X).
        """
        return label_maps(maps, self.card, config or SegmentConfig())
