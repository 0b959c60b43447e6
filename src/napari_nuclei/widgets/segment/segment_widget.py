"""The dock widget that finds nuclei in an image layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from qtpy.QtCore import QEvent

from napari_nuclei.core.errors import format_error
from napari_nuclei.widgets.folder.segment_buttons import SegmentButtons
from napari_nuclei.widgets.layers.image_source import ImageSource
from napari_nuclei.widgets.layers.layer_axes import plane_axes
from napari_nuclei.widgets.layers.transform import layer_pixel_size
from napari_nuclei.widgets.layers.viewport import unwrap_layer
from napari_nuclei.widgets.segment.blockwise import is_large
from napari_nuclei.widgets.segment.controller import RunController
from napari_nuclei.widgets.segment.form_settings import load_settings
from napari_nuclei.widgets.segment.inside_shapes import make_source
from napari_nuclei.widgets.segment.layer_data import large_image_note
from napari_nuclei.widgets.segment.live.live_thresholds import LiveThresholds
from napari_nuclei.widgets.segment.live.live_view import LiveView
from napari_nuclei.widgets.segment.live.relabel_layer import RelabelLayer
from napari_nuclei.widgets.segment.measure_diameter import measure_drawn_diameter
from napari_nuclei.widgets.segment.preference_changes import PreferenceChanges
from napari_nuclei.widgets.segment.runs.request import SegmentRequest
from napari_nuclei.widgets.segment.segment_form import SegmentForm, make_run_buttons
from napari_nuclei.widgets.shared.dock import Dock
from napari_nuclei.widgets.shared.event_callback import EventCallback
from napari_nuclei.widgets.shared.form import choose_active, column, layers_of, row
from napari_nuclei.widgets.shared.model_selector import Imported, import_and_test
from napari_nuclei.widgets.shared.segmenter_cache import SegmenterCache
from napari_nuclei.widgets.shared.status import StatusPanel
from napari_nuclei.widgets.shared.worker import Worker

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

    from napari_nuclei.widgets.segment.result import RunResult


class SegmentWidget(Dock):
    """The Segment dock: adds the nuclei of an image layer as a labels layer.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self._viewer = viewer
        self._segmenters = SegmenterCache()
        self._painted: tuple[napari.layers.Image, str] | None = None
        self.form = form = SegmentForm(lambda _: layers_of(viewer, "Image"))
        self.run, self.cancel, self.live = run_buttons = make_run_buttons()
        self.status_panel = status_panel = StatusPanel()
        super().__init__(
            [
                column(form.main),
                row(run_buttons),
                *status_panel.controls,
            ]
        )
        for fold in (form.thresholds_fold, form.more_fold):
            self.content_layout.addWidget(fold)
        show_message = status_panel.show_message
        self.buttons = SegmentButtons(viewer, form, self.native, show_message)
        form.more_fold.controls.append(self.buttons.row)
        self.content_layout.addStretch()
        self.live_view = LiveView(
            viewer, form, self.native, self._segmenters, show_message
        )
        self.live_thresholds = LiveThresholds(viewer, self.native, show_message)
        self.run_controller = RunController(
            viewer, self.native, status_panel, self._segmenters
        )
        self._importer = Worker(self.native)
        self._connect()
        self._show_running(False)
        self._model_changed()
        form.restore(load_settings())
        choose_active(viewer, form.image)
        form.follow(viewer)
        form.image_changed()
        self._describe()
        self._preferences = PreferenceChanges(self.native, form.restore)
        # Layers or models may have been added or removed while the dock was hidden.
        self._on_show = EventCallback(self, QEvent.Type.Show, self._shown)

    @property
    def running(self) -> bool:
        """Whether a run or an import is in progress."""
        return self.run_controller.running or self._importer.running

    def start(self) -> None:
        """Check the form and start a run; show a message if a setting is not valid."""
        if self.running:
            return
        try:
            request = self._make_request()
        except (OSError, TypeError, ValueError) as error:
            self.status_panel.show_message(format_error(error))
            return
        self.live.value = False
        self.live_thresholds.cancel_pending()
        self._preferences.save(self.form.values())
        self.run_controller.start(request)

    def set_painted_diameter(self, diameter: float) -> None:
        """Set the diameter of nuclei painted in the image, in pixels.

        Runs on this image at this diameter suggest no other.
        """
        image = self.form.image.value
        self._set_diameter(image, diameter)
        self._painted = image, self.form.diameter.text

    def stop(self) -> None:
        """Cancel the run or the import, if any."""
        self.run_controller.stop()
        if self._importer.running:
            self._importer.cancel()
            self.status_panel.show_message("Cancelled")

    def _make_request(self) -> SegmentRequest:
        form = self.form
        config = form.stack_boxes.add_to(form.config(), source := self._source())
        config.diameter_in_pixels(source.pixel_size)
        return SegmentRequest(
            image=form.image.value,
            source=source,
            model=form.models.entry.folder,
            config=config,
            folder=form.results_folder() if is_large(source) else None,
            preview_transform=lambda binning: self._source(binning=binning).transform,
            diameter_from_labels=(form.image.value, form.diameter.text)
            == self._painted,
            outlines=form.outlines.value,
            probability=form.probabilities.value,
            centroids=form.centroids.value,
            corrections=form.keep.corrections(source),
        )

    def _on_finished(
        self, run: RunResult, layer: napari.layers.Labels, image: napari.layers.Image
    ) -> None:
        self.form.copy_buttons.set_run(run)
        self.live_thresholds.follow(RelabelLayer(run, layer, image))

    def _measure_again(self, image: napari.layers.Image) -> None:
        self.form.image.value = image
        self.form.diameter.text = "auto"
        self.start()

    def _show_running(self, running: bool) -> None:
        self.status_panel.show_running(running)
        self.cancel.enabled = running
        self.run.enabled = self.live.enabled = not running
        for control in (*self.form.main, *self.form.thresholds, *self.form.more):
            control.enabled = not running

    def _connect(self) -> None:
        form, models = self.form, self.form.models
        for worker in (self.run_controller.worker, self._importer):
            worker.running_changed.connect(self._show_running)
        self.run_controller.finished.connect(self._on_finished)
        self.run_controller.measure_requested.connect(self._measure_again)
        self.status_panel.follow(self._importer)
        self._importer.finished.connect(self._on_imported)
        self._importer.failed.connect(self.status_panel.show_message)
        self.run.changed.connect(self.start)
        self.cancel.changed.connect(self.stop)
        self.live.changed.connect(self.live_view.set_enabled)
        form.model.changed.connect(self._model_changed)
        form.image.changed.connect(self._image_chosen)
        form.region_controls.connect(self._describe)
        for control in form.settings:
            control.changed.connect(self._settings_changed)
        for box in form.stack_boxes.boxes:
            box.changed.connect(self._describe)
        form.correct.changed.connect(self.live_view.request_update)
        form.large_folder.changed.connect(self._describe)
        form.diameter.unit.changed.connect(self.live_view.request_update)
        form.diameter.number.changed.connect(self.live_view.request_update)
        form.diameter.measure.changed.connect(self._measure)
        models.import_file.triggered.connect(lambda: self._import(models.ask_file()))
        models.import_folder.triggered.connect(
            lambda: self._import(models.ask_folder())
        )
        models.show_message = form.copy_buttons.show_message = (
            self.status_panel.show_message
        )
        layers, dims = self._viewer.layers.events, self._viewer.dims.events
        layers.removed.connect(self._layer_removed)
        dims.current_step.connect(self._describe)

    def _layer_removed(self, event: Any) -> None:
        image = self.run_controller.image
        stopped = image is not None and event.value == image
        if stopped:
            self.stop()
        if event.value == self.live_view.layer:
            self.live.value = False
        if self._painted is not None and event.value == self._painted[0]:
            self._painted = None
        self.live_thresholds.forget(event.value)
        self.form.image.reset_choices()
        if self.form.image.value is None:
            self.form.image_changed()
            if not stopped:
                self._describe()

    def _model_changed(self) -> None:
        models = self.form.models
        if models.combo.value is None:
            return
        models.show_tooltip()
        self.form.sliders.show_model(models.entry.card)
        self.form.update_titles()
        self.live_view.request_update()

    def _settings_changed(self) -> None:
        self.live_view.request_update()
        if self.running:
            return
        try:
            config = self.form.config()
        except ValueError as error:
            self.status_panel.show_message(format_error(error))
            return
        self.live_thresholds.request_relabel(
            config, self.form.image.value, self.form.model.value
        )

    def _image_chosen(self) -> None:
        summary = self.live_thresholds.summary_of(self.form.image.value)
        self._describe()
        if summary and not self.running:
            self.status_panel.show_message(summary)

    def _describe(self) -> None:
        self.live_view.request_update()
        if self.running or self.live_thresholds.belongs_to(self.form.image.value):
            return
        try:
            source = self._source()
        except (TypeError, ValueError) as error:
            self.status_panel.show_message(format_error(error))
            return
        text = self.form.stack_boxes.describe(source)
        self.form.large_folder.visible = is_large(source)
        if is_large(source):
            text += f" {large_image_note(self.form.results_folder())}"
        self.status_panel.show_message(text)

    def _source(self, binning: int = 1) -> ImageSource:
        layer = self.form.image.value
        if layer is None:
            raise ValueError("Open an image first.")
        self.form.region_controls.check_axes()
        choice = self.form.region_controls.choice()
        return make_source(self._viewer, layer, choice, binning=binning)

    def _measure(self) -> None:
        image = self.form.image.value
        if image is None:
            self.status_panel.show_message("Open an image first.")
            return
        active = unwrap_layer(self._viewer.layers.selection.active)
        try:
            diameter = measure_drawn_diameter(active, image, self._viewer.dims.point)
        except ValueError as error:
            self.status_panel.show_message(format_error(error))
            return
        self._set_diameter(image, diameter)
        self.status_panel.show_message(
            f"Diameter measured in {active.name}: {diameter:.3g} px."
        )

    def _set_diameter(self, image: napari.layers.Image, diameter: float) -> None:
        axes = plane_axes(image, self.form.region_controls.channel_axis.value)
        self.form.diameter.set_pixels(diameter, layer_pixel_size(image, axes))

    def _import(self, path: Any) -> None:
        if path is None or self.running:
            return
        self._importer.start(
            lambda report: import_and_test(path, report), f"Import {path.name}"
        )

    def _on_imported(self, imported: Imported) -> None:
        self.form.models.refresh()
        self.form.model.value = imported.name
        self.status_panel.show_message(imported.message)

    def _shown(self) -> None:
        self.form.image.reset_choices()
        self.form.keep.update()
        self.form.models.refresh()
