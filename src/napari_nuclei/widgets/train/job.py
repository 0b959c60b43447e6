"""What the widget that trains has done in a thread, and how it tells of it."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from napari_nuclei.config import TrainConfig
from napari_nuclei.evaluation.model_comparison import Verdict, read_verdict
from napari_nuclei.model.store import read_card
from napari_nuclei.training.child_process import Stage, resume_apart, train_apart
from napari_nuclei.training.loop.run_folder import read_order
from napari_nuclei.widgets.shared.progress import Report, Step

if TYPE_CHECKING:
    import napari.layers

    from napari_nuclei.data.datasets import Sample
    from napari_nuclei.data.paths import Files


@dataclass(frozen=True, slots=True)
class Order:
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
    files : Files, optional
        What to learn from where it is not samples.
    image : napari.layers.Image, optional
        The first layer that is learnt from.
    """

    name: str
    config: TrainConfig
    base: str | None = None
    samples: Sequence[Sample] = ()
    validation: Sequence[Sample] | None = None
    files: Files | None = None
    image: napari.layers.Image | None = None


def resumed(name: str) -> Order:
    """Return the order to go on with a training, with the settings that it began with.

    Raises
    ------
    OSError, ValueError
        If they cannot be read.
    """
    return Order(name, read_order(name).config)


@dataclass(frozen=True, slots=True)
class Trained:
    """A model that was trained, and how it does on what was held out."""

    name: str
    folder: Path
    verdict: Verdict | None


def do_train(order: Order, stop: threading.Event, report: Report) -> Trained:
    """Train a model; called in the thread.

    Parameters
    ----------
    order : Order
    stop : threading.Event
        Once set, training ends after the present step and keeps the best weights.
    report : callable
        Is given a `Step` several times a second, whose value is the row
        of an epoch that has just ended; by raising it ends training.
    """
    shown = 0

    def tell(stage: Stage) -> None:
        nonlocal shown
        message = "Loading TensorFlow"
        if stop.is_set():
            message = "Stopping"
        elif stage.done:
            message = f"Step {stage.done}" + time_left(order.config.budget, stage)
        row = stage.row if stage.epoch > shown else None
        shown = stage.epoch
        total = round(order.config.budget or 0)
        report(Step(min(round(stage.seconds), total), total, message, row))

    samples, validation = order.samples, order.validation
    if order.files is not None:

        def reading(done: int, total: int) -> None:
            report(Step(done, total, f"Reading image {done} of {total}"))

        report(Step(0, 0, "Looking for images"))
        samples, validation = order.files.read(reading)
    report(Step(0, 0, "Loading TensorFlow"))
    if samples:
        folder = train_apart(
            samples,
            name=order.name,
            config=order.config,
            validation=validation,
            base=order.base,
            report=tell,
            stop=stop,
        )
    else:
        folder = resume_apart(order.name, report=tell, stop=stop)
    return Trained(order.name, folder, read_verdict(read_card(folder).training))


def time_left(budget: float | None, stage: Stage) -> str:
    """Say how much time is left of a budget."""
    if not budget:
        return f" of {stage.total}"
    left = round(budget - stage.seconds)
    return f", {left} s left" if left > 0 else ", testing and saving the model"


def ending(trained: Trained) -> str:
    """Say in words what came of a training."""
    verdict = trained.verdict
    if verdict is None:
        return f"{trained.name} is ready"
    said = verdict.sentence(trained.name)
    if verdict.better:
        return f"{trained.name} is ready; {said}"
    return (
        f"{trained.name} is saved but no better: {said}. {verdict.base} stays the "
        "model that is offered first"
    )
