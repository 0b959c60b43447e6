"""Train a model for the Train dock: the request, the thread's work, the messages."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from napari_nuclei.config import TrainConfig
from napari_nuclei.data.mask_report import describe_masks
from napari_nuclei.evaluation.model_comparison import ModelComparison, read_comparison
from napari_nuclei.model.store import models_folder, read_card
from napari_nuclei.model.user_models import get_preferred_model
from napari_nuclei.training.child_process import (
    TrainingProgress,
    resume_in_child_process,
    train_in_child_process,
)
from napari_nuclei.training.loop.run_folder import read_run_settings, run_folder
from napari_nuclei.widgets.shared.thread_progress import Progress, ProgressCallback

if TYPE_CHECKING:
    import napari.layers

    from napari_nuclei.data.datasets import Sample
    from napari_nuclei.data.paths import TrainingPaths

USUAL_START_SECONDS = 20
"""Time from the button to the first step on two CPU cores, most of it in imports."""

STOPPING = "Stopping after this step and saving the best model"


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """What to train, fixed when the button was pressed.

    Attributes
    ----------
    name : str
        Name of the new model, or of the interrupted training.
    config : TrainConfig
        Training settings; for an interrupted training the settings it started with.
    base : str, optional
        Name of the model to improve; None trains from scratch.
    samples : sequence of Sample
        Training images with labels, when they come from layers.
    validation : sequence of Sample, optional
        Held-out images. None lets the training hold out a part of `samples`.
    files : TrainingPaths, optional
        Data set on disk to train on instead of `samples`.
    image : napari.layers.Image, optional
        First image layer of the training data.
    resume : bool
        Continue the interrupted training `name` from its own settings and
        annotations; `base`, `samples`, `validation` and `files` are not used.
    """

    name: str
    config: TrainConfig
    base: str | None = None
    samples: Sequence[Sample] = ()
    validation: Sequence[Sample] | None = None
    files: TrainingPaths | None = None
    image: napari.layers.Image | None = None
    resume: bool = False


def make_resume_request(name: str) -> TrainRequest:
    """Return a request that continues an interrupted training with its own settings.

    Raises
    ------
    OSError, ValueError
        If the settings cannot be read.
    """
    return TrainRequest(name, read_run_settings(name).config, resume=True)


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A trained model and its comparison with the baseline, if there is one.

    Attributes
    ----------
    name : str
    folder : Path
    comparison : ModelComparison, optional
    notes : tuple of str
        Sentences about binary masks of the data set, in which touching nuclei count as
        one.
    """

    name: str
    folder: Path
    comparison: ModelComparison | None
    notes: tuple[str, ...] = ()


def run_training(
    request: TrainRequest, stop: threading.Event, report: ProgressCallback
) -> TrainedModel:
    """Train a model; called in the worker thread.

    Parameters
    ----------
    request : TrainRequest
    stop : threading.Event
        Once set, training ends after the current step and saves the best weights.
    report : callable
        Called with a `Progress` several times a second; its value is the row of an
        epoch that has just ended. An exception raised in it ends the training.

    Raises
    ------
    OSError, ValueError
        If the data set on disk cannot be read.
    RuntimeError
        If training fails.
    """
    samples, validation = request.samples, request.validation
    notes: tuple[str, ...] = ()
    if request.files is not None:

        def report_image(done: int, total: int) -> None:
            report(Progress(done, total, f"Reading image {done} of {total}"))

        report(Progress(0, 0, "Looking for images"))
        samples, validation = request.files.read(report_image)
        notes = tuple(describe_masks([*samples, *(validation or ())]))
        for note in notes:
            report(Progress(0, 0, note))
    started = monotonic()
    last_epoch = 0

    def report_training(progress: TrainingProgress) -> None:
        nonlocal last_epoch
        row = progress.row if progress.epoch > last_epoch else None
        last_epoch = progress.epoch
        message = format_progress(
            progress, request.config.budget, monotonic() - started, stop.is_set()
        )
        total = round(request.config.budget or 0)
        report(Progress(min(round(progress.seconds), total), total, message, row))

    report(Progress(0, 0, format_starting(0)))
    if request.resume:
        folder = resume_in_child_process(
            request.name, report=report_training, stop=stop
        )
    else:
        folder = train_in_child_process(
            samples,
            name=request.name,
            config=request.config,
            validation=validation,
            base=request.base,
            report=report_training,
            stop=stop,
        )
    return TrainedModel(
        request.name, folder, read_comparison(read_card(folder).training), notes
    )


def format_progress(
    progress: TrainingProgress,
    budget: float | None,
    seconds: float,
    stopping: bool,
) -> str:
    """Return the status line of a running training.

    Parameters
    ----------
    progress : TrainingProgress
    budget : float, optional
        Training time, in seconds; None trains for a number of steps.
    seconds : float
        Time since training started.
    stopping : bool
        Whether the user has pressed Stop.
    """
    if stopping:
        return STOPPING
    if not progress.done:
        return format_starting(seconds)
    if not budget:
        return f"Step {progress.done} of {progress.total}"
    seconds_left = round(budget - progress.seconds)
    if seconds_left > 0:
        return f"Step {progress.done}, {seconds_left} s left"
    return f"Step {progress.done}, testing and saving the model"


def format_starting(seconds: float) -> str:
    """Return the status line until the first step; `seconds` is the time so far.

    Examples
    --------
    >>> format_starting(7.4)
    'Starting (about 20 s): 7 s'
    """
    return f"Starting (about {USUAL_START_SECONDS} s): {seconds:.0f} s"


def format_outcome(trained: TrainedModel) -> str:
    """Return the status line of a finished training, with the notes on its data."""
    outcome = format_comparison(trained)
    if not trained.notes:
        return outcome
    return f"{outcome.removesuffix('.')}. {'. '.join(trained.notes)}."


def format_comparison(trained: TrainedModel) -> str:
    """Return the part of the status line about the new model and its baseline."""
    comparison = trained.comparison
    if comparison is None:
        return f"{trained.name} is ready"
    tested = comparison.summary_line(trained.name)
    if comparison.is_better:
        return f"{trained.name} is ready. {tested}"
    saved = "is saved" if comparison.is_worse else "is ready"
    default = get_preferred_model()
    return f"{trained.name} {saved}. {tested} {default} stays the default model."


def tensorboard_command(name: str) -> str:
    """Return the command that shows the curves of a training run in a browser.

    Parameters
    ----------
    name : str
        Name of the model, or of the training that runs or was interrupted.
    """
    finished = models_folder() / name
    folder = finished if finished.is_dir() else run_folder(name)
    return f'tensorboard --logdir "{folder / "logs"}"'
