"""The buttons that suggest where to paint and move to the next spot."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from magicgui.widgets import Container, PushButton, Widget

from napari_nuclei.core.errors import format_error
from napari_nuclei.widgets.layers.viewport import camera_of, canvas_size, unwrap_layer
from napari_nuclei.widgets.shared.form import keep_height
from napari_nuclei.widgets.shared.segmenter_cache import SegmenterCache
from napari_nuclei.widgets.shared.status import StatusPanel
from napari_nuclei.widgets.shared.thread_progress import ProgressCallback
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
"""Side of the visible area, in sides of a box."""

SearchRequest = tuple["ImageSource", "Path", "Sample | None"]
"""A plane, the folder of a model, and the annotations of the plane."""


class RegionSuggester(Container[Widget]):
    """Find the regions where a model is least certain, and show one after another.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    make_request : callable
        Returns a `SearchRequest`; raises OSError, TypeError or ValueError with a
        message for the user.
    status_panel : StatusPanel
        Shows progress and messages.

    Attributes
    ----------
    find_button, next_button : PushButton
    worker : Worker
        Runs the search.
    """

    def __init__(
        self,
        viewer: napari.viewer.Viewer,
        make_request: Callable[[], SearchRequest],
        status_panel: StatusPanel,
    ) -> None:
        self._viewer, self._make_request = viewer, make_request
        self._show_message = status_panel.show_message
        self._segmenter_cache = SegmenterCache()
        self._layer: napari.layers.Shapes | None = None
        self._shown_box = -1
        self.find_button = PushButton(
            text="Suggest where to paint",
            tooltip="Draw boxes where the model is unsure: its prediction changes when "
            "the image is rotated and mirrored. Nuclei painted there improve the model "
            "most.",
        )
        self.next_button = PushButton(
            text="Next spot", tooltip="Move the view to the next box."
        )
        super().__init__(
            widgets=[self.find_button, self.next_button],
            layout="horizontal",
            labels=False,
        )
        self.margins = (0, 0, 0, 0)
        keep_height(self)
        self.worker = worker = Worker(self.native)
        status_panel.follow(worker)
        worker.finished.connect(self._finish)
        worker.failed.connect(status_panel.show_message)
        self.find_button.changed.connect(self.start)
        self.next_button.changed.connect(self.show_next)
        self.next_button.enabled = False

    @property
    def running(self) -> bool:
        """Whether a search is running."""
        return self.worker.running

    def start(self) -> None:
        """Start a search in a thread."""
        if self.running:
            return
        try:
            source, model, annotated = self._make_request()
        except (OSError, TypeError, ValueError) as error:
            self._show_message(format_error(error))
            return

        def search(report: ProgressCallback) -> UncertainRegions:
            return search_uncertain_regions(
                source, model, annotated, report, self._segmenter_cache
            )

        self.worker.start(search, f"Where to paint in {source.name}")

    def show_next(self) -> None:
        """Move the camera to the next box; the first follows the last."""
        layer = self._layer
        if layer is None or layer not in self._viewer.layers or not layer.data:
            self._layer, self.next_button.enabled = None, False
            self._show_message(
                f"There are no boxes; press {self.find_button.text} first."
            )
            return
        count = len(layer.data)
        self._shown_box = (self._shown_box + 1) % count
        center_view(self._viewer, layer, layer.data[self._shown_box])
        self._show_message(
            f"Spot {self._shown_box + 1} of {count}: paint the nuclei in this box, in "
            "the labels that you train on."
        )

    def _finish(self, regions: UncertainRegions) -> None:
        viewer = self._viewer
        if not regions.boxes:
            self._show_message(
                f"{regions.model} is sure everywhere in this plane; try another one."
            )
            return
        if self._layer is not None and self._layer in viewer.layers:
            viewer.layers.remove(self._layer)
        active = viewer.layers.selection.active
        self._layer = unwrap_layer(viewer.add_shapes(**shapes_layer_kwargs(regions)))
        # The user goes on painting in the same layer.
        viewer.layers.selection.active = active
        self._shown_box, self.next_button.enabled = -1, True
        self.show_next()


def center_view(
    viewer: napari.viewer.Viewer,
    layer: napari.layers.Layer,
    corners: NDArray[np.floating],
) -> None:
    """Move sliders and camera to a part of a layer.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    layer : napari.layers.Layer
    corners : ndarray of float, shape (n, axes of the layer)
        Corners of the part, in pixels of the layer.
    """
    world = np.array([layer.data_to_world(corner) for corner in corners])
    extra_axes = viewer.dims.ndim - layer.ndim  # leading axes of other layers only
    middle = world.mean(axis=0)
    for axis in range(layer.ndim):
        if axis + extra_axes in viewer.dims.not_displayed:
            viewer.dims.set_point(axis + extra_axes, middle[axis])
    displayed = [
        axis - extra_axes for axis in viewer.dims.displayed if axis >= extra_axes
    ]
    extent = np.ptp(world[:, displayed], axis=0).max()
    camera = camera_of(viewer)
    centre = np.array(camera.center)
    centre[-len(displayed) :] = middle[displayed]
    camera.center = tuple(centre)
    camera.zoom = min(canvas_size(viewer)) / (VIEW_TO_BOX_RATIO * extent)
