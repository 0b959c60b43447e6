"""The dock widget that trains a model on an image layer and its labels."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

import cv2
import numpy as np
from magicgui.widgets import Container, ProgressBar, PushButton, Widget
from qtpy.QtWidgets import QApplication

from napari_nuclei.core.errors import told
from napari_nuclei.model.chosen import choose_model
from napari_nuclei.model.store import check_free, find_model
from napari_nuclei.training.verdict import BESIDE
from napari_nuclei.training.work import LATEST, interrupted, latest, work_folder
from napari_nuclei.widgets.annotations import BOXES, Pair, annotated_on, divided
from napari_nuclei.widgets.curves import Progression
from napari_nuclei.widgets.form import (
    WIDTH,
    OnShow,
    choose_active,
    column,
    layers_of,
    row,
    status_line,
)
from napari_nuclei.widgets.job import Failure, Job, Success, start_job
from napari_nuclei.widgets.source import PLANE, Choice, read_source
from napari_nuclei.widgets.steps import Step
from napari_nuclei.widgets.train_form import TrainForm
from napari_nuclei.widgets.training import (
    Order,
    Trained,
    do_train,
    ending,
    resumed,
)
from napari_nuclei.widgets.where_next import Wanted, WhereNext

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

    from napari_nuclei.widgets.source import Source

HINT = "Paint some nuclei, each with a number of its own, and press Train."


class TrainWidget(Container[Widget]):
    """Trains a model on image layers and the labels painted on them.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self._viewer = viewer
        self._job: Job | None = None
        self._stop = threading.Event()
        self._ending = self._training = ""
        self._pairs: list[tuple[napari.layers.Image, napari.layers.Labels]] = []
        self.form = form = TrainForm(lambda kind: layers_of(viewer, kind))
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
        self.progress = ProgressBar(min=0, max=1, value=0)
        self.status = status_line()
        self.progression = Progression()
        self.where_next = WhereNext(viewer, self._to_annotate, self._say)
        super().__init__(
            widgets=[
                column(form.main),
                row(form.pairing),
                self.where_next,
                row([self.train, self.stop_button, self.resume]),
                *(self.progress, self.status, self.progression, self.logs),
            ],
            labels=False,
        )
        self.native.setMinimumWidth(WIDTH)
        self.native.layout().addWidget(form.more_fold)
        self.native.layout().addStretch()
        for button, do in (
            *((self.train, self.start), (self.stop_button, self.stop)),
            *((self.resume, self.start_again), (form.add_button, self._add_pair)),
            *((form.clear_button, self._clear_pairs), (self.logs, self._copy_command)),
        ):
            button.changed.connect(do)
        self.progress.visible = self.progression.visible = self.logs.visible = False
        self.stop_button.enabled = False
        self.resume.enabled = bool(interrupted())
        choose_active(viewer, form.image)
        choose_active(viewer, form.labels)
        self.status.value = HINT
        self._on_show = OnShow(self, self._shown)

    @property
    def running(self) -> bool:
        """Whether a model is being trained."""
        return self._job is not None

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

    def _try(self, wanted: Callable[[], Order]) -> None:
        if self.running:
            return
        try:
            order = wanted()
        except (OSError, TypeError, ValueError) as error:
            self.status.value = told(error)
            return
        self._begin(order)

    def _order(self) -> Order:
        """Return what the form asks for; errors tell what is wrong with it."""
        form = self.form
        if not form.from_files and None in (form.image.value, form.labels.value):
            raise ValueError("Open an image and a labels layer with painted nuclei.")
        name, config = form.name_line.value.strip(), form.config()
        check_free(name)
        if form.from_files:
            return Order(name, config, form.base_name, files=form.files())
        pairs = [self._read_pair(*pair) for pair in self._chosen_pairs()]
        own = [self._read_pair(*self._check_pair())] if form.checked_on_own else []
        samples, held = divided(pairs, form.meaning.value, config, own)
        return Order(name, config, form.base_name, samples, held)

    def _check_pair(self) -> tuple[napari.layers.Image, napari.layers.Labels]:
        form = self.form
        image, labels = form.check_image.value, form.check_labels.value
        if image is None or labels is None:
            raise ValueError("Choose the layers to check the model on, under More.")
        return image, labels

    def _begin(self, order: Order) -> None:
        # An event of its own: a job that is still ending must not be revived.
        stop = self._stop = threading.Event()
        self._ending = "Cancelled; Resume goes on from the last epoch"
        self._training = order.name
        self.progression.clear()
        self._show_running(True)
        self.progression.visible = self.logs.visible = True
        self._job = start_job(
            lambda report: do_train(order, stop, report),
            self.native,
            description=f"Training {order.name}",
            on_step=self._stepped,
            on_return=self._returned,
            on_end=self._ended,
        )

    def stop(self) -> None:
        """End training after the present step and keep the best model so far."""
        if self.running:
            self._stop.set()
            self.stop_button.enabled = False
            self.status.value = "Stopping"

    def _stepped(self, step: Step) -> None:
        self.progress.max = step.total
        self.progress.value = step.done
        if step.message:
            self.status.value = step.message
        if step.value:
            picture = work_folder(self._training) / LATEST
            self.progression.add(step.value, picture)

    def _returned(self, outcome: Success | Failure) -> None:
        if isinstance(outcome, Failure):
            self._ending = outcome.message
            if self._training in interrupted():
                self._ending += ". Resume goes on from the last epoch"
            return
        trained: Trained = outcome.value
        self._ending = ending(trained)
        if trained.verdict is not None and trained.verdict.better:
            choose_model(trained.name)
        self.form.name_line.value = ""
        picture = trained.folder / "figures" / BESIDE
        if picture.is_file():
            pixels = cv2.imread(str(picture))
            if pixels is not None:
                name = f"held out: {trained.verdict and trained.verdict.base} | "
                self._viewer.add_image(
                    np.ascontiguousarray(pixels[..., ::-1]),
                    rgb=True,
                    name=name + trained.name,
                    visible=False,
                )

    def _ended(self) -> None:
        self._job = None
        self._show_running(False)
        self.status.value = self._ending
        self.form.reset_choices()

    def _show_running(self, running: bool) -> None:
        self.progress.max = self.progress.value = 0
        self.progress.visible = running
        self.stop_button.enabled = running
        form = self.form
        buttons = [self.train, *form.pairing, self.where_next]
        for widget in [*buttons, *form.main, *form.more]:
            widget.enabled = not running
        self.resume.enabled = not running and bool(interrupted())

    def _shown(self) -> None:
        self.form.reset_choices()
        self.resume.enabled = not self.running and bool(interrupted())

    def _say(self, text: str) -> None:
        self.status.value = text

    def _to_annotate(self) -> Wanted:
        form, viewer = self.form, self._viewer
        image, labels = form.image.value, form.labels.value
        if image is None:
            raise ValueError("Open an image first.")
        if form.base_name is None:
            raise ValueError("Choose the model whose doubts count, under Start from.")
        source = read_source(image, viewer.dims.point, Choice(scope=PLANE))
        model, annotated = find_model(form.base_name).folder, None
        if labels is not None:
            annotated = annotated_on(self._pair(source, labels), form.meaning.value)
        return source, model, annotated

    def _copy_command(self) -> None:
        models = work_folder(self._training).parent.parent
        folder = models / self._training
        logs = (folder if folder.is_dir() else work_folder(self._training)) / "logs"
        command = f'tensorboard --logdir "{logs}"'
        QApplication.clipboard().setText(command)
        self.status.value = command

    def _add_pair(self) -> None:
        pair = self.form.image.value, self.form.labels.value
        if None not in pair and pair not in self._pairs:
            self._pairs.append(pair)
        self._tell_pairs()

    def _clear_pairs(self) -> None:
        self._pairs.clear()
        self._tell_pairs()

    def _tell_pairs(self) -> None:
        names = ", ".join(
            f"{image.name} + {labels.name}" for image, labels in self._pairs
        )
        self.status.value = f"Learns from {names}" if names else HINT

    def _chosen_pairs(
        self,
    ) -> list[tuple[napari.layers.Image, napari.layers.Labels]]:
        """Return the pairs that were added and are open; else the one chosen."""
        layers = self._viewer.layers
        still = [x for x in self._pairs if x[0] in layers and x[1] in layers]
        return still or [(self.form.image.value, self.form.labels.value)]

    def _read_pair(
        self, image: napari.layers.Image, labels: napari.layers.Labels
    ) -> Pair:
        return self._pair(read_source(image, self._viewer.dims.point), labels)

    def _pair(self, source: Source, labels: napari.layers.Labels) -> Pair:
        form, inside = self.form, None
        data = labels.data[0] if labels.multiscale else labels.data
        boxed = form.meaning.value == BOXES and form.boxes.value is not None
        shape = source.layout.plane_shape
        if boxed and data.shape[-2:] == shape:  # others are refused, or passed over
            masks = form.boxes.value.to_masks(mask_shape=data.shape)
            inside = masks.reshape(-1, *shape).any(axis=0)
        metadata, background = dict(labels.metadata), form.background.value
        return Pair(source, data, metadata, inside, background)
