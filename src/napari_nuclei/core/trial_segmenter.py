"""Segment planes one by one, with a scale and a preparation chosen by trials."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from copy import copy
from dataclasses import replace
from functools import cache, partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.config.given_config import config_or_defaults
from napari_nuclei.core.axes import PlaneIndex, PlaneLayout
from napari_nuclei.core.blocks import Window
from napari_nuclei.core.diameter import PlaneDiameter, network_scale
from napari_nuclei.core.instances.smaller_nuclei import describe_smaller_nuclei
from napari_nuclei.core.intensity.preparation import Preparation, choose_preparation
from napari_nuclei.core.intensity.prepared_plane import PreparedPlane
from napari_nuclei.core.intensity.skipped_tiles import RememberingNetwork
from napari_nuclei.core.maps import Floats, Labels, find_unfiltered
from napari_nuclei.core.normalize import check_image, is_grey
from napari_nuclei.core.plane_regions import (
    ImageStatistics,
    PlaneRegion,
    PlaneTileRunner,
    report_all_regions,
    spread_evenly,
)
from napari_nuclei.core.plane_segmenter import PlaneSegmenter
from napari_nuclei.core.scale_trials import (
    SegmentAtScale,
    estimate_plane_diameter,
    try_scale,
)
from napari_nuclei.core.segmentation import PlaneResult
from napari_nuclei.core.tiling import Progress

VOTING_PLANES = 3
"""Number of planes with confident nuclei after which the diameter is certain."""

PREPARATION_SCALES = (1.0, 0.5)
"""Scales at which preparations are compared."""


class TrialSegmenter(PlaneSegmenter):
    """Segment planes with the scale and the preparation that trials on them choose."""

    def choose_scale(
        self, planes: Iterable[Floats], config: SegmentConfig, pixel_size: float | None
    ) -> float:
        """Return the network scale: the factor by which planes are resized.

        Parameters
        ----------
        planes : iterable of ndarray of float32, shape (Y, X, 3)
            Prepared planes, in which the diameter is measured if it is "auto". They
            are read one by one, until the diameter is certain.
        config : SegmentConfig
        pixel_size : float, optional
            Side of a pixel, in µm.

        Returns
        -------
        float
            1 leaves the image as it is; 0.5 halves its sides.
        """
        diameter = config.diameter_in_pixels(pixel_size)
        if diameter == "native":
            return 1.0
        if diameter != "auto":
            return network_scale(float(diameter) / self.card.diameter)
        ratio = self.estimate_diameter(planes, config) / self.card.diameter
        return network_scale(ratio) if np.isfinite(ratio) else 1.0

    def estimate_diameter(
        self, planes: Iterable[Floats], config: SegmentConfig
    ) -> float:
        """Return the typical diameter of the nuclei in prepared planes.

        Planes without confident nuclei count only if no plane has any.

        Parameters
        ----------
        planes : iterable of ndarray of float32, shape (Y, X, 3)
        config : SegmentConfig

        Returns
        -------
        float
            In pixels; NaN if no nucleus is found at any scale.
        """
        estimates: list[PlaneDiameter] = []
        for plane in planes:
            estimate = estimate_plane_diameter(
                plane,
                self._window_segmenter(config),
                self.card.diameter,
                self.card.usual_diameter,
                self.card.noise_confidence if is_grey(plane) else None,
            )
            if estimate.found:
                estimates.append(estimate)
            if sum(estimate.confident for estimate in estimates) == VOTING_PLANES:
                break
        confident = [estimate for estimate in estimates if estimate.confident]
        diameters = [estimate.diameter for estimate in confident or estimates]
        return float(np.median(diameters)) if diameters else float("nan")

    def choose_preparation(
        self, pixels: NDArray[Any], config: SegmentConfig
    ) -> Preparation:
        """Choose how a plane becomes network input.

        Parameters
        ----------
        pixels : ndarray of shape (Y, X) or (Y, X, S)
        config : SegmentConfig
            With ``correct=False`` the plane is only scaled.

        Returns
        -------
        Preparation
        """
        count_nuclei = None
        if config.correct and self.card.noise_confidence is not None:
            count_nuclei = partial(self.count_confident, config=config)
        return choose_preparation(pixels, count_nuclei, self.card.diameter)

    def count_confident(self, plane: Floats, config: SegmentConfig) -> int:
        """Return the number of confident nuclei in a part of a plane (Y, X, 3)."""
        trials = [
            try_scale(
                plane,
                self._window_segmenter(config),
                scale,
                self.card.diameter,
                self.card.noise_confidence or 0.0,
            )
            for scale in PREPARATION_SCALES
        ]
        return max((trial.confident for trial in trials if trial), default=0)

    def read_plane(
        self,
        image: Any,
        layout: PlaneLayout,
        number: int,
        statistics: ImageStatistics | None,
        config: SegmentConfig,
    ) -> PreparedPlane:
        """Read a plane, and prepare it as in `statistics` or as trials choose.

        Parameters
        ----------
        image : array-like
        layout : PlaneLayout
        number : int
            Number of the plane, counted from 0.
        statistics : ImageStatistics, optional
        config : SegmentConfig

        Raises
        ------
        TypeError, ValueError
            If the plane cannot be segmented.
        """
        pixels = layout.read_plane(image, layout.plane_index(number))
        check_image(pixels)
        if statistics:
            preparation = statistics.preparations[number]
        else:
            preparation = self.choose_preparation(pixels, config)
        return PreparedPlane.of_pixels(pixels, preparation)

    def planes(
        self,
        image: Any,
        layout: PlaneLayout,
        *,
        regions: Iterable[PlaneRegion] | None = None,
        statistics: ImageStatistics | None = None,
        run_tiles: PlaneTileRunner | None = None,
        pixel_size: float | None = None,
        progress: Progress | None = None,
        config: SegmentConfig | None = None,
    ) -> Iterator[PlaneResult]:
        """Segment an image plane by plane, or windows of its planes.

        This is the only loop that reads, normalises, resizes, predicts and labels.

        Parameters
        ----------
        image : array-like
            numpy, dask, zarr or similar.
        layout : PlaneLayout
            Axes of the image, and the channel to read.
        regions : iterable of PlaneRegion, optional
            Planes or windows to segment; all planes by default.
        statistics : ImageStatistics, optional
            Preparation of each plane, and network scale. By default both are chosen
            from the planes. Required for windows.
        run_tiles : callable, optional
            Runs the network on the tiles of windows, such as from a cache.
        pixel_size, progress, config
            As for `segment`.

        Yields
        ------
        PlaneResult
            With ``numbering="stack"``, a plane's `labels` continue those of the plane
            before it. The labels of a window are numbered from 1.

        Raises
        ------
        TypeError, ValueError
            If a plane cannot be segmented, or `statistics` is missing for windows.
        """
        config = config_or_defaults(config, SegmentConfig)
        if regions is None:
            regions = map(PlaneRegion, range(layout.plane_count))
        regions = tuple(regions)
        if statistics is None and any(region.window for region in regions):
            raise ValueError("statistics must be given with windows of a plane")
        read_plane: Callable[[int], PreparedPlane] = partial(
            self.read_plane, image, layout, statistics=statistics, config=config
        )
        remembering = copy(self)
        if len(regions) == 1:  # trials and result need the same plane
            read_plane = cache(read_plane)
            remembering.network = RememberingNetwork(self.network)
        if statistics:
            scale = float(statistics.scale)
        elif regions:
            samples = map(read_plane, spread_evenly([r.plane for r in regions]))
            values = (s.values for s in samples if not s.preparation.holds_noise)
            scale = remembering.choose_scale(values, config, pixel_size)
        offset, looks_for_smaller = 0, config.diameter == "auto" and not statistics
        for number, region in enumerate(regions):
            report = progress and report_all_regions(progress, number, len(regions))
            if region.window:
                assert statistics
                yield self.segment_window(
                    image, layout, region, statistics, run_tiles, report, config
                )
                continue
            plane = read_plane(region.plane)
            index = layout.plane_index(region.plane)
            result = remembering.segment_plane(plane, index, scale, report, config)
            notes = plane.preparation.describe()
            if looks_for_smaller and len(result.filtered.areas):
                looks_for_smaller = False  # one plane is enough, since it takes time
                notes += describe_smaller_nuclei(
                    plane.values,
                    result.filtered.labels,
                    scale,
                    self._window_segmenter(config),
                    self.card.noise_confidence,
                )
            yield replace(result, label_offset=offset, notes=tuple(notes))
            if config.numbering == "stack":
                offset += len(result.filtered.areas)

    def segment_plane(
        self,
        plane: PreparedPlane,
        index: PlaneIndex,
        scale: float,
        progress: Progress | None,
        config: SegmentConfig,
    ) -> PlaneResult:
        """Segment a whole prepared plane at a network scale, and number it from 1."""
        maps = self.predict_plane(
            plane.values, scale=scale, config=config, progress=progress
        )
        maps = replace(maps, holds_noise=plane.preparation.holds_noise)
        return PlaneResult(
            plane_index=index,
            window=Window(0, maps.shape[0], 0, maps.shape[1]),
            pixels=plane.pixels,
            maps=maps,
            filtered=self.label(maps, config),
            channel=plane.preparation.channel,
        )

    def _window_segmenter(self, config: SegmentConfig) -> SegmentAtScale:
        """Return a function that segments a window at a scale."""

        def segment_at(window: Floats, scale: float) -> tuple[Labels, Floats, Floats]:
            maps = self.predict_plane(window, scale=scale, config=config)
            nuclei = find_unfiltered(maps, self.card, config)
            nuclei = nuclei.remove_small(self.card.min_size)
            distance = maps.foreground if maps.distance is None else maps.distance
            return nuclei.to_labels(), maps.foreground, distance

        return segment_at
