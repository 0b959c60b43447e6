"""The live view: what is on the screen is segmented as it changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject, QTimer
from qtpy.QtWidgets import QWidget

from napari_nuclei.core.errors import format_error
from napari_nuclei.widgets.layers.axes import plane_axes
from napari_nuclei.widgets.layers.channel_axis import add_channel_axis
from napari_nuclei.widgets.layers.viewport import (
    camera_of,
    screen_pixels,
    unwrap_layer,
    visible_box,
)
from napari_nuclei.widgets.segment.live_inference import (
    LiveResult,
    ScreenRegion,
    make_screen_region,
    segment_screen,
)
from napari_nuclei.widgets.shared.worker import (
    Worker,
    WorkerFailure,
    WorkerSuccess,
    start_worker,
)

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

    from napari_nuclei.widgets.segment.form import SegmentForm
    from napari_nuclei.widgets.segment.in_memory import SegmenterCache

UPDATE_DELAY_MS = 120
"""Milliseconds without a change after which a look begins."""

NAME = "live view"

POSE = ("scale", "translate", "rotate", "shear", "affine")


class LiveView(QObject):  # type: ignore[misc]
    """Keeps a layer of labels that shows the nuclei on the screen.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    form : SegmentForm
    owner : QWidget
        All ends with this widget.
    segmenter_cache : SegmenterCache
    show_message : callable
        Is given a line on what is seen.
    """

    def __init__(
        self,
        viewer: napari.viewer.Viewer,
        form: SegmentForm,
        owner: QWidget,
        segmenter_cache: SegmenterCache,
        show_message: Callable[[str], object],
    ) -> None:
        super().__init__(owner)
        self.layer: napari.layers.Labels | None = None
        self.update_count = 0
        self._viewer, self._form, self._owner = viewer, form, owner
        self._segmenters, self._show_message = segmenter_cache, show_message
        self._on = False
        self._job: Worker | None = None
        self._asked: object = None
        self._diameters: dict[object, float] = {}
        self._limits: dict[object, tuple[float, float]] = {}
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(UPDATE_DELAY_MS)
        self._timer.timeout.connect(self._look)
        camera, dims = camera_of(viewer).events, viewer.dims.events
        self._events = [camera.center, camera.zoom, dims.current_step, dims.order]
        self._events.append(dims.ndisplay)

    @property
    def enabled(self) -> bool:
        """Whether the screen is watched."""
        return self._on

    @property
    def busy(self) -> bool:
        """Whether a look is due or under way."""
        return self._job is not None or self._timer.isActive()

    def set_enabled(self, enabled: bool) -> None:
        """Begin to watch the screen, or stop and take the layer away."""
        if enabled == self._on:
            return
        self._on = enabled
        for event in self._events:
            (event.connect if enabled else event.disconnect)(self.ask)
        if enabled:
            self.ask()
            return
        self._timer.stop()
        self._end_job()
        self._asked = None
        layer, self.layer = self.layer, None
        if layer is not None and layer in self._viewer.layers:
            self._viewer.layers.remove(layer)

    def ask(self, event: object = None) -> None:
        """Ask for a look once nothing has changed for a moment."""
        if self._on:
            self._timer.start()

    def _end_job(self) -> None:
        worker, self._job = self._job, None
        if worker is not None:
            worker.quit()

    def _look(self) -> None:
        layer = self._form.image.value
        if not self._on or layer is None:
            return
        try:
            config, choice = self._form.config(), self._form.part.choice()
            folder = self._form.models.entry.folder
            axes = plane_axes(layer, choice.channel_axis)
            view = visible_box(self._viewer, layer, axes)
            screen = make_screen_region(
                layer,
                self._viewer.dims.point,
                choice,
                view,
                screen_pixels(self._viewer, layer, axes),
            )
            config.diameter_in_pixels(screen.source.pixel_size)
        except (OSError, TypeError, ValueError) as error:
            self._show_message(format_error(error))
            return
        source = screen.source
        asked = (id(layer), folder, config, source.box, source.choice, screen.zoom)
        if asked == self._asked:  # such as when the layer that shows a look is added
            return
        self._asked = asked
        self._end_job()
        # Labels of one channel and plane do not tell how bright another one is.
        plane = (id(layer), source.choice.channel, self._planes(screen))
        nuclei = (id(layer), source.choice.channel, folder)
        self._job = start_worker(
            lambda report: segment_screen(
                self._segmenters.get(folder),
                screen,
                config,
                report,
                diameter=self._diameters.get(nuclei),
                limits=self._limits.get(plane),
            ),
            self._owner,
            description=None,
            on_step=lambda step: None,
            on_return=lambda outcome: self._show(outcome, screen, layer, plane, nuclei),
            on_end=lambda: None,
        )

    def _planes(self, screen: ScreenRegion) -> tuple[Any, ...]:
        layout, box = screen.source.layout, screen.source.box
        return tuple(box[layout.axes.index(axis)] for axis in layout.stack_axes)

    def _show(
        self,
        outcome: WorkerSuccess | WorkerFailure,
        screen: ScreenRegion,
        image: napari.layers.Image,
        plane: object,
        nuclei: object,
    ) -> None:
        self._job = None
        if not self._on:
            return
        self.update_count += 1
        if isinstance(outcome, WorkerFailure):
            self._show_message(outcome.message)
            return
        seen: LiveResult = outcome.value
        self._limits[plane] = seen.limits
        if seen.diameter is not None and self._form.config().diameter == "auto":
            self._diameters[nuclei] = seen.diameter
        transform, labels = (
            screen.source.transform,
            add_channel_axis(screen.source, seen.labels),
        )
        if self.layer is not None and self.layer not in self._viewer.layers:
            self.layer = None
        if self.layer is not None and self.layer.ndim != labels.ndim:
            self._viewer.layers.remove(self.layer)
            self.layer = None
        if self.layer is None:
            active = self._viewer.layers.selection.active
            self.layer = unwrap_layer(
                self._viewer.add_labels(labels, name=NAME, opacity=0.5, **transform)
            )
            self._viewer.layers.selection.active = active
        else:
            self.layer.data = labels
            for name in POSE:
                setattr(self.layer, name, transform[name])
        count = "1 nucleus" if seen.nuclei == 1 else f"{seen.nuclei} nuclei"
        self._show_message(f"Live: {count} in view; Run does the whole job.")
