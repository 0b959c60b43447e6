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
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.diameter import object_areas
from napari_nuclei.core.normalize import normalize
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.data.datasets import Sample
from napari_nuclei.evaluation import figures
from napari_nuclei.evaluation.architecture_figure import write_architecture
from napari_nuclei.evaluation.held_out import (
    ModelEvaluation,
    config_for_sample,
    evaluate_model,
)
from napari_nuclei.evaluation.model_comparison import (
    COMPARISON_FIGURE,
    ModelComparison,
    draw_comparison,
    most_annotated,
)
from napari_nuclei.evaluation.report_files import write_report
from napari_nuclei.evaluation.thresholds import choose_thresholds
from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.io.png import encode_png
from napari_nuclei.model.convert import save_inference_model
from napari_nuclei.model.store import KERAS_FILE, ModelEntry
from napari_nuclei.training.loop.state import Epoch, TrainingState

__all__ = [
    "About",
    "finalize_card",
    "training_record",
    "write_history",
    "write_model",
]

VERSIONS = ("napari-nuclei", "tensorflow", "keras", "numpy")

MIN_THRESHOLD_NUCLEI = 200
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


def write_model(
    place: Path, model: keras.Model, state: TrainingState, work: Path
) -> None:
    """Write the files of a model but its card and that of LiteRT.

    Logs and figures come from `work`.
    """
    for part in ("logs", "figures"):
        if (work / part).is_dir():
            shutil.copytree(work / part, place / part)
    write_history(place / "history.csv", state.epochs)
    rows = [epoch.as_row() for epoch in state.epochs]
    figures.save_figure(figures.draw_curves(rows), place / "figures" / "curves.png")
    write_architecture(model, place / "figures" / "architecture.png")
    save_inference_model(model, place / KERAS_FILE)


def finalize_card(
    folder: Path,
    segmenter: Segmenter,
    new: ModelEvaluation,
    validation: Sequence[Sample],
    baseline: ModelEvaluation | None,
    diameter: float | None = None,
) -> ModelCard:
    """Report how a model does on what was held out; return its card with the figures.

    Thresholds are chosen there too where it holds enough nuclei. On a few they would
    fit those few, and the comparison with the rival would flatter the new model.

    Parameters
    ----------
    folder : Path
        Of the model.
    segmenter : Segmenter
        The model, with its card as it is so far.
    new : ModelEvaluation
        The model on what was held out.
    validation : sequence of Sample
    baseline : ModelEvaluation, optional
        The model that it is compared with.
    diameter : float, optional
        As of `evaluate_model`.
    """
    card = segmenter.card
    if (
        sum(len(object_areas(sample.labels)) for sample in validation)
        >= MIN_THRESHOLD_NUCLEI
    ):
        card = tune_card_thresholds(segmenter, card, validation, diameter)
        new = evaluate_model(Segmenter(segmenter.network, card), validation, diameter)
    write_report(new.evaluation, validation, new.labels, folder / "figures")
    comparison = ModelComparison(new.nuclei, new.f1, diameter=diameter)
    if baseline is not None:
        comparison = replace(comparison, base=baseline.name, base_f1=baseline.f1)
        number = most_annotated(validation)
        found = [one.labels[number] for one in (baseline, new)]
        picture = draw_comparison(validation[number], *found)
        write_atomic(folder / "figures" / COMPARISON_FIGURE, encode_png(picture))
    training = {**card.training, "held_out": comparison.as_dict()}
    return replace(card, metrics=new.evaluation.summary(), training=training)


def tune_card_thresholds(
    segmenter: Segmenter,
    card: ModelCard,
    validation: Sequence[Sample],
    diameter: float | None,
) -> ModelCard:
    """Return a card with the thresholds that do best on validation images."""
    maps = []
    for sample in validation:
        config, plane = config_for_sample(sample, diameter), normalize(sample.image)
        scale = segmenter.choose_scale([plane], config, None)
        maps.append(segmenter.predict(plane, scale=scale, config=config))
    return choose_thresholds(segmenter, maps, validation).apply_to(card)


def training_record(
    config: TrainConfig,
    state: TrainingState,
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
    if config.distill_from:
        settings["distill_from"] = Path(config.distill_from).name
    return {
        "data": about.data,
        "images": len(samples),
        "nuclei": sum(len(object_areas(sample.labels)) for sample in samples),
        "validation_images": len(validation),
        "base": None if base is None else base.name,
        "ended": state.ended,
        "steps": state.step,
        "best_epoch": state.best_epoch,
        "share_learnt": config.finetuned_weight if state.share is None else state.share,
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
