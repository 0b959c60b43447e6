"""What the widget that trains has done in a thread, and how it tells of it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from napari_nuclei.config import TrainConfig
from napari_nuclei.evaluation.model_comparison import ModelComparison, read_comparison
from napari_nuclei.model.store import read_card
from napari_nuclei.training.child_process import (
    TrainingProgress,
    resume_in_child_process,
    train_in_child_process,
)
from napari_nuclei.training.loop.run_folder import read_run_settings
from napari_nuclei.widgets.shared.progress import Progress, ProgressCallback

if TYPE_CHECKING:
    import napari.layers

    from napari_nuclei.data.datasets import Sample
    from napari_nuclei.data.paths import TrainingPaths


@dataclass(frozen=True, slots=True)
class TrainRequest:
    """What to train, fixed when the button was pressed.

    Attributes
    ----------
    name : str
        Of the new model, or of the training that is resumed.
    config : TrainConfig
    base : str, optional
    samples : sequence of Sample
        Empty where a training is resumed, or files are read.
    validation : sequence of Sample, optional
        None where it is still to be held out.
    files : TrainingPaths, optional
        What to learn from where it is not samples.
    image : napari.layers.Image, optional
        The first layer that is learnt from.
    """

    name: str
    config: TrainConfig
    base: str | None = None
    samples: Sequence[Sample] = ()
    validation: Sequence[Sample] | None = None
    files: TrainingPaths | None = None
    image: napari.layers.Image | None = None


def make_resume_request(name: str) -> TrainRequest:
    """Return the order to go on with a training, with the settings that it began with.

    Raises
    ------
    OSError, ValueError
        If they cannot be read.
    """
    return TrainRequest(name, read_run_settings(name).config)


@dataclass(frozen=True, slots=True)
class TrainedModel:
    """A model that was trained, and how it does on what was held out."""

    name: str
    folder: Path
    verdict: ModelComparison | None


def run_training(
    request: TrainRequest, stop: threading.Event, report: ProgressCallback
) -> TrainedModel:
    """Train a model; called in the thread.

    Parameters
    ----------
    request : TrainRequest
    stop : threading.Event
        Once set, training ends after the present step and keeps the best weights.
    report : callable
        Is given a `Progress` several times a second, whose value is the row
        of an epoch that has just ended; by raising it ends training.
    """
    shown = 0

    def tell(stage: TrainingProgress) -> None:
        nonlocal shown
        message = "Loading TensorFlow"
        if stop.is_set():
            message = "Stopping"
        elif stage.done:
            message = f"Step {stage.done}" + format_budget_left(
                request.config.budget, stage
            )
        row = stage.row if stage.epoch > shown else None
        shown = stage.epoch
        total = round(request.config.budget or 0)
        report(Progress(min(round(stage.seconds), total), total, message, row))

    samples, validation = request.samples, request.validation
    if request.files is not None:

        def reading(done: int, total: int) -> None:
            report(Progress(done, total, f"Reading image {done} of {total}"))

        report(Progress(0, 0, "Looking for images"))
        samples, validation = request.files.read(reading)
    report(Progress(0, 0, "Loading TensorFlow"))
    if samples:
        folder = train_in_child_process(
            samples,
            name=request.name,
            config=request.config,
            validation=validation,
            base=request.base,
            report=tell,
            stop=stop,
        )
    else:
        folder = resume_in_child_process(request.name, report=tell, stop=stop)
    return TrainedModel(
        request.name, folder, read_comparison(read_card(folder).training)
    )


def format_budget_left(budget: float | None, stage: TrainingProgress) -> str:
    """Say how much time is left of a budget."""
    if not budget:
        return f" of {stage.total}"
    left = round(budget - stage.seconds)
    return f", {left} s left" if left > 0 else ", testing and saving the model"


def format_outcome(trained: TrainedModel) -> str:
    """Say in words what came of a training."""
    verdict = trained.verdict
    if verdict is None:
        return f"{trained.name} is ready"
    said = verdict.summary_line(trained.name)
    if verdict.is_not_worse:
        return f"{trained.name} is ready; {said}"
    return (
        f"{trained.name} is saved but no better: {said}. {verdict.base} stays the "
        "model that is offered first"
    )
