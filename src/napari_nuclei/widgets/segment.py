"""The dock widget that finds nuclei in an image layer."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from magicgui.widgets import CheckBox, Container, ProgressBar, PushButton, Widget
from qtpy.QtWidgets import QApplication

from napari_nuclei.widgets.caliper import measured_diameter
from napari_nuclei.widgets.form import (
    WIDTH,
    OnShow,
    choose_active,
    column,
    layers_of,
    row,
    status_line,
)
from napari_nuclei.widgets.job import Failure, Job, Success, one_line, start_job
from napari_nuclei.widgets.live import LiveView
from napari_nuclei.widgets.models_box import import_apart
from napari_nuclei.widgets.pose import pixel_size
from napari_nuclei.widgets.recipe import command_line, python_code
from napari_nuclei.widgets.remember import recall, remember
from napari_nuclei.widgets.results import (
    centroid_arguments,
    centroids,
    layer_arguments,
    probability_arguments,
    record,
    summary,
)
from napari_nuclei.widgets.retune import Retuner
from napari_nuclei.widgets.segment_form import SegmentForm
from napari_nuclei.widgets.source import Source, describe, plane_axes, read_source
from napari_nuclei.widgets.steps import Report, Step
from napari_nuclei.widgets.tuner import Tuner
from napari_nuclei.widgets.view import unwrapped, visible_box
from napari_nuclei.widgets.work import Run, Segmenters, segment_source

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

SHORTCUT = "Ctrl+Alt+N"
"""Runs, while the dock is open."""

CONTOUR = 2
"""Width of outlines, in pixels."""


class SegmentWidget(Container[Widget]):
    """Finds the nuclei of an image layer and adds them as a labels layer.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self._viewer = viewer
        self._job: Job | None = None
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
        self.progress = ProgressBar(min=0, max=1, value=0)
        self.status = status_line()
        self.offer = PushButton(visible=False)
        self._accept: Callable[[], object] = lambda: None
        super().__init__(
            widgets=[
                column(form.main),
                row([self.run, self.cancel, self.live]),
                self.progress,
                self.status,
                self.offer,
            ],
            labels=False,
        )
        self.native.setMinimumWidth(WIDTH)
        for folded in (form.thresholds_fold, form.more_fold):
            self.native.layout().addWidget(folded)
        self.native.layout().addStretch()
        self.watch = LiveView(viewer, form, self.native, self._segmenters, self._say)
        self.retuner = Retuner(viewer, self.native, self._say)
        self._connect()
        self.progress.visible = False
        self.cancel.enabled = False
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
        return self._job is not None

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
            self._say(one_line(error))
            return
        self.live.value = False
        self.retuner.rest()
        remember(form.values())
        self._layer, self._under_way = layer, None
        wanted = form.probabilities.value
        self._start(
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
        """End the run, if there is one; at once for the user, soon for the thread."""
        job, run, layer = self._job, self._under_way, self._layer
        if job is None:
            return
        job.quit()
        self._idle()
        self._say("Cancelled")
        # The thread may be in the middle of a plane; those before it are done.
        planes = list(run.planes) if run else []
        if run is None or not planes:
            return
        total = len(list(run.source.layout.planes()))
        self._say(f"Cancelled after {len(planes)} of {total} planes")
        done = replace(run, labels=run.labels.copy(), planes=planes, misfit=None)
        for place in list(run.source.layout.planes())[len(planes) :]:
            done.plane(place)[...] = 0
        self._suggest(
            f"Keep the {len(planes)} planes that are done",
            lambda: self._finish(done, layer),
        )

    def _start(
        self,
        work: Callable[[Report], Any],
        description: str,
        finish: Callable[[Any], object],
    ) -> None:
        self._show_running(True)
        jobs: list[Job] = []

        def current() -> bool:
            return bool(jobs) and self._job is jobs[0]

        def step(step: Step) -> None:
            if current():
                self._stepped(step)

        def give(outcome: Success | Failure) -> None:
            if not current():
                return
            self._idle()
            if isinstance(outcome, Failure):
                self._say(outcome.message)
            else:
                finish(outcome.value)

        def end() -> None:
            if current():  # it was told to quit by napari, which is being closed
                self._idle()

        job = start_job(
            work,
            self.native,
            description=description,
            on_step=step,
            on_return=give,
            on_end=end,
        )
        jobs.append(job)
        self._job = job

    def _begun(self, run: Run) -> None:
        self._under_way = run  # called in the thread; only a name is set

    def _idle(self) -> None:
        self._job = self._layer = self._under_way = None
        self._show_running(False)

    def _finish(self, run: Run, image: napari.layers.Image | None) -> None:
        form, viewer = self.form, self._viewer
        if run.probability is not None:
            viewer.add_image(run.probability, **probability_arguments(run))
        layer = unwrapped(viewer.add_labels(run.labels, **layer_arguments(run)))
        if form.outlines.value:
            layer.contour = CONTOUR
        if form.centroids.value:
            viewer.add_points(centroids(run), **centroid_arguments(run))
            viewer.layers.selection.active = layer
        self._last = run
        self._enable_copying()
        self.retuner.take(Tuner(run, layer, image))
        self._say(summary(run))
        if run.misfit is not None:
            self._warn(run)

    def _warn(self, run: Run) -> None:
        known = run.config.diameter_in_pixels(run.source.pixel_size)
        if known == "native":
            known = run.segmenter.card.diameter
        self._say(
            f"{summary(run)}\nThe nuclei look about {run.misfit:.0f} px wide, far from "
            f"the {float(known):.0f} px that the model was told."
        )

        def remedy() -> None:
            self.form.diameter.text = "auto"
            self.start()

        self._suggest("Measure the diameter and run again", remedy)

    def _suggest(self, text: str, accept: Callable[[], object]) -> None:
        self.offer.text, self.offer.tooltip = text, text
        self._accept, self.offer.visible = accept, True

    def _accepted(self) -> None:
        self.offer.visible = False
        self._accept()

    def _say(self, text: str) -> None:
        self.offer.visible = False
        self.status.value = text

    def _stepped(self, step: Step) -> None:
        self.progress.max = step.total
        self.progress.value = step.done
        if step.message:
            self.status.value = step.message

    def _show_running(self, running: bool) -> None:
        self.offer.visible = False
        self.progress.max = self.progress.value = 0
        self.progress.visible = running
        self.cancel.enabled = running
        self.run.enabled = self.live.enabled = not running
        for part in (*self.form.main, *self.form.thresholds, *self.form.more):
            part.enabled = not running

    def _connect(self) -> None:
        form, models = self.form, self.form.models
        self.run.changed.connect(self.start)
        self.cancel.changed.connect(self.stop)
        self.offer.changed.connect(self._accepted)
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
            self._say(one_line(error))
            return
        self.retuner.ask(config, self.form.image.value, self.form.model.value)

    def _describe(self) -> None:
        self.watch.ask()
        if self.running or self.retuner.showing(self.form.image.value):
            return
        try:
            self._say(f"{describe(self._source())}.")
        except (TypeError, ValueError) as error:
            self._say(one_line(error))

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
            self._say("Open an image first.")
            return
        active = unwrapped(self._viewer.layers.selection.active)
        try:
            diameter = measured_diameter(active, image, self._viewer.dims.point)
        except ValueError as error:
            self._say(one_line(error))
            return
        axes = plane_axes(image, self.form.choice())
        self.form.diameter.set_pixels(diameter, pixel_size(image, axes))
        self._say(f"Measured in {active.name}: {diameter:.3g} pixels.")

    def _copy(self, make: Callable[[dict[str, Any]], str]) -> None:
        if self._last is None:
            self._say("Run first; then the run can be copied.")
            return
        QApplication.clipboard().setText(make(record(self._last)))
        self._say("Copied.")

    def _enable_copying(self) -> None:
        for button in (self.form.copy_command, self.form.copy_python):
            button.enabled = self._last is not None

    def _import(self, path: Any) -> None:
        if path is None or self.running:
            return

        def finish(name: str) -> None:
            self.form.models.refresh()
            self.form.model.value = name
            self._say(f"Imported {name}.")

        self._start(
            lambda report: import_apart(path, report), f"Import {path.name}", finish
        )

    def _remove(self) -> None:
        try:
            name = self.form.models.ask_remove()
        except OSError as error:
            self._say(one_line(error))
            return
        if name:
            self._say(f"Removed {name}.")

    def _shown(self) -> None:
        self.form.image.reset_choices()
        self.form.models.refresh()

    def _image_layers(self, _: Any) -> list[napari.layers.Image]:
        return layers_of(self._viewer, "Image")
