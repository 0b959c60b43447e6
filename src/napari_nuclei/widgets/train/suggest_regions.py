"""Two buttons: find where to annotate next, and go from one such place to the next."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from magicgui.widgets import Container, PushButton, Widget

from napari_nuclei.core.errors import told
from napari_nuclei.widgets.layers.viewport import camera_of, canvas_size, unwrapped
from napari_nuclei.widgets.segment.in_memory import Segmenters
from napari_nuclei.widgets.shared.progress import Report
from napari_nuclei.widgets.shared.single_worker import OneJob
from napari_nuclei.widgets.shared.status import Notice
from napari_nuclei.widgets.train.uncertain_regions import (
    Doubt,
    find_doubt,
    shapes_arguments,
)

if TYPE_CHECKING:
    from pathlib import Path

    import napari.layers
    import napari.viewer
    from numpy.typing import NDArray

    from napari_nuclei.data.datasets import Sample
    from napari_nuclei.widgets.layers.image_source import Source

IN_VIEW = 3.0
"""The screen shows so many times the side of a box."""

Wanted = tuple["Source", "Path", "Sample | None"]
"""A plane, the folder of a model, and what is annotated on the plane."""


class WhereNext(Container[Widget]):
    """Finds the places of which a model is least sure, and shows one after another.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    wanted : callable
        Says where to search; raises what is to be told.
    notice : Notice
        Is told how the search goes.
    changed : callable
        Is told whether a search is under way, when one begins and when it ends.
    """

    def __init__(
        self,
        viewer: napari.viewer.Viewer,
        wanted: Callable[[], Wanted],
        notice: Notice,
        changed: Callable[[bool], object],
    ) -> None:
        self._viewer, self._wanted, self._say = viewer, wanted, notice.say
        self._segmenters = Segmenters()
        self._layer: napari.layers.Shapes | None = None
        self._at = -1
        self.find = PushButton(
            text="Where next",
            tooltip="Box the places where the model's answer changes as the image is "
            "turned and mirrored: to paint nuclei there teaches it most.",
        )
        self.go = PushButton(
            text="Next place", tooltip="Go to the next of these places."
        )
        super().__init__(
            widgets=[self.find, self.go], layout="horizontal", labels=False
        )
        self.margins = (0, 0, 0, 0)
        self.jobs = OneJob(self.native, notice, changed)
        self.find.changed.connect(self.start)
        self.go.changed.connect(self.show_next)
        self.go.enabled = False

    @property
    def running(self) -> bool:
        """Whether places are being sought."""
        return self.jobs.job is not None

    def start(self) -> None:
        """Seek places in a thread."""
        if self.running:
            return
        try:
            source, model, annotated = self._wanted()
        except (OSError, TypeError, ValueError) as error:
            self._say(told(error))
            return

        def work(report: Report) -> Doubt:
            return find_doubt(source, model, annotated, report, self._segmenters)

        self.jobs.start(work, f"Doubts about {source.name}", self._finish)

    def show_next(self) -> None:
        """Move the camera to the next place; after the last one comes the first."""
        layer = self._layer
        if layer is None or layer not in self._viewer.layers or not layer.data:
            self._layer, self.go.enabled = None, False
            self._say("There are no places to go to; press Where next.")
            return
        count = len(layer.data)
        self._at = (self._at + 1) % count
        show(self._viewer, layer, layer.data[self._at])
        self._say(
            f"Place {self._at + 1} of {count}: paint the nuclei in this box, in the "
            "labels that you train on."
        )

    def _finish(self, doubt: Doubt) -> None:
        viewer = self._viewer
        if not doubt.boxes:
            self._say(f"{doubt.model} is sure of all of this plane.")
            return
        if self._layer is not None and self._layer in viewer.layers:
            viewer.layers.remove(self._layer)
        active = viewer.layers.selection.active
        self._layer = unwrapped(viewer.add_shapes(**shapes_arguments(doubt)))
        # The layer that is being painted stays the one that is painted.
        viewer.layers.selection.active = active
        self._at, self.go.enabled = -1, True
        self.show_next()


def show(
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
    camera.zoom = min(canvas_size(viewer)) / (IN_VIEW * extent)
