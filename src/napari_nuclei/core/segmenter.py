"""The one road from an image to labelled nuclei."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.axes import Index, Layout, read_layout
from napari_nuclei.core.card import Card
from napari_nuclei.core.diameter import (
    measure_diameter,
    median_diameter,
    working_scale,
)
from napari_nuclei.core.filters import Dropped
from napari_nuclei.core.maps import (
    Labelled,
    Maps,
    find_nuclei,
    full_foreground,
    label_maps,
    resize,
)
from napari_nuclei.core.normalize import normalize
from napari_nuclei.core.tiling import (
    Network,
    Progress,
    TilePlan,
    plan_tiles,
    predict_tiled,
)

TILES_AT_ONCE = 16
"""Tiles that are cropped together, unless the network says how many it likes best;
progress is told after each."""

SAMPLED_PLANES = 3
"""Planes of a stack in which the diameter is measured."""

NOTHING_DROPPED = Dropped()

Floats = NDArray[np.float32]
Labels = NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Plane:
    """What was found in one plane of an image.

    Attributes
    ----------
    place : tuple of int
        Of the plane along the axes of the stack.
    pixels : ndarray of shape (Y, X) or (Y, X, S)
        The plane as it was read.
    maps : Maps
    found : Labelled
    """

    place: Index
    pixels: NDArray[Any]
    maps: Maps
    found: Labelled


@dataclass(frozen=True, slots=True)
class Segmentation:
    """The nuclei of an image.

    Attributes
    ----------
    labels : ndarray of int32
        The shape of the image without channels; 0 is background, nuclei are numbered
        from 1 in each plane.
    foreground : ndarray of float32
        Probability that a pixel lies in a nucleus, of the shape of `labels`.
    count : int
        Number of nuclei in all planes.
    diameter : float
        Median diameter of the nuclei, in pixels; NaN where there are none.
    scale : float
        The image was resized by this for the network.
    seconds : float
        Time it took.
    dropped : Dropped
        Nuclei that were found and filtered out, in all planes.
    """

    labels: Labels
    foreground: Floats
    count: int
    diameter: float
    scale: float
    seconds: float
    dropped: Dropped = NOTHING_DROPPED


class Segmenter:
    """Finds nuclei with a network.

    Parameters
    ----------
    network : callable
        Takes float32 tiles (N, Y, X, C) with values from 0 to 1, gives (N, Y, X, D).
    card : Card
        What the network takes, gives and was trained for.
    """

    def __init__(self, network: Network, card: Card) -> None:
        self.network = network
        self.card = card

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
        if pixel_size is not None and not 0 < pixel_size < np.inf:
            raise ValueError(
                f"pixel_size must be a number of micrometres above 0; got {pixel_size}"
            )
        image = image if hasattr(image, "shape") else np.asarray(image)
        layout = read_layout(tuple(image.shape), axes, channel)
        labels = np.zeros(layout.label_shape, np.int32)
        foreground = np.zeros(layout.label_shape, np.float32)
        scale, count, dropped = 1.0, 0, Dropped()
        for plane in self.planes(
            image, layout, pixel_size=pixel_size, progress=progress, config=config
        ):
            scale = plane.maps.scale
            count += int(plane.found.labels.max())
            dropped += plane.found.dropped
            layout.write(labels, plane.place, plane.found.labels)
            layout.write(foreground, plane.place, full_foreground(plane.maps))
        diameter = median_diameter(layout.read_labels(labels))
        seconds = time.perf_counter() - began
        return Segmentation(
            labels, foreground, count, diameter, scale, seconds, dropped
        )

    def planes(
        self,
        image: Any,
        layout: Layout,
        *,
        pixel_size: float | None = None,
        progress: Progress | None = None,
        config: SegmentConfig | None = None,
    ) -> Iterator[Plane]:
        """Segment an image plane by plane; each is read when its turn comes.

        Parameters
        ----------
        image : array-like
            numpy, dask, zarr, or anything of that kind.
        layout : Layout
            How planes lie in it.
        pixel_size, progress, config
            As of `segment`.

        Yields
        ------
        Plane
        """
        config = config or SegmentConfig()
        places = list(layout.planes())
        if not places:
            return
        steps = np.linspace(0, len(places) - 1, min(len(places), SAMPLED_PLANES))
        samples = {places[int(i)]: layout.read(image, places[int(i)]) for i in steps}
        normal = [normalize(pixels) for pixels in samples.values()]
        scale = self.choose_scale(normal, config, pixel_size)
        if len(places) > 1:  # the normalised plane of a single one is kept
            samples, normal = {}, []
        for number, place in enumerate(places):
            pixels = samples[place] if samples else layout.read(image, place)
            plane = normal.pop() if normal else normalize(pixels)
            report = progress and stacked_progress(progress, number, len(places))
            maps = self.predict(plane, scale=scale, config=config, progress=report)
            yield Plane(place, pixels, maps, self.find(maps, config))

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
            return working_scale(float(diameter) / self.card.diameter)
        ratio = self.measure(planes, config) / self.card.diameter
        return working_scale(ratio) if np.isfinite(ratio) else 1.0

    def measure(self, planes: list[Floats], config: SegmentConfig) -> float:
        """Return the typical diameter of the nuclei in normalised planes, in pixels.

        NaN where no nucleus is found at any scale.
        """

        def look(window: Floats, scale: float) -> tuple[Labels, Floats, Floats]:
            maps = self.predict(window, scale=scale, config=config)
            labels = label_maps(maps, self.card, config, self.card.min_size)
            distance = maps.foreground if maps.distance is None else maps.distance
            return labels, maps.foreground, distance

        found = [measure_diameter(plane, look, self.card.diameter) for plane in planes]
        measured = [value for value in found if np.isfinite(value)]
        return float(np.median(measured)) if measured else float("nan")

    def predict(
        self,
        plane: Floats,
        *,
        scale: float = 1.0,
        config: SegmentConfig | None = None,
        progress: Progress | None = None,
    ) -> Maps:
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
        foreground, distance = self.predict_plan(resized, plan, progress)
        return Maps(foreground, distance, (height, width), scale)

    def plan(self, shape: tuple[int, int], config: SegmentConfig) -> TilePlan:
        """Plan the tiles of a resized plane, of a size that the network takes."""
        tile, overlap = config.tile, config.overlap
        if not self.card.any_size and tile != self.card.patch_size:
            tile = self.card.patch_size
            overlap = min(overlap, tile // 2)
        return plan_tiles(shape, tile=tile, overlap=overlap)

    def predict_plan(
        self, resized: Floats, plan: TilePlan, progress: Progress | None = None
    ) -> tuple[Floats, Floats | None]:
        """Run the network over the tiles of a plan.

        Parameters
        ----------
        resized : ndarray of float32, shape (Y, X, 3)
            What the plan was made for: a plane or a region of one, at the model's
            scale.
        plan : TilePlan
        progress : callable, optional
            Is told (done, total) in tiles.

        Returns
        -------
        foreground : ndarray of float32, shape (Y, X)
        distance : ndarray of float32, shape (Y, X), optional
        """
        if self.card.inputs == 1:
            resized = resized.mean(axis=-1, keepdims=True, dtype=np.float32)
        batch = getattr(self.network, "at_once", TILES_AT_ONCE)
        output = predict_tiled(
            resized, self.lively, plan, batch=batch, progress=progress
        )
        several = len(self.card.channels) > 1
        return output[..., 0], output[..., 1] if several else None

    def lively(self, tiles: Floats) -> Floats:
        """Run the network on the tiles that hold anything; the others give zeros.

        Tiles of zeros are what pads a mosaic or a slide, and what a network makes of
        nothing is chance.
        """
        lively = tiles.any(axis=(1, 2, 3))
        if lively.all():
            return self.network(tiles)
        shape = (*tiles.shape[:3], len(self.card.channels))
        outputs = np.zeros(shape, np.float32)
        if lively.any():
            outputs[lively] = self.network(tiles[lively])
        return outputs

    def label(self, maps: Maps, config: SegmentConfig | None = None) -> Labels:
        """Turn the network's output into labels; quick, so thresholds can be tried.

        Parameters
        ----------
        maps : Maps
        config : SegmentConfig, optional

        Returns
        -------
        ndarray of int32, shape (Y, X)
        """
        return self.find(maps, config).labels

    def find(self, maps: Maps, config: SegmentConfig | None = None) -> Labelled:
        """Turn the network's output into labels, and count what was dropped."""
        return find_nuclei(maps, self.card, config or SegmentConfig())


def stacked_progress(progress: Progress, plane: int, planes: int) -> Progress:
    """Return a progress that counts the tiles of all planes."""

    def report(done: int, total: int) -> None:
        progress(plane * total + done, planes * total)

    return report
