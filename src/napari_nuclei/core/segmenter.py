"""The one road from an image to labelled nuclei."""

from __future__ import annotations

import numbers
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.axes import PlaneLayout, as_array, make_layout
from napari_nuclei.core.diameter import (
    estimate_plane_diameter,
    median_of_areas,
    network_scale,
)
from napari_nuclei.core.instances.filters import DroppedCounts
from napari_nuclei.core.maps import Floats, Labels, find_unfiltered, full_foreground
from napari_nuclei.core.normalize import normalize
from napari_nuclei.core.plane_segmenter import PlaneSegmenter
from napari_nuclei.core.segmentation import PlaneResult, Segmentation
from napari_nuclei.core.tiling import Progress

SAMPLED_PLANES = 3
"""Planes of a stack in which the diameter is measured."""


class Segmenter(PlaneSegmenter):
    """Finds the nuclei of images and stacks; made as a `PlaneSegmenter` is."""

    def segment(
        self,
        image: Any,
        *,
        axes: str | None = None,
        channel: int | None = None,
        pixel_size: float | None = None,
        progress: Progress | None = None,
        config: SegmentConfig | None = None,
        **settings: Any,
    ) -> Labels:
        """Label the nuclei of an image.

        Parameters
        ----------
        image : array of shape (Y, X) or (Y, X, 3), or as `axes` says
            Any integer or float type; numpy, dask or zarr.
        axes : str, optional
            A letter an axis, such as TYX or ZCYX; each plane is taken on its own.
        channel : int, optional
            Which channel to take where there is an axis C.
        pixel_size : float, optional
            Size of a pixel, in micrometres.
        progress : callable, optional
            Is told (done, total) in tiles; cancels by raising.
        config : SegmentConfig, optional
        **settings
            Fields of `SegmentConfig`, such as ``diameter=30``.

        Returns
        -------
        ndarray of int32
            The shape of the image without channels; 0 is background, nuclei are
            numbered from 1 in each plane.

        Raises
        ------
        TypeError, ValueError
            If the image or a setting is not understood.
        """
        config = replace(config or SegmentConfig(), **settings)
        return self.run(
            image,
            axes=axes,
            channel=channel,
            pixel_size=pixel_size,
            progress=progress,
            config=config,
        ).labels

    def run(
        self,
        image: Any,
        *,
        axes: str | None = None,
        channel: int | None = None,
        pixel_size: float | None = None,
        progress: Progress | None = None,
        config: SegmentConfig | None = None,
    ) -> Segmentation:
        """Label the nuclei of an image; as `segment`, with all that was found."""
        began = time.perf_counter()
        config = config or SegmentConfig()
        number = pixel_size is None or isinstance(pixel_size, numbers.Real)
        if not number or (pixel_size is not None and not 0 < pixel_size < np.inf):
            raise ValueError(
                "pixel_size must be a number of micrometres above 0; got "
                f"{pixel_size!r}"
            )
        image = as_array(image)
        layout = make_layout(tuple(image.shape), axes, channel)
        labels = np.zeros(layout.label_shape, np.int32)
        foreground = np.zeros(layout.label_shape, np.float32)
        scale, areas, dropped = 1.0, [np.zeros(0, np.intp)], DroppedCounts()
        for plane in self.planes(
            image, layout, pixel_size=pixel_size, progress=progress, config=config
        ):
            scale = plane.maps.scale
            areas.append(plane.filtered.areas)
            dropped += plane.filtered.dropped
            probability = full_foreground(plane.maps)
            if layout.axes in ("YX", "YXS"):  # nothing to copy into
                labels, foreground = plane.filtered.labels, probability
            else:
                layout.write_plane(labels, plane.plane_index, plane.filtered.labels)
                layout.write_plane(foreground, plane.plane_index, probability)
        every = np.concatenate(areas)
        seconds = time.perf_counter() - began
        return Segmentation(
            labels,
            foreground,
            len(every),
            median_of_areas(every),
            scale,
            seconds,
            dropped,
        )

    def planes(
        self,
        image: Any,
        layout: PlaneLayout,
        *,
        pixel_size: float | None = None,
        progress: Progress | None = None,
        config: SegmentConfig | None = None,
    ) -> Iterator[PlaneResult]:
        """Segment an image plane by plane; each is read when its turn comes.

        Parameters
        ----------
        image : array-like
            numpy, dask, zarr, or anything of that kind.
        layout : PlaneLayout
            How planes lie in it.
        pixel_size, progress, config
            As of `segment`.

        Yields
        ------
        PlaneResult
        """
        config = config or SegmentConfig()
        places = list(layout.plane_indices())
        if not places:
            return
        steps = np.linspace(0, len(places) - 1, min(len(places), SAMPLED_PLANES))
        samples = {
            places[int(i)]: layout.read_plane(image, places[int(i)]) for i in steps
        }
        normal = [normalize(pixels) for pixels in samples.values()]
        scale = self.choose_scale(normal, config, pixel_size)
        if len(places) > 1:  # the normalised plane of a single one is kept
            samples, normal = {}, []
        for number, place in enumerate(places):
            pixels = samples[place] if samples else layout.read_plane(image, place)
            plane = normal.pop() if normal else normalize(pixels)
            report = progress and stacked_progress(progress, number, len(places))
            maps = self.predict(plane, scale=scale, config=config, progress=report)
            yield PlaneResult(place, pixels, maps, self.label(maps, config))

    def choose_scale(
        self, planes: list[Floats], config: SegmentConfig, pixel_size: float | None
    ) -> float:
        """Return by how much planes are resized to bring nuclei to the model's size.

        Parameters
        ----------
        planes : list of ndarray of float32, shape (Y, X, 3)
            Normalised planes, in which the diameter is measured if it is "auto".
        config : SegmentConfig
        pixel_size : float, optional
            Size of a pixel, in micrometres.

        Returns
        -------
        float
            1 leaves the image as it is; 0.5 halves it.
        """
        diameter = config.diameter_in_pixels(pixel_size)
        if diameter == "native":
            return 1.0
        if diameter != "auto":
            return network_scale(float(diameter) / self.card.diameter)
        ratio = self.estimate_diameter(planes, config) / self.card.diameter
        return network_scale(ratio) if np.isfinite(ratio) else 1.0

    def estimate_diameter(self, planes: list[Floats], config: SegmentConfig) -> float:
        """Return the typical diameter of the nuclei in normalised planes, in pixels.

        NaN where no nucleus is found at any scale.
        """

        def look(window: Floats, scale: float) -> tuple[Labels, Floats, Floats]:
            maps = self.predict(window, scale=scale, config=config)
            found = find_unfiltered(maps, self.card, config).remove_small(
                self.card.min_size
            )
            distance = maps.foreground if maps.distance is None else maps.distance
            return found.to_labels(), maps.foreground, distance

        card = self.card
        found = [
            estimate_plane_diameter(plane, look, card.diameter, card.usual_diameter)
            for plane in planes
        ]
        measured = [value for value in found if np.isfinite(value)]
        return float(np.median(measured)) if measured else float("nan")


def stacked_progress(progress: Progress, plane: int, planes: int) -> Progress:
    """Return a progress that counts the tiles of all planes."""

    def report(done: int, total: int) -> None:
        progress(plane * total + done, planes * total)

    return report
