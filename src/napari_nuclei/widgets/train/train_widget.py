"""The Train dock: train a model on images and the labels painted on them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from magicgui.widgets import PushButton
from qtpy.QtCore import QEvent
from qtpy.QtWidgets import QApplication, QSizePolicy, QSpacerItem

from napari_nuclei.evaluation.model_comparison import COMPARISON_FIGURE
from napari_nuclei.io.optional_packages import (
    describe_missing_tensorflow,
    require_tensorflow,
)
from napari_nuclei.model.store import check_name_available, find_model
from napari_nuclei.model.user_models import set_preferred_model
from napari_nuclei.training.loop.run_folder import (
    PREVIEW_FILE,
    has_checkpoint,
    read_epochs,
    run_folder,
)
from napari_nuclei.widgets.shared.dock import Dock
from napari_nuclei.widgets.shared.event_callback import EventCallback
from napari_nuclei.widgets.shared.form import (
    choose_active,
    layers_of,
    row,
)
from napari_nuclei.widgets.shared.status import StatusPanel
from napari_nuclei.widgets.shared.thread_progress import Progress
from napari_nuclei.widgets.shared.worker import Worker
from napari_nuclei.widgets.train.comparison_picture import ComparisonPicture
from napari_nuclei.widgets.train.job import (
    STOPPING,
    TrainedModel,
    TrainRequest,
    format_outcome,
    make_resume_request,
    run_training,
    tensorboard_command,
)
from napari_nuclei.widgets.train.layer_pairs import LayerPairs
from napari_nuclei.widgets.train.loss_plot import TrainingPlot
from napari_nuclei.widgets.train.painting import HINT, Painting
from napari_nuclei.widgets.train.resume_button import ResumeButton
from napari_nuclei.widgets.train.segment_with_model import segment_with_model
from napari_nuclei.widgets.train.suggest_regions import RegionSuggester, SearchRequest
from napari_nuclei.widgets.train.train_form import TrainForm

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

    from napari_nuclei.training.loop.state import Epoch

OPENING_WIDTH = 330
"""Initial width, in screen pixels: all choices can be read. Users can narrow it."""


class TrainWidget(Dock):
    """Train a model on image layers and the labels painted on them, or on a folder.

    Parameters
    ----------
    viewer : napari.viewer.Viewer

    Attributes
    ----------
    form : TrainForm
    pairs : LayerPairs
    train, stop_button : PushButton
    resume : ResumeButton
    worker : Worker
        Runs the training.
    region_suggester : RegionSuggester
    painting : Painting
    training_plot : TrainingPlot
    comparison_picture : ComparisonPicture
    status_panel : StatusPanel
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self._viewer = viewer
        self._stop = threading.Event()
        self._request: TrainRequest | None = None
        self.form = form = TrainForm(lambda kind: layers_of(viewer, kind))
        self.pairs = LayerPairs(viewer, form)
        self.train = PushButton(text="Train", tooltip="Train a new model.")
        self.stop_button = PushButton(
            text="Stop", tooltip="End training early and save the best model so far."
        )
        self.resume = ResumeButton()
        self.status_panel = status_panel = StatusPanel()
        self.training_plot = TrainingPlot()
        self.training_plot.follow_theme(viewer)
        self.comparison_picture = ComparisonPicture()
        self.painting = Painting(viewer, form, status_panel)
        self.region_suggester = RegionSuggester(
            viewer, self._make_search_request, status_panel
        )
        super().__init__(
            [
                form.main_column,
                form.pair_row,
                self.region_suggester,
                row([self.train, self.stop_button, self.resume]),
                *status_panel.controls,
                self.comparison_picture,
                self.training_plot,
            ]
        )
        self.content_layout.addWidget(form.more_fold)
        self.content_layout.addWidget(form.expert_fold)
        self.content_layout.addItem(
            QSpacerItem(
                OPENING_WIDTH,
                0,
                QSizePolicy.Policy.Preferred,
                QSizePolicy.Policy.Expanding,
            )
        )
        self.worker = worker = Worker(self.native)
        status_panel.follow(worker)
        worker.progressed.connect(self._show_epoch)
        worker.finished.connect(self._finish)
        worker.failed.connect(self._show_failure)
        for each in (worker, self.region_suggester.worker):
            each.running_changed.connect(self._show_running)
        for button, action in (
            (self.train, self.start),
            (self.stop_button, self.stop),
            (self.resume, self.resume_training),
            (form.tensorboard_button, self._copy_tensorboard_command),
            (form.data.add_button, self._add_pair),
            (form.data.clear_button, self._clear_pairs),
        ):
            button.changed.connect(action)
        self.training_plot.visible = form.tensorboard_button.enabled = False
        self.comparison_picture.clear()
        self._show_running(False)
        choose_active(viewer, form.data.image)
        choose_active(viewer, form.data.labels)
        hint = self.resume.hint + HINT
        status_panel.show_message(describe_missing_tensorflow() or hint)
        self._on_show = EventCallback(self, QEvent.Type.Show, self._update)

    @property
    def running(self) -> bool:
        """Whether a training run is running."""
        return self.worker.running

    def reset_choices(self, *_: object) -> None:
        """List the open layers and the models; napari calls it when layers change."""
        self.form.reset_choices()

    def start(self) -> None:
        """Check the form and start training in a thread."""
        self._start(self._make_request)

    def resume_training(self) -> None:
        """Continue the latest interrupted training, if there is one."""
        name = self.resume.training_name
        if name is not None:
            self._start(lambda: make_resume_request(name), read_epochs(name))

    def stop(self) -> None:
        """End training after the current step and save the best model so far.

        If a search for regions is running instead, cancel it.
        """
        if self.running:
            self._stop.set()
            self.stop_button.enabled = False
            self.status_panel.show_message(STOPPING)
        elif self.region_suggester.running:
            self.region_suggester.worker.cancel()
            self.status_panel.show_message(HINT)

    def _start(
        self,
        make_request: Callable[[], TrainRequest],
        earlier_epochs: Sequence[Epoch] = (),
    ) -> None:
        if self.running:
            return
        try:
            require_tensorflow()
            request = make_request()
        except (ImportError, OSError, TypeError, ValueError) as error:
            self.painting.show_error(error)
            return
        # A new event each time: the previous training may still be ending.
        stop = self._stop = threading.Event()
        self._request = request
        self.comparison_picture.clear()
        self.training_plot.clear()
        for epoch in earlier_epochs:
            self.training_plot.add(epoch.as_row())
        self.training_plot.visible = self.form.tensorboard_button.enabled = True
        self.worker.start(
            lambda report: run_training(request, stop, report),
            f"the training of {request.name} (after its first step, Resume can "
            "continue it later)",
        )

    def _make_request(self) -> TrainRequest:
        form = self.form
        form.default_unpainted.update()
        if not form.data.from_files:
            (image, _), *_ = self.pairs.selected
        name, config = form.model_name, form.config()
        check_name_available(name)
        if form.data.from_files:
            files = form.data.files(form.held_out)
            return TrainRequest(name, config, form.base_name, files=files)
        samples, held_out = self.pairs.samples(config)
        return TrainRequest(
            name, config, form.base_name, samples, held_out, image=image
        )

    def _make_search_request(self) -> SearchRequest:
        source, annotated = self.pairs.read_displayed_plane()
        if self.form.base_name is None:
            raise ValueError('Choose a model under "Start from" first.')
        return source, find_model(self.form.base_name).folder, annotated

    def _show_epoch(self, step: Progress) -> None:
        if step.value and self._request:
            image = run_folder(self._request.name) / PREVIEW_FILE
            self.training_plot.add(step.value, image)

    def _show_failure(self, message: str) -> None:
        if self._request and has_checkpoint(self._request.name):
            message += ". Resume continues from the last epoch"
        self.status_panel.show_message(message)

    def _finish(self, trained: TrainedModel) -> None:
        comparison = trained.comparison
        image = self._request.image if self._request else None
        if comparison is not None and comparison.is_better:
            set_preferred_model(trained.name)
        self.form.name_line.value = ""
        self.form.reset_choices()
        self._show_comparison(trained)
        self.status_panel.show_message(format_outcome(trained))
        if image is not None and image in self._viewer.layers:
            diameter = None if comparison is None else comparison.diameter
            self.status_panel.offer_action(
                "Find nuclei with the new model",
                lambda: segment_with_model(self._viewer, image, trained.name, diameter),
            )

    def _show_comparison(self, trained: TrainedModel) -> None:
        """Show the held-out nuclei that both models find, instead of the preview."""
        comparison = trained.comparison
        if comparison is not None and comparison.base is not None:
            path = trained.folder / "figures" / COMPARISON_FIGURE
            if self.comparison_picture.show_picture(
                path, comparison.base, trained.name
            ):
                self.training_plot.prediction_image.clear()

    def _show_running(self, running: bool) -> None:
        self.status_panel.show_running(running)
        form = self.form
        for control in (*form.main, *form.more, *form.expert, *form.data.pair_buttons):
            control.enabled = not running
        self.train.enabled = self.region_suggester.enabled = not running
        self.stop_button.enabled = running
        self.resume.update_name(running)

    def _update(self) -> None:
        self.form.reset_choices()
        self.resume.update_name(self.running or self.region_suggester.running)

    def _copy_tensorboard_command(self) -> None:
        if self._request is None:
            return
        command = tensorboard_command(self._request.name)
        QApplication.clipboard().setText(command)
        self.status_panel.show_message(f"Copied: {command}")

    def _add_pair(self) -> None:
        self.pairs.add()
        self._show_pairs()

    def _clear_pairs(self) -> None:
        self.pairs.clear()
        self._show_pairs()

    def _show_pairs(self) -> None:
        names = self.pairs.names
        self.status_panel.show_message(f"Training images: {names}" if names else HINT)
