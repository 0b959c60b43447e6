"""The dock widget that finds nuclei in an image layer."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from magicgui.widgets import CheckBox, Container, PushButton, Widget
from qtpy.QtWidgets import QApplication

from napari_nuclei.widgets.caliper import measured_diameter
from napari_nuclei.widgets.form import (
    WIDTH,
    OnShow,
    choose_active,
    column,
    layers_of,
    row,
)
from napari_nuclei.widgets.job import one_line
from napari_nuclei.widgets.live import LiveView
from napari_nuclei.widgets.models_box import import_apart
from napari_nuclei.widgets.notice import Notice
from napari_nuclei.widgets.one_job import OneJob
from napari_nuclei.widgets.pose import pixel_size
from napari_nuclei.widgets.recipe import command_line, python_code
from napari_nuclei.widgets.remember import recall, remember
from napari_nuclei.widgets.results import record, summary
from napari_nuclei.widgets.retune import Retuner
from napari_nuclei.widgets.run_layers import add_run
from napari_nuclei.widgets.segment_form import SegmentForm
from napari_nuclei.widgets.source import Source, describe, plane_axes, read_source
from napari_nuclei.widgets.tuner import Tuner
from napari_nuclei.widgets.view import unwrapped, visible_box
from napari_nuclei.widgets.work import Run, Segmenters, part_of_run, segment_source

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

SHORTCUT = "Ctrl+Alt+N"
"""Runs, while the dock is open."""


class SegmentWidget(Container[Widget]):
    """Finds the nuclei of an image layer and adds them as a labels layer.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self._viewer = viewer
        self._layer: napari.layers.Image | None = None
        self._last: Run | None = None
        self._under_way: Run | None = None
        self._segmenters = Segmenters()
        self.form = form = SegmentForm(self._image_layers)
        self.run = PushButton(
            text="Run", tooltip=f"Find the nuclei of the image ({SHORTCUT})."
        )
        self.run.native.setShortcut(SHORTCUT)
        self.cancel = PushButton(
            text="Cancel", tooltip="End the run; the viewer stays as it is."
        )
        self.live = CheckBox(
            text="Live view",
            value=False,
            tooltip="Segment what is on the screen as you pan, zoom or move a slider.",
        )
        self.notice = notice = Notice()
        super().__init__(
            widgets=[
                column(form.main),
                row([self.run, self.cancel, self.live]),
                *notice.parts,
            ],
            labels=False,
        )
        self.native.setMinimumWidth(WIDTH)
        for folded in (form.thresholds_fold, form.more_fold):
            self.native.layout().addWidget(folded)
        self.native.layout().addStretch()
        self.jobs = OneJob(self.native, notice, self._show_running)
        self.watch = LiveView(viewer, form, self.native, self._segmenters, notice.say)
        self.retuner = Retuner(viewer, self.native, notice.say)
        self._connect()
        self._show_running(False)
        self._enable_copying()
        self._model_changed()
        form.restore(recall())
        choose_active(viewer, form.image)
        form.image_changed()
        self._describe()
        # A layer or a model may have come or gone while the dock was hidden.
        self._on_show = OnShow(self, self._shown)

    @property
    def running(self) -> bool:
        """Whether a run is under way."""
        return self.jobs.job is not None

    def start(self) -> None:
        """Check the form and start a run in a thread."""
        form = self.form
        if self.running:
            return
        try:
            layer, folder = form.image.value, form.models.entry.folder
            config, source = form.config(), self._source()
            config.diameter_in_pixels(source.pixel_size)
        except (OSError, TypeError, ValueError) as error:
            self.notice.say(one_line(error))
            return
        self.live.value = False
        self.retuner.rest()
        remember(form.values())
        self._layer, self._under_way = layer, None
        wanted = form.probabilities.value
        self.jobs.start(
            lambda report: segment_source(
                source,
                folder,
                config,
                report,
                segmenters=self._segmenters,
                probability=wanted,
                begun=self._begun,
            ),
            f"Nuclei of {source.name}",
            lambda run: self._finish(run, layer),
        )

    def stop(self) -> None:
        """End the run, if there is one; offer to keep the planes that are done."""
        run, layer = self._under_way, self._layer
        if not self.running:
            return
        self.jobs.stop()
        self.notice.say("Cancelled")
        part = part_of_run(run) if run else None
        if run is None or part is None:
            return
        done, total = len(part.planes), len(list(run.source.layout.planes()))
        self.notice.say(f"Cancelled after {done} of {total} planes")
        self.notice.suggest(
            f"Keep the {done} planes that are done",
            lambda: self._finish(part, layer),
        )

    def _begun(self, run: Run) -> None:
        self._under_way = run  # called in the thread; only a name is set

    def _finish(self, run: Run, image: napari.layers.Image | None) -> None:
        form = self.form
        layer = add_run(
            self._viewer,
            run,
            outlines=form.outlines.value,
            centroids=form.centroids.value,
        )
        self._last = run
        self._enable_copying()
        self.retuner.take(Tuner(run, layer, image))
        self.notice.say(summary(run))
        if run.misfit is not None:
            self._warn(run)

    def _warn(self, run: Run) -> None:
        known = run.config.diameter_in_pixels(run.source.pixel_size)
        if known == "native":
            known = run.segmenter.card.diameter
        self.notice.say(
            f"{summary(run)}\nThe nuclei look about {run.misfit:.0f} px wide, far from "
            f"the {float(known):.0f} px that the model was told."
        )

        def remedy() -> None:
            self.form.diameter.text = "auto"
            self.start()

        self.notice.suggest("Measure the diameter and run again", remedy)

    def _show_running(self, running: bool) -> None:
        if not running:
            self._layer = self._under_way = None
        self.notice.show_running(running)
        self.cancel.enabled = running
        self.run.enabled = self.live.enabled = not running
        for part in (*self.form.main, *self.form.thresholds, *self.form.more):
            part.enabled = not running

    def _connect(self) -> None:
        form, models = self.form, self.form.models
        self.run.changed.connect(self.start)
        self.cancel.changed.connect(self.stop)
        self.live.changed.connect(self.watch.turn)
        form.model.changed.connect(self._model_changed)
        chosen = (form.image, form.area, form.channel, form.level, form.channel_axis)
        for box in chosen:
            box.changed.connect(self._describe)
        for part in form.settings:
            part.changed.connect(self._settings_changed)
        form.diameter.unit.changed.connect(self.watch.ask)
        form.diameter.number.changed.connect(self.watch.ask)
        form.diameter.measure.changed.connect(self._measure)
        form.copy_command.changed.connect(lambda: self._copy(command_line))
        form.copy_python.changed.connect(lambda: self._copy(python_code))
        models.import_file.triggered.connect(lambda: self._import(models.ask_file()))
        models.import_folder.triggered.connect(
            lambda: self._import(models.ask_folder())
        )
        models.remove_action.triggered.connect(self._remove)
        layers, dims = self._viewer.layers.events, self._viewer.dims.events
        layers.removed.connect(self._layer_removed)
        dims.current_step.connect(self._describe)

    def _layer_removed(self, event: Any) -> None:
        if self._layer is not None and event.value == self._layer:
            self.stop()
        if event.value == self.watch.layer:
            self.live.value = False
        self.retuner.forget(event.value)

    def _model_changed(self) -> None:
        models = self.form.models
        if models.combo.value is None:
            return
        models.show_tooltip()
        self.form.show_model(models.entry.card)
        self.watch.ask()

    def _settings_changed(self) -> None:
        self.watch.ask()
        if self.running:
            return
        try:
            config = self.form.config()
        except ValueError as error:
            self.notice.say(one_line(error))
            return
        self.retuner.ask(config, self.form.image.value, self.form.model.value)

    def _describe(self) -> None:
        self.watch.ask()
        if self.running or self.retuner.showing(self.form.image.value):
            return
        try:
            self.notice.say(f"{describe(self._source())}.")
        except (TypeError, ValueError) as error:
            self.notice.say(one_line(error))

    def _source(self) -> Source:
        layer = self.form.image.value
        if layer is None:
            raise ValueError("Open an image first.")
        choice = self.form.choice()
        view = visible_box(self._viewer, layer, plane_axes(layer, choice))
        return read_source(layer, self._viewer.dims.point, choice, view)

    def _measure(self) -> None:
        image = self.form.image.value
        if image is None:
            self.notice.say("Open an image first.")
            return
        active = unwrapped(self._viewer.layers.selection.active)
        try:
            diameter = measured_diameter(active, image, self._viewer.dims.point)
        except ValueError as error:
            self.notice.say(one_line(error))
            return
        axes = plane_axes(image, self.form.choice())
        self.form.diameter.set_pixels(diameter, pixel_size(image, axes))
        self.notice.say(f"Measured in {active.name}: {diameter:.3g} pixels.")

    def _copy(self, make: Callable[[dict[str, Any]], str]) -> None:
        if self._last is None:
            self.notice.say("Run first; then the run can be copied.")
            return
        QApplication.clipboard().setText(make(record(self._last)))
        self.notice.say("Copied.")

    def _enable_copying(self) -> None:
        for button in (self.form.copy_command, self.form.copy_python):
            button.enabled = self._last is not None

    def _import(self, path: Any) -> None:
        if path is None or self.running:
            return

        def finish(name: str) -> None:
            self.form.models.refresh()
            self.form.model.value = name
            self.notice.say(f"Imported {name}.")

        self.jobs.start(
            lambda report: import_apart(path, report), f"Import {path.name}", finish
        )

    def _remove(self) -> None:
        try:
            name = self.form.models.ask_remove()
        except OSError as error:
            self.notice.say(one_line(error))
            return
        if name:
            self.notice.say(f"Removed {name}.")

    def _shown(self) -> None:
        self.form.image.reset_choices()
        self.form.models.refresh()

    def _image_layers(self, _: Any) -> list[napari.layers.Image]:
        return layers_of(self._viewer, "Image")
