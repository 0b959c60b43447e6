"""Two buttons: find where to annotate next, and go from one such place to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from magicgui.widgets import Container, PushButton, Widget

from napari_nuclei.core.errors import format_error
from napari_nuclei.widgets.layers.viewport import camera_of, canvas_size, unwrap_layer
from napari_nuclei.widgets.segment.in_memory import SegmenterCache
from napari_nuclei.widgets.shared.progress import ProgressCallback
from napari_nuclei.widgets.shared.status import StatusPanel
from napari_nuclei.widgets.shared.worker import Worker
from napari_nuclei.widgets.train.uncertain_regions import (
    UncertainRegions,
    search_uncertain_regions,
    shapes_layer_kwargs,
)

if TYPE_CHECKING:
    from pathlib import Path

    import napari.layers
    import napari.viewer
    from numpy.typing import NDArray

    from napari_nuclei.data.datasets import Sample
    from napari_nuclei.widgets.layers.image_source import ImageSource

VIEW_TO_BOX_RATIO = 3.0
"""The screen shows so many times the side of a box."""

SearchRequest = tuple["ImageSource", "Path", "Sample | None"]
"""A plane, the folder of a model, and what is annotated on the plane."""


class RegionSuggester(Container[Widget]):
    """Finds the places of which a model is least sure, and shows one after another.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    wanted : callable
        Says where to search; raises what is to be told.
    status_panel : StatusPanel
        Is told how the search goes.

    Attributes
    ----------
    worker : Worker
        Runs the search.
    """

    def __init__(
        self,
        viewer: napari.viewer.Viewer,
        wanted: Callable[[], SearchRequest],
        status_panel: StatusPanel,
    ) -> None:
        self._viewer, self._wanted, self._show_message = (
            viewer,
            wanted,
            status_panel.show_message,
        )
        self._segmenters = SegmenterCache()
        self._layer: napari.layers.Shapes | None = None
        self._at = -1
        self.find_button = PushButton(
            text="Where next",
            tooltip="Box the places where the model's answer changes as the image is "
            "turned and mirrored: to paint nuclei there teaches it most.",
        )
        self.next_button = PushButton(
            text="Next place", tooltip="Go to the next of these places."
        )
        super().__init__(
            widgets=[self.find_button, self.next_button],
            layout="horizontal",
            labels=False,
        )
        self.margins = (0, 0, 0, 0)
        self.worker = worker = Worker(self.native)
        status_panel.follow(worker)
        worker.finished.connect(self._finish)
        worker.failed.connect(status_panel.show_message)
        self.find_button.changed.connect(self.start)
        self.next_button.changed.connect(self.show_next)
        self.next_button.enabled = False

    @property
    def running(self) -> bool:
        """Whether places are being sought."""
        return self.worker.running

    def start(self) -> None:
        """Seek places in a thread."""
        if self.running:
            return
        try:
            source, model, annotated = self._wanted()
        except (OSError, TypeError, ValueError) as error:
            self._show_message(format_error(error))
            return

        def work(report: ProgressCallback) -> UncertainRegions:
            return search_uncertain_regions(
                source, model, annotated, report, self._segmenters
            )

        self.worker.start(work, f"Doubts about {source.name}")

    def show_next(self) -> None:
        """Move the camera to the next place; after the last one comes the first."""
        layer = self._layer
        if layer is None or layer not in self._viewer.layers or not layer.data:
            self._layer, self.next_button.enabled = None, False
            self._show_message("There are no places to go to; press Where next.")
            return
        count = len(layer.data)
        self._at = (self._at + 1) % count
        center_view(self._viewer, layer, layer.data[self._at])
        self._show_message(
            f"Place {self._at + 1} of {count}: paint the nuclei in this box, in the "
            "labels that you train on."
        )

    def _finish(self, doubt: UncertainRegions) -> None:
        viewer = self._viewer
        if not doubt.boxes:
            self._show_message(f"{doubt.model} is sure of all of this plane.")
            return
        if self._layer is not None and self._layer in viewer.layers:
            viewer.layers.remove(self._layer)
        active = viewer.layers.selection.active
        self._layer = unwrap_layer(viewer.add_shapes(**shapes_layer_kwargs(doubt)))
        # The layer that is being painted stays the one that is painted.
        viewer.layers.selection.active = active
        self._at, self.next_button.enabled = -1, True
        self.show_next()


def center_view(
    viewer: napari.viewer.Viewer,
    layer: napari.layers.Layer,
    corners: NDArray[np.floating],
) -> None:
    """Let the screen show a part of a layer, on its plane.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    layer : napari.layers.Layer
    corners : ndarray of float, shape (n, axes of the layer)
        Points around the part, in pixels of the layer.
    """
    world = np.array([layer.data_to_world(corner) for corner in corners])
    ahead = viewer.dims.ndim - layer.ndim
    middle = world.mean(axis=0)
    for axis in range(layer.ndim):
        if axis + ahead in viewer.dims.not_displayed:
            viewer.dims.set_point(axis + ahead, middle[axis])
    shown = [axis - ahead for axis in viewer.dims.displayed if axis >= ahead]
    extent = np.ptp(world[:, shown], axis=0).max()
    camera = camera_of(viewer)
    centre = np.array(camera.center)
    centre[-len(shown) :] = middle[shown]
    camera.center = tuple(centre)
    camera.zoom = min(canvas_size(viewer)) / (VIEW_TO_BOX_RATIO * extent)
