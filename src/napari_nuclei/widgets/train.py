"""The dock widget that trains a model on an image layer and its labels."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from magicgui.widgets import (
    ComboBox,
    Container,
    LineEdit,
    ProgressBar,
    PushButton,
    Widget,
)

from napari_nuclei.config import TrainConfig
from napari_nuclei.model.store import DEFAULT_MODEL, check_free, list_models, read_card
from napari_nuclei.training.apart import Stage, train_apart
from napari_nuclei.widgets.annotations import hold_out, painted_samples
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
from napari_nuclei.widgets.steps import Report, Step

if TYPE_CHECKING:
    import napari.layers
    import napari.viewer

    from napari_nuclei.training.datasets import Sample

SCRATCH = "nothing (from scratch)"

EPOCHS, STEPS, BATCH = 20, 20, 16
"""Defaults of the form: some minutes on a laptop for an image or two."""

HINT = "Paint each nucleus with a number of its own; unpainted counts as background."


@dataclass(frozen=True, slots=True)
class Trained:
    """A model that was trained.

    Attributes
    ----------
    name : str
    dice : float
        Of the validation samples, as the model's card has it.
    epochs : int
        Epochs it took.
    """

    name: str
    dice: float
    epochs: int


def train_samples(
    samples: Sequence[Sample],
    validation: Sequence[Sample],
    *,
    name: str,
    base: str | None,
    config: TrainConfig,
    stop: threading.Event,
    report: Report,
) -> Trained:
    """Train a model; called in the thread.

    Parameters
    ----------
    samples, validation : sequence of Sample
    name : str
        Of the new model.
    base : str, optional
        The model that training starts from.
    config : TrainConfig
    stop : threading.Event
        Once set, training ends after the present step and keeps the best weights.
    report : callable
        Is given a `Step` several times a second; by raising it ends training, and
        nothing is kept.
    """
    stage = Stage()

    def tell(latest: Stage) -> None:
        nonlocal stage
        message = ""
        if stop.is_set():
            message = "Stopping"
        elif latest.epoch > stage.epoch:
            message = (
                f"Epoch {latest.epoch} of {config.epochs}: "
                f"validation Dice {latest.dice:.3f}"
            )
        stage = latest
        report(Step(latest.done, latest.total, message))

    report(Step(0, 0, "Loading TensorFlow"))
    folder = train_apart(
        samples,
        name=name,
        config=config,
        validation=validation,
        base=base,
        report=tell,
        stop=stop,
    )
    return Trained(name, read_card(folder).metrics["pooled"]["pixel_dice"], stage.epoch)


class TrainWidget(Container[Widget]):
    """Trains a model on an image layer and the labels painted on it.

    Parameters
    ----------
    viewer : napari.viewer.Viewer
    """

    def __init__(self, viewer: napari.viewer.Viewer) -> None:
        self._viewer = viewer
        self._job: Job | None = None
        self._stop = threading.Event()
        self._ending = ""
        self.image = combo("image", self._image_layers, "The image to learn from.")
        self.labels_layer = combo(
            "labels", self._labels_layers, "The nuclei painted on it."
        )
        self.name_line = LineEdit(
            name="model_name", label="Name", tooltip="What the new model is called."
        )
        self.name_line.native.setPlaceholderText("my-cells")
        self.base = combo(
            "start_from", base_names, "The model whose knowledge training starts from."
        )
        self.epochs = number_box(TrainConfig, "epochs", EPOCHS)
        self.steps = number_box(TrainConfig, "steps", STEPS)
        self.train = PushButton(text="Train", tooltip="Train a new model.")
        self.stop_button = PushButton(
            text="Stop", tooltip="End training early and keep the best model so far."
        )
        self.progress = ProgressBar(min=0, max=1, value=0)
        self.status = status_line()
        self._form: list[Widget] = [
            self.image,
            self.labels_layer,
            self.name_line,
            self.base,
            self.epochs,
            self.steps,
        ]
        buttons = row([self.train, self.stop_button])
        super().__init__(
            widgets=[column(self._form), buttons, self.progress, self.status],
            labels=False,
        )
        self.native.setMinimumWidth(WIDTH)
        self.train.changed.connect(self.start)
        self.stop_button.changed.connect(self.stop)
        self.progress.visible = False
        self.stop_button.enabled = False
        if DEFAULT_MODEL in self.base.choices:
            self.base.value = DEFAULT_MODEL
        choose_active(viewer, self.image)
        choose_active(viewer, self.labels_layer)
        self.status.value = HINT
        self._on_show = OnShow(self, self.reset_choices)

    @property
    def running(self) -> bool:
        """Whether a model is being trained."""
        return self._job is not None

    def config(self) -> TrainConfig:
        """Return the settings of the form."""
        return TrainConfig(
            epochs=self.epochs.value, steps=self.steps.value, batch=BATCH
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
            source = read_source(self.image.value, self._viewer.dims.point)
            painted = painted_samples(source, self.labels_layer.value.data)
            samples, validation = hold_out(painted, config.val_fraction, config.seed)
        except (OSError, TypeError, ValueError) as error:
            self.status.value = one_line(error)
            return
        base = None if self.base.value == SCRATCH else self.base.value
        # An event of its own: a job that is still ending must not be revived.
        stop = self._stop = threading.Event()
        self._ending = "Cancelled; nothing was kept"
        self._show_running(True)
        self._job = start_job(
            lambda report: train_samples(
                samples,
                validation,
                name=name,
                base=base,
                config=config,
                stop=stop,
                report=report,
            ),
            self.native,
            description=f"Training {name}",
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

    def _returned(self, outcome: Success | Failure) -> None:
        if isinstance(outcome, Failure):
            self._ending = outcome.message
            return
        trained: Trained = outcome.value
        epochs = "1 epoch" if trained.epochs == 1 else f"{trained.epochs} epochs"
        self._ending = (
            f"{trained.name} is ready: validation Dice {trained.dice:.3f}, {epochs}"
        )
        self.name_line.value = ""

    def _ended(self) -> None:
        self._job = None
        self._show_running(False)
        self.status.value = self._ending

    def _show_running(self, running: bool) -> None:
        self.progress.max = self.progress.value = 0
        self.progress.visible = running
        self.stop_button.enabled = running
        for widget in (self.train, *self._form):
            widget.enabled = not running

    def _image_layers(self, _: ComboBox) -> list[napari.layers.Layer]:
        return layers_of(self._viewer, "Image")

    def _labels_layers(self, _: ComboBox) -> list[napari.layers.Layer]:
        return layers_of(self._viewer, "Labels")


def base_names(_: ComboBox) -> list[str]:
    """Return what training can start from."""
    return [SCRATCH, *(entry.name for entry in list_models())]
