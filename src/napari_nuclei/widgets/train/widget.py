"""The dock widget that trains a model on an image layer and its labels."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import cv2
import numpy as np
from magicgui.widgets import Container, PushButton, Widget
from qtpy.QtCore import QEvent
from qtpy.QtWidgets import QApplication

from napari_nuclei.core.errors import format_error
from napari_nuclei.evaluation.model_comparison import COMPARISON_FIGURE
from napari_nuclei.model.chosen import set_preferred_model
from napari_nuclei.model.store import check_name_available, find_model
from napari_nuclei.training.loop.run_folder import (
    PREVIEW_FILE,
    latest_interrupted,
    list_interrupted,
    run_folder,
)
from napari_nuclei.widgets.shared.form import (
    DOCK_WIDTH,
    EventCallback,
    choose_active,
    column,
    layers_of,
    row,
)
from napari_nuclei.widgets.shared.progress import Progress
from napari_nuclei.widgets.shared.status import StatusPanel
from napari_nuclei.widgets.shared.worker import Worker
from napari_nuclei.widgets.train.form import TrainForm
from napari_nuclei.widgets.train.job import (
    TrainedModel,
    TrainRequest,
    format_outcome,
    make_resume_request,
    run_training,
)
from napari_nuclei.widgets.train.layer_pairs import LayerPairs
from napari_nuclei.widgets.train.loss_plot import TrainingPlot
from napari_nuclei.widgets.train.suggest_regions import RegionSuggester, SearchRequest

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

HINT = "Paint some nuclei, each with a number of its own, and press Train."


class TrainWidget(Container[Widget]):
    """Trains a model on image layers and the labels painted on them.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self._viewer = viewer
        self._stop = threading.Event()
        self._training = ""
        self._request: TrainRequest | None = None
        self.form = form = TrainForm(lambda kind: layers_of(viewer, kind))
        self.pairs = LayerPairs(viewer, form)
        self.train = PushButton(text="Train", tooltip="Train a new model.")
        self.stop_button = PushButton(
            text="Stop", tooltip="End training early and keep the best model so far."
        )
        self.resume = PushButton(
            text="Resume", tooltip="Go on with a training that was cut off."
        )
        self.logs = PushButton(
            text="Copy TensorBoard command", tooltip="To watch or compare trainings."
        )
        self.status_panel = status_panel = StatusPanel()
        self.training_plot = TrainingPlot()
        self.region_suggester = RegionSuggester(viewer, self._to_annotate, status_panel)
        super().__init__(
            widgets=[
                column(form.main),
                row(form.data.pairing),
                self.region_suggester,
                row([self.train, self.stop_button, self.resume]),
                *(*status_panel.controls, self.training_plot, self.logs),
            ],
            labels=False,
        )
        self.native.setMinimumWidth(DOCK_WIDTH)
        self.native.layout().addWidget(form.more_fold)
        self.native.layout().addStretch()
        self.worker = worker = Worker(self.native)
        status_panel.follow(worker)
        worker.progressed.connect(self._stepped)
        worker.finished.connect(self._finish)
        worker.failed.connect(self._failed)
        for each in (worker, self.region_suggester.worker):
            each.running_changed.connect(self._show_running)
        for button, do in (
            *((self.train, self.start), (self.stop_button, self.stop)),
            *((self.resume, self.resume_training), (self.logs, self._copy_command)),
            *((form.data.add_button, self._add), (form.data.clear_button, self._clear)),
        ):
            button.changed.connect(do)
        self.training_plot.visible = self.logs.visible = False
        self._show_running(False)
        choose_active(viewer, form.data.image)
        choose_active(viewer, form.data.labels)
        status_panel.show_message(HINT)
        self._on_show = EventCallback(self, QEvent.Type.Show, self._shown)

    @property
    def running(self) -> bool:
        """Whether a model is being trained."""
        return self.worker.running

    def reset_choices(self, *_: object) -> None:
        """List the layers and models there are; napari calls it as layers come."""
        self.form.reset_choices()

    def start(self) -> None:
        """Check the form and start to train in a thread."""
        self._try(self._make_request)

    def resume_training(self) -> None:
        """Go on with a training that was cut off."""
        if list_interrupted():
            self._try(lambda: make_resume_request(latest_interrupted()))

    def stop(self) -> None:
        """End training after the present step and keep the best model so far."""
        if self.running:
            self._stop.set()
            self.stop_button.enabled = False
            self.status_panel.show_message("Stopping")
        elif self.region_suggester.running:
            self.region_suggester.worker.cancel()
            self.status_panel.show_message(HINT)

    def _try(self, wanted: Callable[[], TrainRequest]) -> None:
        if self.running:
            return
        try:
            request = wanted()
        except (OSError, TypeError, ValueError) as error:
            self.status_panel.show_message(format_error(error))
            return
        self._begin(request)

    def _make_request(self) -> TrainRequest:
        """Return what the form asks for; errors tell what is wrong with it."""
        form = self.form
        if not form.data.from_files:
            (image, _), *_ = self.pairs.selected
        name, config = form.name_line.value.strip(), form.config()
        check_name_available(name)
        if form.data.from_files:
            files = form.data.files(form.check)
            return TrainRequest(name, config, form.base_name, files=files)
        samples, held = self.pairs.samples(config)
        return TrainRequest(name, config, form.base_name, samples, held, image=image)

    def _begin(self, request: TrainRequest) -> None:
        # An event of its own: a job that is still ending must not be revived.
        stop = self._stop = threading.Event()
        self._training, self._request = request.name, request
        self.training_plot.clear()
        self.training_plot.visible = self.logs.visible = True
        self.worker.start(
            lambda report: run_training(request, stop, report),
            f"Training {request.name}",
        )

    def _stepped(self, step: Progress) -> None:
        if step.value:
            picture = run_folder(self._training) / PREVIEW_FILE
            self.training_plot.add(step.value, picture)

    def _failed(self, message: str) -> None:
        if self._training in list_interrupted():
            message += ". Resume goes on from the last epoch"
        self.status_panel.show_message(message)

    def _finish(self, trained: TrainedModel) -> None:
        comparison = trained.comparison
        image = self._request.image if self._request else None
        if comparison is not None and comparison.is_not_worse:
            set_preferred_model(trained.name)
        self.form.name_line.value = ""
        self.form.reset_choices()
        self._show_beside(trained)
        self.status_panel.show_message(format_outcome(trained))
        if image is not None and image in self._viewer.layers:
            size = None if comparison is None else comparison.diameter
            self.status_panel.offer_action(
                "Find nuclei with the new model",
                lambda: run_trained_model(self._viewer, image, trained.name, size),
            )

    def _show_beside(self, trained: TrainedModel) -> None:
        """Add the picture of what the base and the new model found beside it."""
        picture = trained.folder / "figures" / COMPARISON_FIGURE
        pixels = cv2.imread(str(picture)) if picture.is_file() else None
        if pixels is not None:
            base = trained.comparison and trained.comparison.base
            self._viewer.add_image(
                np.ascontiguousarray(pixels[..., ::-1]),
                rgb=True,
                name=f"held out: {base} | {trained.name}",
                visible=False,
            )

    def _show_running(self, running: bool) -> None:
        self.status_panel.show_running(running)
        form = self.form
        for widget in (self.train, *form.data.pairing, *form.main, *form.more):
            widget.enabled = not running
        self.region_suggester.enabled = not running
        self.stop_button.enabled = running
        self.resume.enabled = not running and bool(list_interrupted())

    def _shown(self) -> None:
        self.form.reset_choices()
        busy = self.running or self.region_suggester.running
        self.resume.enabled = not busy and bool(list_interrupted())

    def _to_annotate(self) -> SearchRequest:
        source, annotated = self.pairs.read_displayed_plane()
        if self.form.base_name is None:
            raise ValueError("Choose the model whose doubts count, under Start from.")
        return source, find_model(self.form.base_name).folder, annotated

    def _copy_command(self) -> None:
        models = run_folder(self._training).parent.parent
        folder = models / self._training
        logs = (folder if folder.is_dir() else run_folder(self._training)) / "logs"
        command = f'tensorboard --logdir "{logs}"'
        QApplication.clipboard().setText(command)
        self.status_panel.show_message(command)

    def _add(self) -> None:
        self.pairs.add()
        self._tell_pairs()

    def _clear(self) -> None:
        self.pairs.clear()
        self._tell_pairs()

    def _tell_pairs(self) -> None:
        names = self.pairs.names
        self.status_panel.show_message(f"Learns from {names}" if names else HINT)


def run_trained_model(
    viewer: napari.viewer.Viewer,
    image: napari.layers.Image,
    model: str,
    diameter: float | None,
) -> None:
    """Open the Segment widget and run a model at the size of the painted nuclei.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    image : napari.layers.Image
    model : str
        Its name.
    diameter : float, optional
        Of the nuclei that were painted, in pixels; what the widget says counts where
        that is not known.
    """
    opened = viewer.window.add_plugin_dock_widget("napari-nuclei", "Segment nuclei")
    segment = opened[1]
    segment.form.models.refresh()
    segment.form.image.value = image
    segment.form.model.value = model
    if diameter is not None:
        segment.set_painted_diameter(diameter)
    segment.start()
