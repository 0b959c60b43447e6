"""The dock widget that trains a model on an image layer and its labels."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import cv2
import numpy as np
from magicgui.widgets import Container, PushButton, Widget
from qtpy.QtCore import QEvent
from qtpy.QtWidgets import QApplication

from napari_nuclei.core.errors import told
from napari_nuclei.evaluation.model_comparison import BESIDE
from napari_nuclei.model.chosen import choose_model
from napari_nuclei.model.store import check_free, find_model
from napari_nuclei.training.loop.run_folder import (
    LATEST,
    interrupted,
    latest,
    work_folder,
)
from napari_nuclei.widgets.shared.form import (
    WIDTH,
    OnEvent,
    choose_active,
    column,
    layers_of,
    row,
)
from napari_nuclei.widgets.shared.progress import Step
from napari_nuclei.widgets.shared.single_worker import OneJob
from napari_nuclei.widgets.shared.status import Notice
from napari_nuclei.widgets.train.form import TrainForm
from napari_nuclei.widgets.train.job import (
    Order,
    Trained,
    do_train,
    ending,
    resumed,
)
from napari_nuclei.widgets.train.layer_pairs import Pairs
from napari_nuclei.widgets.train.loss_plot import Progression
from napari_nuclei.widgets.train.suggest_regions import Wanted, WhereNext

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
        self.form = form = TrainForm(lambda kind: layers_of(viewer, kind))
        self.pairs = Pairs(viewer, form)
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
        self.notice = notice = Notice()
        self.progression = Progression()
        self.where_next = WhereNext(
            viewer, self._to_annotate, notice, self._show_running
        )
        super().__init__(
            widgets=[
                column(form.main),
                row(form.data.pairing),
                self.where_next,
                row([self.train, self.stop_button, self.resume]),
                *(*notice.parts, self.progression, self.logs),
            ],
            labels=False,
        )
        self.native.setMinimumWidth(WIDTH)
        self.native.layout().addWidget(form.more_fold)
        self.native.layout().addStretch()
        self.jobs = OneJob(self.native, notice, self._show_running)
        for button, do in (
            *((self.train, self.start), (self.stop_button, self.stop)),
            *((self.resume, self.start_again), (self.logs, self._copy_command)),
            *((form.data.add_button, self._add), (form.data.clear_button, self._clear)),
        ):
            button.changed.connect(do)
        self.progression.visible = self.logs.visible = False
        self._show_running(False)
        choose_active(viewer, form.data.image)
        choose_active(viewer, form.data.labels)
        notice.say(HINT)
        self._on_show = OnEvent(self, QEvent.Type.Show, self._shown)

    @property
    def running(self) -> bool:
        """Whether a model is being trained."""
        return self.jobs.job is not None

    def reset_choices(self, *_: object) -> None:
        """List the layers and models there are; napari calls it as layers come."""
        self.form.reset_choices()

    def start(self) -> None:
        """Check the form and start to train in a thread."""
        self._try(self._order)

    def start_again(self) -> None:
        """Go on with a training that was cut off."""
        if interrupted():
            self._try(lambda: resumed(latest()))

    def stop(self) -> None:
        """End training after the present step and keep the best model so far."""
        if self.running:
            self._stop.set()
            self.stop_button.enabled = False
            self.notice.say("Stopping")
        elif self.where_next.running:
            self.where_next.jobs.stop()
            self.notice.say(HINT)

    def _try(self, wanted: Callable[[], Order]) -> None:
        if self.running:
            return
        try:
            order = wanted()
        except (OSError, TypeError, ValueError) as error:
            self.notice.say(told(error))
            return
        self._begin(order)

    def _order(self) -> Order:
        """Return what the form asks for; errors tell what is wrong with it."""
        form = self.form
        if not form.data.from_files:
            (image, _), *_ = self.pairs.chosen
        name, config = form.name_line.value.strip(), form.config()
        check_free(name)
        if form.data.from_files:
            files = form.data.files(form.check)
            return Order(name, config, form.base_name, files=files)
        samples, held = self.pairs.samples(config)
        return Order(name, config, form.base_name, samples, held, image=image)

    def _begin(self, order: Order) -> None:
        # An event of its own: a job that is still ending must not be revived.
        stop = self._stop = threading.Event()
        self._training = order.name
        self.progression.clear()
        self.progression.visible = self.logs.visible = True
        self.jobs.start(
            lambda report: do_train(order, stop, report),
            f"Training {order.name}",
            partial(self._finish, order),
            on_step=self._stepped,
            failed=self._failed,
        )

    def _stepped(self, step: Step) -> None:
        if step.value:
            picture = work_folder(self._training) / LATEST
            self.progression.add(step.value, picture)

    def _failed(self, message: str) -> None:
        if self._training in interrupted():
            message += ". Resume goes on from the last epoch"
        self.notice.say(message)

    def _finish(self, order: Order, trained: Trained) -> None:
        verdict, image = trained.verdict, order.image
        if verdict is not None and verdict.better:
            choose_model(trained.name)
        self.form.name_line.value = ""
        self.form.reset_choices()
        self._show_beside(trained)
        self.notice.say(ending(trained))
        if image is not None and image in self._viewer.layers:
            size = None if verdict is None else verdict.diameter
            self.notice.suggest(
                "Find nuclei with the new model",
                lambda: first_run(self._viewer, image, trained.name, size),
            )

    def _show_beside(self, trained: Trained) -> None:
        """Add the picture of what the base and the new model found beside it."""
        picture = trained.folder / "figures" / BESIDE
        pixels = cv2.imread(str(picture)) if picture.is_file() else None
        if pixels is not None:
            base = trained.verdict and trained.verdict.base
            self._viewer.add_image(
                np.ascontiguousarray(pixels[..., ::-1]),
                rgb=True,
                name=f"held out: {base} | {trained.name}",
                visible=False,
            )

    def _show_running(self, running: bool) -> None:
        self.notice.show_running(running)
        form = self.form
        for widget in (self.train, *form.data.pairing, *form.main, *form.more):
            widget.enabled = not running
        self.where_next.enabled = not running
        self.stop_button.enabled = running
        self.resume.enabled = not running and bool(interrupted())

    def _shown(self) -> None:
        self.form.reset_choices()
        busy = self.running or self.where_next.running
        self.resume.enabled = not busy and bool(interrupted())

    def _to_annotate(self) -> Wanted:
        source, annotated = self.pairs.in_view()
        if self.form.base_name is None:
            raise ValueError("Choose the model whose doubts count, under Start from.")
        return source, find_model(self.form.base_name).folder, annotated

    def _copy_command(self) -> None:
        models = work_folder(self._training).parent.parent
        folder = models / self._training
        logs = (folder if folder.is_dir() else work_folder(self._training)) / "logs"
        command = f'tensorboard --logdir "{logs}"'
        QApplication.clipboard().setText(command)
        self.notice.say(command)

    def _add(self) -> None:
        self.pairs.add()
        self._tell_pairs()

    def _clear(self) -> None:
        self.pairs.clear()
        self._tell_pairs()

    def _tell_pairs(self) -> None:
        names = self.pairs.names
        self.notice.say(f"Learns from {names}" if names else HINT)


def first_run(
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
        segment.take_painted(diameter)
    segment.start()
