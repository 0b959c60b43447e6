"""The dock widget that trains a model on an image layer and its labels."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

import cv2
import numpy as np
from magicgui.widgets import (
    CheckBox,
    ComboBox,
    Container,
    LineEdit,
    ProgressBar,
    PushButton,
    Widget,
)
from qtpy.QtWidgets import QApplication

from napari_nuclei.config import TrainConfig
from napari_nuclei.model.store import (
    DEFAULT_MODEL,
    check_free,
    choose_model,
    list_models,
)
from napari_nuclei.training.verdict import BESIDE
from napari_nuclei.training.work import LATEST, interrupted, work_folder
from napari_nuclei.widgets.annotations import BOXES, MEANINGS, Pair, divided
from napari_nuclei.widgets.curves import Progression
from napari_nuclei.widgets.form import (
    WIDTH,
    OnShow,
    choose_active,
    column,
    combo,
    layers_of,
    number_box,
    row,
    status_line,
)
from napari_nuclei.widgets.job import (
    Failure,
    Job,
    Success,
    one_line,
    start_job,
)
from napari_nuclei.widgets.source import read_source
from napari_nuclei.widgets.steps import Step
from napari_nuclei.widgets.training import Order, Trained, do_train, ending

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

SCRATCH = "nothing (from scratch)"

SCRATCH_RATE = 1e-3
"""Learning rate from scratch, where there is nothing to be careful with."""

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
        self.image = combo("image", self._image_layers, "The image to learn from.")
        self.labels_layer = combo(
            "labels", self._labels_layers, "The nuclei painted on it."
        )
        self.add_button = PushButton(
            text="Add pair", tooltip="Learn from further layers too."
        )
        self.clear_button = PushButton(text="Clear", tooltip="Forget the pairs added.")
        self.meaning = combo(
            "unpainted",
            lambda _: list(MEANINGS),
            "What pixels mean on which nothing is painted.",
        )
        self.boxes = combo(
            "boxes", self._shapes_layers, "A Shapes layer around what is annotated."
        )
        self.name_line = LineEdit(
            name="model_name", label="Name", tooltip="What the new model is called."
        )
        self.name_line.native.setPlaceholderText("my-cells")
        self.base = combo(
            "start_from", base_names, "The model whose knowledge training starts from."
        )
        usual = TrainConfig.fine_tuning()
        self.budget = number_box(TrainConfig, "budget", round(usual.budget or 0))
        self.budget.label = "Seconds"
        self.more = CheckBox(text="More settings", value=False)
        self.epochs = number_box(TrainConfig, "epochs", usual.epochs)
        self.steps = number_box(TrainConfig, "steps", usual.steps or 1)
        self.batch = number_box(TrainConfig, "batch", usual.batch)
        self.patience = number_box(TrainConfig, "patience", usual.patience)
        self.seed = number_box(TrainConfig, "seed", usual.seed)
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
        self._folded: list[Widget] = [
            self.epochs,
            self.steps,
            self.batch,
            self.patience,
            self.seed,
        ]
        self._form: list[Widget] = [
            *(self.image, self.labels_layer, self.meaning, self.boxes, self.name_line),
            *(self.base, self.budget, self.more, *self._folded),
        ]
        super().__init__(
            widgets=[
                column(self._form),
                row([self.add_button, self.clear_button]),
                row([self.train, self.stop_button, self.resume]),
                *(self.progress, self.status, self.progression, self.logs),
            ],
            labels=False,
        )
        self.native.setMinimumWidth(WIDTH)
        for button, do in (
            *((self.train, self.start), (self.stop_button, self.stop)),
            *((self.resume, self.start_again), (self.add_button, self._add_pair)),
            *((self.clear_button, self._clear_pairs), (self.logs, self._copy_command)),
            *((self.more, self._fold), (self.meaning, self._fold)),
        ):
            button.changed.connect(do)
        self.progress.visible = self.progression.visible = self.logs.visible = False
        self.stop_button.enabled = False
        self._fold()
        if DEFAULT_MODEL in self.base.choices:
            self.base.value = DEFAULT_MODEL
        choose_active(viewer, self.image)
        choose_active(viewer, self.labels_layer)
        self.status.value = HINT
        self._on_show = OnShow(self, self._shown)

    @property
    def running(self) -> bool:
        """Whether a model is being trained."""
        return self._job is not None

    def config(self) -> TrainConfig:
        """Return the settings of the form."""
        scratch = self.base.value == SCRATCH
        usual: dict[str, Any] = {}
        if scratch:
            usual = {"norms": "learn", "learning_rate": SCRATCH_RATE}
        return TrainConfig.fine_tuning(
            budget=float(self.budget.value),
            epochs=self.epochs.value,
            steps=self.steps.value,
            batch=self.batch.value,
            patience=self.patience.value,
            seed=self.seed.value,
            **usual,
        )

    def start(self) -> None:
        """Check the form and start to train in a thread."""
        if self.running:
            return
        try:
            if self.image.value is None or self.labels_layer.value is None:
                raise ValueError(
                    "Open an image and a labels layer with painted nuclei."
                )
            name, config = self.name_line.value.strip(), self.config()
            check_free(name)
            pairs = [self._read_pair(*pair) for pair in self._chosen_pairs()]
            samples, validation = divided(pairs, self.meaning.value, config)
        except (OSError, TypeError, ValueError) as error:
            self.status.value = one_line(error)
            return
        base = None if self.base.value == SCRATCH else self.base.value
        self._begin(Order(name, config, base, samples, validation))

    def start_again(self) -> None:
        """Go on with a training that was cut off."""
        if not self.running and interrupted():
            self._begin(Order(interrupted()[-1], self.config()))

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
            return
        trained: Trained = outcome.value
        self._ending = ending(trained)
        if trained.verdict is not None and trained.verdict.better:
            choose_model(trained.name)
        self.name_line.value = ""
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
        self.reset_choices()

    def _show_running(self, running: bool) -> None:
        self.progress.max = self.progress.value = 0
        self.progress.visible = running
        self.stop_button.enabled = running
        buttons = [self.train, self.add_button, self.clear_button]
        for widget in [*buttons, *self._form]:
            widget.enabled = not running
        self.resume.enabled = not running and bool(interrupted())

    def _shown(self) -> None:
        self.reset_choices()
        self.resume.enabled = not self.running and bool(interrupted())

    def _fold(self) -> None:
        for widget in self._folded:
            widget.visible = self.more.value
        self.boxes.visible = self.meaning.value == BOXES

    def _copy_command(self) -> None:
        models = work_folder(self._training).parent.parent
        folder = models / self._training
        logs = (folder if folder.is_dir() else work_folder(self._training)) / "logs"
        command = f'tensorboard --logdir "{logs}"'
        QApplication.clipboard().setText(command)
        self.status.value = command

    def _add_pair(self) -> None:
        pair = self.image.value, self.labels_layer.value
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
        return still or [(self.image.value, self.labels_layer.value)]

    def _read_pair(
        self, image: napari.layers.Image, labels: napari.layers.Labels
    ) -> Pair:
        source = read_source(image, self._viewer.dims.point)
        inside = None
        if self.meaning.value == BOXES and self.boxes.value is not None:
            shape = source.layout.plane_shape
            masks = self.boxes.value.to_masks(mask_shape=labels.data.shape)
            inside = masks.reshape(-1, *shape).any(axis=0)
        data = labels.data[0] if labels.multiscale else labels.data
        return Pair(source, data, dict(labels.metadata), inside)

    def _image_layers(self, _: ComboBox) -> list[napari.layers.Layer]:
        return layers_of(self._viewer, "Image")

    def _labels_layers(self, _: ComboBox) -> list[napari.layers.Layer]:
        return layers_of(self._viewer, "Labels")

    def _shapes_layers(self, _: ComboBox) -> list[napari.layers.Layer]:
        return layers_of(self._viewer, "Shapes")


def base_names(_: ComboBox) -> list[str]:
    """Return what training can start from."""
    return [SCRATCH, *(entry.name for entry in list_models())]
