"""A training from its samples to a model that can be used, and its evaluation."""

from __future__ import annotations

import csv
import io
import platform
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig, TrainConfig
from napari_nuclei.core.atomic import write_atomic
from napari_nuclei.core.card import Card
from napari_nuclei.core.diameter import sizes_of, typical_diameter
from napari_nuclei.core.normalize import normalize
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import Progress
from napari_nuclei.model.convert import convert, save_plain
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.store import (
    DEFAULT_MODEL,
    KERAS_FILE,
    LITERT_FILE,
    check_free,
    check_name,
    find_model,
    models_folder,
    new_model,
    write_card,
)
from napari_nuclei.model.unet import CHANNELS, build_unet
from napari_nuclei.training import diagram, figures
from napari_nuclei.training.datasets import Sample, split_samples
from napari_nuclei.training.evaluate import (
    Evaluation,
    Labels,
    evaluate_samples,
    write_report,
)
from napari_nuclei.training.fit import (
    Epoch,
    Hooks,
    Patches,
    State,
    check_inference_mode,
    evaluate_patches,
    fit,
    settle_batchnorm,
)
from napari_nuclei.training.logs import Watcher
from napari_nuclei.training.patches import Source, fixed_patches, prepare
from napari_nuclei.training.thresholds import choose_thresholds

VERSIONS = ("napari-nuclei", "tensorflow", "keras", "numpy")


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


def work_folder(name: str) -> Path:
    """Return where a training of that name keeps its checkpoint, logs and figures."""
    return models_folder() / ".training" / name


def train(
    samples: Sequence[Sample],
    *,
    name: str,
    config: TrainConfig | None = None,
    validation: Sequence[Sample] | None = None,
    base: str | Path | None = None,
    about: About | None = None,
    hooks: Hooks | None = None,
    resume: bool = False,
    overwrite: bool = False,
) -> Path:
    """Train a model and add it to the user's models.

    Parameters
    ----------
    samples : sequence of Sample
        Images with their labels.
    name : str
        Of the new model.
    config : TrainConfig, optional
    validation : sequence of Sample, optional
        Held out from training; a share of `samples` if None.
    base : str or path-like, optional
        A model to begin from; its shape replaces `config.model`.
    about : About, optional
        For the model's card.
    hooks : Hooks, optional
        Is told of progress and epochs, and can stop training.
    resume : bool
        Go on from the checkpoint of a training of this name.
    overwrite : bool
        Replace a model of the user's that has the name.

    Returns
    -------
    Path
        The model's folder.

    Raises
    ------
    OSError
        If the name is taken, or something cannot be read or written.
    ValueError
        If the samples cannot be trained on.
    RuntimeError
        If the trained network does not work in inference mode.
    """
    config, hooks, about = config or TrainConfig(), hooks or Hooks(), about or About()
    check_name(name) if overwrite else check_free(name)
    if validation is None:
        samples, validation = split_samples(samples, config.val_fraction, config.seed)
    check_samples(samples, validation)
    diameter = model_diameter(config, samples, base)
    config = replace(config, diameter=diameter)
    keras.utils.set_random_seed(config.seed)
    model = build_unet(config.model) if base is None else load_base(base)
    sources = [prepare(sample) for sample in samples]
    patches = fixed_patches([prepare(s, levels=1) for s in validation], config)
    folder = work_folder(name)
    if not resume:
        shutil.rmtree(folder, ignore_errors=True)
    watcher = Watcher(
        folder, patches, every=config.figures_every, tensorboard=config.tensorboard
    )

    def epoch_done(epoch: Epoch, model: keras.Model) -> None:
        watcher(epoch, model)
        if hooks.epoch:
            hooks.epoch(epoch, model)

    state = fit(
        model,
        sources,
        patches,
        config,
        folder,
        hooks=replace(hooks, epoch=epoch_done),
        resume=resume,
    )
    settle(model, sources, patches, config)
    watcher.draw(watcher.predict(model), "predictions.png")
    watcher.close()
    card = Card(
        name,
        description=about.description,
        channels=CHANNELS,
        patch_size=config.patch_size,
        diameter=diameter,
        licence=about.licence,
        training=record(config, state, samples, validation, base, about),
    )
    with new_model(name, overwrite=overwrite) as place:
        for part in ("logs", "figures"):
            if (folder / part).is_dir():
                shutil.copytree(folder / part, place / part)
        write_history(place / "history.csv", state.epochs)
        rows = [epoch.as_row() for epoch in state.epochs]
        figures.save(figures.curves(rows), place / "figures" / "curves.png")
        figures.save(
            diagram.architecture(model), place / "figures" / "architecture.png"
        )
        save_plain(model, place / KERAS_FILE)
        convert(model, place / LITERT_FILE, patch_size=config.patch_size)
        write_card(place, card)
        write_card(place, measured(place, card, validation))
    shutil.rmtree(folder, ignore_errors=True)
    return models_folder() / name


def check_samples(samples: Sequence[Sample], validation: Sequence[Sample]) -> None:
    """Raise ValueError unless there is something to learn and to check it on."""
    if not samples:
        raise ValueError("there must be at least one image to train on; got none")
    if not validation:
        raise ValueError("the validation set is empty; name at least one image for it")
    shared = {s.name for s in samples} & {s.name for s in validation}
    if shared:
        raise ValueError(
            f"{len(shared)} images are both in the training and in the validation set, "
            f"such as {min(shared)}; give them different names or take them out of one"
        )
    for what, some in (("training", samples), ("validation", validation)):
        if not any(sample.labels.any() for sample in some):
            raise ValueError(f"the {what} images hold no nucleus; annotate some first")


def load_base(base: str | Path) -> keras.Model:
    """Load the network that training begins from."""
    entry = find_model(base)
    if entry.card.channels != CHANNELS or entry.card.inputs != 3:
        raise ValueError(
            f"the model {entry.name} has the channels {entry.card.channels}; training "
            f"can begin from models of this package, with {CHANNELS}"
        )
    return keras.models.load_model(entry.folder / KERAS_FILE, compile=False)


def settle(
    model: keras.Model, sources: Sequence[Source], patches: Patches, config: TrainConfig
) -> None:
    """Recompute batch normalisation if that is better on validation, and check it."""
    before = model.get_weights()
    loss = evaluate_patches(model, patches)["loss"]
    settle_batchnorm(model, sources, config)
    if evaluate_patches(model, patches)["loss"] > loss:
        model.set_weights(before)
    check_inference_mode(model, patches)


def model_diameter(
    config: TrainConfig, samples: Sequence[Sample], base: str | Path | None
) -> float:
    """Return the diameter, in pixels, of the nuclei that a model is for."""
    if config.diameter is not None:
        return config.diameter
    if base is not None:
        return find_model(base).card.diameter
    found = [typical_diameter(sizes_of(sample.labels)) for sample in samples]
    return round(float(np.nanmedian(found)), 1)


def record(
    config: TrainConfig,
    state: State,
    samples: Sequence[Sample],
    validation: Sequence[Sample],
    base: str | Path | None,
    about: About,
) -> dict[str, Any]:
    """Return what a card says of how a model was trained."""
    settings = config.as_dict()
    weights = settings["model"]["encoder_weights"]
    if weights and weights != "imagenet":  # a path means nothing elsewhere
        settings["model"]["encoder_weights"] = Path(weights).name
    return {
        "data": about.data,
        "images": len(samples),
        "nuclei": sum(len(sizes_of(sample.labels)) for sample in samples),
        "validation_images": len(validation),
        "base": None if base is None else find_model(base).name,
        "ended": state.ended,
        "steps": state.step,
        "best_epoch": state.best_epoch,
        "seconds": round(state.seconds),
        "settings": settings,
        "versions": {
            "python": platform.python_version(),
            **{name: version(name) for name in VERSIONS},
        },
    }


def measured(folder: Path, card: Card, validation: Sequence[Sample]) -> Card:
    """Choose thresholds on validation images; return the card with its figures."""
    segmenter = load_segmenter(folder)
    config = SegmentConfig()
    maps = []
    for sample in validation:
        plane = normalize(sample.image)
        scale = segmenter.choose_scale([plane], config, None)
        maps.append(segmenter.predict(plane, scale=scale, config=config))
    chosen = choose_thresholds(segmenter, maps, validation)
    card = replace(
        card,
        probability=chosen.probability,
        splitting=chosen.splitting,
        min_size=chosen.min_size,
    )
    predictions: list[Labels] = []
    evaluation = evaluate_samples(
        segment_with(Segmenter(segmenter.network, card)),
        validation,
        probability=card.probability,
        keep=predictions.append,
    )
    write_report(evaluation, validation, predictions, folder / "figures")
    return replace(card, metrics=evaluation.summary())


def segment_with(
    segmenter: Segmenter, config: SegmentConfig | None = None
) -> Callable[[NDArray[Any]], tuple[Labels, NDArray[np.float32]]]:
    """Return the function that evaluation calls for each image."""

    def segment(image: NDArray[Any]) -> tuple[Labels, NDArray[np.float32]]:
        found = segmenter.run(image, config=config)
        return found.labels, found.foreground

    return segment


def write_history(path: Path, epochs: Sequence[Epoch]) -> None:
    """Write a row for each epoch."""
    rows = [epoch.as_row() for epoch in epochs]
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    write_atomic(path, text.getvalue().encode())


def evaluate(
    samples: Sequence[Sample],
    *,
    model: str | Path = DEFAULT_MODEL,
    config: SegmentConfig | None = None,
    groups: Mapping[str, str] | None = None,
    output: Path | str | None = None,
    engine: str = "auto",
    progress: Progress | None = None,
) -> Evaluation:
    """Segment images whose truth is known and score the result.

    Parameters
    ----------
    samples : sequence of Sample
    model : str or path-like
        A model's name or folder.
    config : SegmentConfig, optional
    groups : mapping, optional
        From an image's name to its group, for scores of each group.
    output : path-like, optional
        Folder for the files of `write_report`.
    engine : str
        As of `load_segmenter`.
    progress : callable, optional
        Is told (done, total) in images.

    Returns
    -------
    Evaluation

    Raises
    ------
    OSError, ValueError
        If there is no such model, there are no samples or nothing can be written.
    """
    segmenter = load_segmenter(model, engine=engine)
    probability = (config and config.probability) or segmenter.card.probability
    predictions: list[Labels] = []
    evaluation = evaluate_samples(
        segment_with(segmenter, config),
        samples,
        probability=probability,
        groups=groups,
        progress=progress,
        keep=predictions.append,
    )
    if output is not None:
        write_report(evaluation, samples, predictions, output)
    return evaluation
