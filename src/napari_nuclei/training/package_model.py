"""Package a trained network: files, thresholds, figures and the model card."""

from __future__ import annotations

import platform
import shutil
from collections.abc import Sequence
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras

from napari_nuclei.config.outputs import channels_from_count
from napari_nuclei.core.card import ModelCard
from napari_nuclei.core.diameter import object_areas
from napari_nuclei.core.normalize import normalize
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.data.datasets import Sample
from napari_nuclei.evaluation import figures
from napari_nuclei.evaluation.architecture_figure import write_architecture
from napari_nuclei.evaluation.confidence_fit import (
    calibrate,
    fit_count_ranges,
    with_curves,
)
from napari_nuclei.evaluation.evaluation_results import write_rows
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
from napari_nuclei.evaluation.model_thresholds import choose_thresholds
from napari_nuclei.evaluation.noise_confidence import measure_noise_confidence
from napari_nuclei.evaluation.nucleus_comparison import compare_nuclei
from napari_nuclei.evaluation.report_files import write_report
from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.io.png import encode_png
from napari_nuclei.model.convert import save_inference_model
from napari_nuclei.model.store import ANNOTATIONS_FILE, KERAS_FILE
from napari_nuclei.training.loop.run_folder import About
from napari_nuclei.training.loop.state import Epoch, TrainingState
from napari_nuclei.training.setup import TrainingSetup

VERSIONS = ("napari-nuclei", "tensorflow", "keras", "numpy")

MIN_THRESHOLD_NUCLEI = 200
"""Thresholds are chosen on the held-out nuclei if there are at least this many."""


def initial_card(
    name: str, model: keras.Model, setup: TrainingSetup, about: About
) -> ModelCard:
    """Return the card of a new model, without scores.

    It has the thresholds and the calibration of the base model, if there is one.
    """
    assert setup.config.diameter is not None  # set by `prepare_training`
    card = ModelCard(
        name,
        description=about.description,
        channels=channels_from_count(model.output.shape[-1]),
        patch_size=setup.config.patch_size,
        diameter=setup.config.diameter,
        usual_diameter=setup.usual_diameter,
        licence=about.licence,
    )
    if setup.base is None:
        return card
    base = setup.base.card
    return replace(card, confidence=base.confidence).with_thresholds(base)


def write_model_files(
    folder: Path,
    model: keras.Model,
    setup: TrainingSetup,
    state: TrainingState,
    run: Path,
) -> None:
    """Write the Keras file, history, logs, figures and annotations of a model.

    Parameters
    ----------
    folder : Path
        Folder of the model.
    model : keras.Model
    setup : TrainingSetup
    state : TrainingState
    run : Path
        Folder of the training, from which logs, figures and annotations are copied.
    """
    for part in ("logs", "figures"):
        if (run / part).is_dir():
            shutil.copytree(run / part, folder / part)
    if setup.config.keep_annotations:
        shutil.copy(run / ANNOTATIONS_FILE, folder / ANNOTATIONS_FILE)
    write_history(folder / "history.csv", state.epochs)
    rows = [epoch.as_row() for epoch in state.epochs]
    figures.save_figure(figures.draw_curves(rows), folder / "figures" / "curves.png")
    write_architecture(model, folder / "figures" / "architecture.png")
    save_inference_model(model, folder / KERAS_FILE)


def finalize_card(
    folder: Path,
    segmenter: Segmenter,
    new: ModelEvaluation,
    validation: Sequence[Sample],
    baseline: ModelEvaluation | None,
    diameter: float | None = None,
    *,
    threshold_seconds: float | None = None,
) -> ModelCard:
    """Write the report on held-out samples; return the card with the scores.

    With enough held-out nuclei the thresholds are chosen on them. On a few nuclei that
    would overfit and favour the new model in the comparison with the baseline.

    Parameters
    ----------
    folder : Path
        Folder of the model.
    segmenter : Segmenter
        The model, with its initial card.
    new : ModelEvaluation
        Scores of the model on the held-out samples.
    validation : sequence of Sample
        The held-out samples.
    baseline : ModelEvaluation, optional
        Scores of the baseline on the held-out samples.
    diameter : float, optional
        See `evaluate_model`.
    threshold_seconds : float, optional
        Longest time for the choice of thresholds. If all held-out samples take longer,
        some of them are used. None sets no limit.
    """
    card = segmenter.card
    if count_nuclei(validation) >= MIN_THRESHOLD_NUCLEI:
        card = tune_card_thresholds(
            segmenter, card, validation, diameter, threshold_seconds
        )
        new = evaluate_model(Segmenter(segmenter.network, card), validation, diameter)
    confidence = measure_noise_confidence(Segmenter(segmenter.network, card))
    card = replace(card, noise_confidence=confidence)
    write_report(new.evaluation, validation, new.labels, folder / "figures")
    comparison = ModelComparison(new.nuclei, new.f1, diameter=diameter)
    if baseline is not None:
        errors = compare_nuclei(new.evaluation.outcomes, baseline.evaluation.outcomes)
        comparison = replace(
            comparison,
            base=baseline.name,
            base_f1=baseline.f1,
            corrected=errors.corrected,
            added=errors.added,
        )
        index = most_annotated(validation)
        picture = draw_comparison(
            validation[index],
            baseline.labels[index],
            new.labels[index],
            (f"{baseline.name} (white: annotated)", card.name),
        )
        write_atomic(folder / "figures" / COMPARISON_FIGURE, encode_png(picture))
    training = {**card.training, "held_out": comparison.as_dict()}
    return replace(card, metrics=new.evaluation.summary(), training=training)


def tune_card_thresholds(
    segmenter: Segmenter,
    card: ModelCard,
    validation: Sequence[Sample],
    diameter: float | None,
    seconds: float | None = None,
) -> ModelCard:
    """Return a card that is calibrated on validation samples, with the best thresholds.

    Parameters
    ----------
    segmenter : Segmenter
    card : ModelCard
    validation : sequence of Sample
    diameter : float, optional
        See `evaluate_model`.
    seconds : float, optional
        Longest time. If all samples take longer, some of them are used.
    """
    maps = []
    for sample in validation:
        config, plane = config_for_sample(sample, diameter), normalize(sample.image)
        scale = segmenter.choose_scale([plane], config, None)
        maps.append(segmenter.predict_plane(plane, scale=scale, config=config))
    card = calibrate(segmenter, maps, validation)
    maps = with_curves(maps, validation, card)
    calibrated = Segmenter(segmenter.network, card)
    chosen = choose_thresholds(calibrated, maps, validation, seconds=seconds)
    card = chosen.apply_to(card)
    return fit_count_ranges(Segmenter(segmenter.network, card), maps, validation)


def count_nuclei(samples: Sequence[Sample]) -> int:
    """Return the number of annotated nuclei."""
    return sum(len(object_areas(sample.labels)) for sample in samples)


def training_record(
    setup: TrainingSetup, state: TrainingState, about: About, seconds: float
) -> dict[str, Any]:
    """Return the training part of a model card.

    Parameters
    ----------
    setup : TrainingSetup
    state : TrainingState
    about : About
    seconds : float
        Duration of the training, in seconds.
    """
    config = setup.config
    settings = config.as_dict()
    weights = settings["model"]["encoder_weights"]
    if weights and weights != "imagenet":  # a path means nothing on other machines
        settings["model"]["encoder_weights"] = Path(weights).name
    if config.distill_from:
        settings["distill_from"] = Path(config.distill_from).name
    factor = state.finetuned_weight
    lazy = setup.lazy
    return {
        "data": about.data,
        "datasets": [] if lazy is None else lazy.records(),
        "images": len(setup.samples if lazy is None else lazy.files.training),
        "nuclei": count_nuclei(setup.samples),
        "validation_images": len(setup.held_out),
        "base": None if setup.base is None else setup.base.name,
        "encoder_from": None if setup.encoder is None else setup.encoder.name,
        "ended": state.ended,
        "steps": state.step,
        "best_epoch": state.best_epoch,
        "finetuned_weight": config.finetuned_weight if factor is None else factor,
        "seconds": round(seconds),
        "settings": settings,
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in VERSIONS},
        },
    }


def write_history(path: Path, epochs: Sequence[Epoch]) -> None:
    """Write a CSV file with one row per epoch."""
    write_rows(path, [epoch.as_row() for epoch in epochs])
