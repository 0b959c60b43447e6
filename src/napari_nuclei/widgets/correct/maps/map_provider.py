"""Find the maps round a click: of the last run, of the network, or of the image."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from napari_nuclei.widgets.correct.maps.crop_maps import (
    CropMaps,
    crop_of_run,
    window_round,
)
from napari_nuclei.widgets.correct.maps.crop_network import (
    compute_crop,
    find_plane_image,
    model_of,
)
from napari_nuclei.widgets.nuclei.live.live_table import Check, run_now
from napari_nuclei.widgets.segment.live.relabel_layer import run_of
from napari_nuclei.widgets.shared.segmenter_cache import SegmenterCache

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

    from napari_nuclei.widgets.correct.shown_part import ShownPart

HALF_DIAMETERS = 2.5
"""Half the side of a window that is used, in diameters of nuclei."""

COMPUTED_DIAMETERS = 5.0
"""Half the side of a window for the network, so that clicks nearby use it too."""

DEFAULT_DIAMETER = 24.0
"""Diameter in pixels, if nothing is measured yet."""

MAX_CROPS = 8
"""Number of windows that are held."""

Done = Callable[[CropMaps], object]


class MapProvider:
    """Maps round a click, from memory if possible.

    Parameters
    ----------
    viewer : napari.viewer.Viewer

    Attributes
    ----------
    diameter : float
        Diameter of the nuclei, in pixels.
    start : callable
        Does long work; as `run_now`. The dock replaces it by a thread.
    on_failed : callable
        Called with a message.
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self.diameter = DEFAULT_DIAMETER
        self.start: Callable[..., None] = run_now
        self.on_failed: Callable[[str], object] = lambda message: None
        self._viewer = viewer
        self._segmenters = SegmenterCache()
        self._crops: deque[tuple[Any, CropMaps]] = deque(maxlen=MAX_CROPS)

    def find(
        self,
        layer: napari.layers.Labels,
        part: ShownPart,
        pixel: tuple[float, ...],
        half: float = 0.0,
    ) -> CropMaps | None:
        """Return maps that are in memory; None if they must be computed.

        Parameters
        ----------
        layer : napari.layers.Labels
        part : ShownPart
        pixel : tuple of float
            Row and column.
        half : float
            Smallest half of the side of the window, in pixels.
        """
        half = max(half, HALF_DIAMETERS * self.diameter)
        window = window_round(part.plane.shape, pixel, half)
        run = run_of(layer)
        if run is not None:
            found = crop_of_run(run, layer, part, window)
            if found is not None:
                return found
        key = self._key(layer, part)
        crops = [maps for at, maps in self._crops if at == key]
        return next((maps for maps in crops if maps.covers(window)), None)

    def request(
        self,
        layer: napari.layers.Labels,
        part: ShownPart,
        pixel: tuple[float, ...],
        done: Done,
        half: float = 0.0,
    ) -> None:
        """Call `done` with maps round a pixel, at once or when they are computed.

        Parameters are as for `find`.
        """
        found = self.find(layer, part, pixel, half)
        if found is not None:
            done(found)
            return
        half = max(half * 1.5, COMPUTED_DIAMETERS * self.diameter)
        shape = part.plane.shape
        window = window_round(shape, pixel, half)
        image = find_plane_image(self._viewer, layer, part)
        if image is None:
            done(CropMaps(window))
            return
        model, diameter = model_of(layer), self.diameter
        key = self._key(layer, part)

        def work(check: Check) -> CropMaps:
            return compute_crop(image, shape, window, model, diameter, self._segmenters)

        def finished(maps: CropMaps) -> None:
            self._crops.append((key, maps))
            done(maps)

        self.start(work, finished, self.on_failed)

    def forget(self) -> None:
        """Release all maps."""
        self._crops.clear()

    def _key(self, layer: napari.layers.Labels, part: ShownPart) -> Any:
        return id(layer), part.plane_key
