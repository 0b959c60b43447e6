"""From learnt weights to a model's folder: files, thresholds, figures and its card."""

from __future__ import annotations

import csv
import io
import platform
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras

from napari_nuclei.config import TrainConfig
from napari_nuclei.core.card import Card
from napari_nuclei.core.diameter import sizes_of
from napari_nuclei.core.normalize import normalize
from napari_nuclei.core.overlay import as_png
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.data.datasets import Sample
from napari_nuclei.evaluation import architecture_figure as diagram
from napari_nuclei.evaluation import figures
from napari_nuclei.evaluation.evaluate import (
    write_report,
)
from napari_nuclei.evaluation.held_out import Judged, judge, own_diameter
from napari_nuclei.evaluation.model_comparison import (
    BESIDE,
    Verdict,
    richest,
    side_by_side,
)
from napari_nuclei.evaluation.thresholds import choose_thresholds
from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.model.convert import save_plain
from napari_nuclei.model.store import KERAS_FILE, ModelEntry
from napari_nuclei.training.loop.state import Epoch, State

__all__ = [
    "About",
    "Judged",
    "judge",
    "measured",
    "record",
    "write_history",
    "write_model",
]

VERSIONS = ("napari-nuclei", "tensorflow", "keras", "numpy")

ENOUGH_NUCLEI = 200
"""Thresholds are chosen on the held-out nuclei if there are at least so many."""


@dataclass(frozen=True, slots=True)
class About:
    """What a card says of a model beside its figures.

    Attributes
    ----------
    description, data, licence : str
        What the model is for, what it was trained on, under what terms it is given.
    """

    description: str = ""
    data: str = ""
    licence: str = ""


def write_model(place: Path, model: keras.Model, state: State, work: Path) -> None:
    """Write the files of a model but its card and that of LiteRT.

    Logs and figures come from `work`.
    """
    for part in ("logs", "figures"):
        if (work / part).is_dir():
            shutil.copytree(work / part, place / part)
    write_history(place / "history.csv", state.epochs)
    rows = [epoch.as_row() for epoch in state.epochs]
    figures.save(figures.curves(rows), place / "figures" / "curves.png")
    figures.save(diagram.architecture(model), place / "figures" / "architecture.png")
    save_plain(model, place / KERAS_FILE)


def measured(
    folder: Path,
    segmenter: Segmenter,
    new: Judged,
    validation: Sequence[Sample],
    rival: Judged | None,
    diameter: float | None = None,
) -> Card:
    """Report how a model does on what was held out; return its card with the figures.

    Thresholds are chosen there too where it holds enough nuclei. On a few they would
    fit those few, and the comparison with the rival would flatter the new model.

    Parameters
    ----------
    folder : Path
        Of the model.
    segmenter : Segmenter
        The model, with its card as it is so far.
    new : Judged
        The model on what was held out.
    validation : sequence of Sample
    rival : Judged, optional
        The model that it is compared with.
    diameter : float, optional
        As of `judge`.
    """
    card = segmenter.card
    if sum(len(sizes_of(sample.labels)) for sample in validation) >= ENOUGH_NUCLEI:
        card = with_thresholds(segmenter, card, validation, diameter)
        new = judge(Segmenter(segmenter.network, card), validation, diameter)
    write_report(new.evaluation, validation, new.labels, folder / "figures")
    verdict = Verdict(new.nuclei, new.f1, diameter=diameter)
    if rival is not None:
        verdict = replace(verdict, base=rival.name, base_f1=rival.f1)
        number = richest(validation)
        found = [one.labels[number] for one in (rival, new)]
        picture = side_by_side(validation[number], *found)
        write_atomic(folder / "figures" / BESIDE, as_png(picture))
    training = {**card.training, "held_out": verdict.as_dict()}
    return replace(card, metrics=new.evaluation.summary(), training=training)


def with_thresholds(
    segmenter: Segmenter,
    card: Card,
    validation: Sequence[Sample],
    diameter: float | None,
) -> Card:
    """Return a card with the thresholds that do best on validation images."""
    maps = []
    for sample in validation:
        config, plane = own_diameter(sample, diameter), normalize(sample.image)
        scale = segmenter.choose_scale([plane], config, None)
        maps.append(segmenter.predict(plane, scale=scale, config=config))
    return choose_thresholds(segmenter, maps, validation).on(card)


def record(
    config: TrainConfig,
    state: State,
    samples: Sequence[Sample],
    validation: Sequence[Sample],
    base: ModelEntry | None,
    about: About,
    seconds: float,
) -> dict[str, Any]:
    """Return what a card says of how a model was trained."""
    settings = config.as_dict()
    weights = settings["model"]["encoder_weights"]
    if weights and weights != "imagenet":  # a path means nothing elsewhere
        settings["model"]["encoder_weights"] = Path(weights).name
    if config.teacher:
        settings["teacher"] = Path(config.teacher).name
    return {
        "data": about.data,
        "images": len(samples),
        "nuclei": sum(len(sizes_of(sample.labels)) for sample in samples),
        "validation_images": len(validation),
        "base": None if base is None else base.name,
        "ended": state.ended,
        "steps": state.step,
        "best_epoch": state.best_epoch,
        "share_learnt": config.blend if state.share is None else state.share,
        "seconds": round(seconds),
        "settings": settings,
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in VERSIONS},
        },
    }


def write_history(path: Path, epochs: Sequence[Epoch]) -> None:
    """Write a row for each epoch."""
    rows = [epoch.as_row() for epoch in epochs]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomic(path, text.getvalue().encode())
