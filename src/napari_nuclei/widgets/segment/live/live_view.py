"""The live view: segment the visible part whenever it changes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QObject
from qtpy.QtWidgets import QWidget
from superqt.utils import qdebounced

from napari_nuclei.config.channels import COLOURS
from napari_nuclei.core.errors import format_error
from napari_nuclei.core.measure.counts import describe_count
from napari_nuclei.widgets.layers.channel_axis import add_channel_axis
from napari_nuclei.widgets.layers.layer_axes import plane_axes
from napari_nuclei.widgets.layers.viewport import (
    camera_of,
    screen_pixels,
    unwrap_layer,
    visible_box,
)
from napari_nuclei.widgets.segment.live.live_inference import (
    LiveResult,
    ScreenRegion,
    make_screen_region,
    segment_screen,
)
from napari_nuclei.widgets.segment.live.screen_intensity import ScreenIntensity
from napari_nuclei.widgets.shared.worker import Worker

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

    from napari_nuclei.config import SegmentConfig
    from napari_nuclei.widgets.segment.segment_form import SegmentForm
    from napari_nuclei.widgets.shared.segmenter_cache import SegmenterCache

UPDATE_DELAY_MS = 120
"""Time without a change after which the screen is segmented, in milliseconds."""

NAME = "live view"

CANNOT_PAINT = (
    "The live view is a preview and cannot be painted. Press Run, and correct the "
    "labels that it adds."
)

TRANSFORM = ("scale", "translate", "rotate", "shear", "affine")


@dataclass(frozen=True, slots=True)
class LiveRequest:
    """What to segment: the visible part, with the form's settings.

    Attributes
    ----------
    screen : ScreenRegion
    config : SegmentConfig
    model : Path
        Folder of the model.
    image_id : int
        Identity of the image layer.
    """

    screen: ScreenRegion
    config: SegmentConfig
    model: Path
    image_id: int

    @property
    def key(self) -> object:
        """A key that is equal for requests with the same result."""
        source = self.screen.source
        zoom = self.screen.zoom
        return (
            self.image_id,
            self.model,
            self.config,
            source.box,
            source.choice,
            zoom,
        )

    @property
    def plane_key(self) -> object:
        """A key that is equal for requests on the same plane and channel.

        They share intensity limits, and the channel of a composite. Other planes and
        channels may be darker or brighter; another model finds other nuclei.
        """
        source = self.screen.source
        layout = source.layout
        index = tuple(source.box[layout.axes.index(axis)] for axis in layout.stack_axes)
        settings = source.choice.channel, self.model, self.config.correct
        return self.image_id, *settings, index

    @property
    def nuclei_key(self) -> object:
        """A key that is equal for requests that share a diameter."""
        return self.image_id, self.screen.source.choice.channel, self.model


class LiveView(QObject):  # type: ignore[misc]
    """Show the nuclei in the visible part in a labels layer.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    form : SegmentForm
    owner : QWidget
        The dock; the work ends when it is destroyed.
    segmenter_cache : SegmenterCache
    show_message : callable
        Called with a summary of the nuclei on the screen.

    Attributes
    ----------
    layer : napari.layers.Labels, optional
    update_count : int
        Number of updates since the dock was opened, failed ones included.
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
        self._viewer, self._form = viewer, form
        self._segmenters, self._show_message = segmenter_cache, show_message
        self._enabled = False
        self._request: LiveRequest | None = None
        self._last_key: object = None
        self._diameters: dict[object, float] = {}
        self._intensities: dict[object, ScreenIntensity] = {}
        self._worker = Worker(owner)
        self._worker.finished.connect(self._on_finished)
        self._worker.failed.connect(self._on_failed)
        self._update_soon = qdebounced(self._update, timeout=UPDATE_DELAY_MS)
        self._pending: Future[None] | None = None
        camera, dims = camera_of(viewer).events, viewer.dims.events
        self._events = [camera.center, camera.zoom, dims.current_step, dims.order]
        self._events.append(dims.ndisplay)
        self._selected = viewer.layers.selection.events.active

    @property
    def enabled(self) -> bool:
        """Whether the live view is on."""
        return self._enabled

    @property
    def busy(self) -> bool:
        """Whether the labels do not show the screen yet."""
        pending = self._pending is not None and not self._pending.done()
        return pending or self._worker.running

    def set_enabled(self, enabled: bool) -> None:
        """Turn the live view on, or off and remove its layer."""
        if enabled == self._enabled:
            return
        self._enabled = enabled
        for event in self._events:
            (event.connect if enabled else event.disconnect)(self.request_update)
        connect = self._selected.connect if enabled else self._selected.disconnect
        connect(self._on_selected)
        if enabled:
            self.request_update()
            return
        if self._pending is not None:
            self._update_soon.cancel()
            self._pending.cancel()
        self._worker.cancel()
        self._last_key = None
        layer, self.layer = self.layer, None
        if layer is not None and layer in self._viewer.layers:
            self._viewer.layers.remove(layer)

    def request_update(self, event: object = None) -> None:
        """Segment the visible part after `UPDATE_DELAY_MS` without a change."""
        if self._enabled:
            self._pending = self._update_soon()

    def _on_selected(self, event: object = None) -> None:
        active = unwrap_layer(self._viewer.layers.selection.active)
        if self.layer is not None and active is self.layer:
            self._show_message(CANNOT_PAINT)

    def _update(self) -> None:
        image = self._form.image.value
        if not self._enabled or image is None:
            return
        try:
            request = self._make_request(image)
        except (OSError, TypeError, ValueError) as error:
            self._show_message(format_error(error))
            return
        if request.key == self._last_key:  # such as after adding the live layer itself
            return
        self._request, self._last_key = request, request.key
        diameter = self._diameters.get(request.nuclei_key)
        intensity = self._intensities.get(request.plane_key)
        self._worker.start(
            lambda report: segment_screen(
                self._segmenters.get(request.model),
                request.screen,
                request.config,
                report,
                diameter=diameter,
                intensity=intensity,
            )
        )

    def _make_request(self, image: napari.layers.Image) -> LiveRequest:
        config, choice = self._form.config(), self._form.region_controls.choice()
        axes = plane_axes(image, choice.channel_axis)
        screen = make_screen_region(
            image,
            self._viewer.dims.point,
            choice,
            visible_box(self._viewer, image, axes),
            screen_pixels(self._viewer, image, axes),
        )
        config.diameter_in_pixels(screen.source.pixel_size)  # raises if it is unknown
        return LiveRequest(screen, config, self._form.models.entry.folder, id(image))

    def _on_failed(self, message: str) -> None:
        self.update_count += 1
        self._show_message(message)

    def _on_finished(self, result: LiveResult) -> None:
        request = self._request
        if request is None:
            return
        self.update_count += 1
        self._intensities[request.plane_key] = result.intensity
        if result.diameter is not None and self._form.config().diameter == "auto":
            self._diameters[request.nuclei_key] = result.diameter
        source = request.screen.source
        self._show(add_channel_axis(source, result.labels), source.transform)
        count = describe_count(result.nuclei)
        if result.intensity.channel is not None:
            count += f" in the {COLOURS[result.intensity.channel]} channel"
        if result.holds_noise:
            count += " (looks like noise)"
        self._show_message(
            f"Live view: {count} on the screen. Press Run to segment the image."
        )

    def _show(self, labels: Any, transform: dict[str, Any]) -> None:
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
            for name in TRANSFORM:
                setattr(self.layer, name, transform[name])
        self.layer.editable = False  # the next update would replace what is painted
