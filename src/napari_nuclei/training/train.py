"""A training from its samples to a model that can be used."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from time import monotonic

import keras

from napari_nuclei.config import TrainConfig
from napari_nuclei.config.outputs import channels_from_count
from napari_nuclei.core.card import ModelCard
from napari_nuclei.data.annotation_file import (
    read_annotations,
    write_annotations,
)
from napari_nuclei.data.datasets import Sample
from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.model.store import (
    ANNOTATIONS_FILE,
    LITERT_FILE,
    check_model_name,
    check_name_available,
    models_folder,
    stage_model,
    write_card,
)
from napari_nuclei.model.unet import build_unet
from napari_nuclei.training.base_model import load_base_model
from napari_nuclei.training.loop.batch_norm import recalibrate_batch_norm
from napari_nuclei.training.loop.fit import Hooks, fit, freeze, unfreeze_layers
from napari_nuclei.training.loop.run_folder import (
    SETTINGS_FILE,
    list_interrupted,
    read_run_settings,
    run_folder,
)
from napari_nuclei.training.loop.state import Epoch
from napari_nuclei.training.loop.tensorboard import TrainingLogger
from napari_nuclei.training.package_model import (
    About,
    finalize_card,
    training_record,
    write_model,
)
from napari_nuclei.training.sampling.pyramid import build_pyramid
from napari_nuclei.training.sampling.validation_patches import build_validation_patches
from napari_nuclei.training.setup import ImageLabelPair, TrainingSetup, prepare_training
from napari_nuclei.training.shrink_update import convert_and_check

__all__ = ["About", "resume", "train"]


def train(
    samples: Sequence[Sample | ImageLabelPair],
    config: TrainConfig | None = None,
    *,
    name: str,
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
    samples : sequence of Sample, or of pairs of ndarrays
        Images, (Y, X) or (Y, X, 3), with their labels, (Y, X).
    config : TrainConfig, optional
        For a base and a few annotations: `TrainConfig.fine_tuning()`.
    name : str
        Of the new model.
    validation : sequence of Sample or of pairs, optional
        Held out from training; a share of `samples`, apart in space, if None.
    base : str or path-like, optional
        A model to begin from; its shape replaces `config.model`. The images are
        brought to the size of nuclei that it knows.
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
    began = monotonic()
    hooks, about = hooks or Hooks(), about or About()
    check_model_name(name) if overwrite else check_name_available(name)
    setup = prepare_training(samples, config or TrainConfig(), validation, base)
    config = setup.config
    keras.utils.set_random_seed(config.seed)
    model = (
        build_unet(config.model)
        if setup.base is None
        else load_base_model(setup.base.folder)
    )
    start = model.get_weights()
    sources = [build_pyramid(sample) for sample in setup.samples]
    patches = build_validation_patches(
        [build_pyramid(s, levels=1) for s in setup.held_out], config
    )
    folder = run_folder(name)
    if not resume:
        shutil.rmtree(folder, ignore_errors=True)
    if config.keep_annotations:
        write_run_settings(folder, setup, base, about)
    watcher = TrainingLogger(
        folder,
        patches,
        figure_interval=config.figures_every,
        tensorboard=config.tensorboard,
    )

    def epoch_done(epoch: Epoch, model: keras.Model) -> None:
        watcher(epoch, model)
        if hooks.epoch:
            hooks.epoch(epoch, model)

    if setup.base is not None:
        freeze(model, config)
    state = fit(
        model,
        sources,
        patches,
        setup.with_remaining_budget(monotonic() - began),
        folder,
        hooks=replace(hooks, epoch=epoch_done),
        resume=resume,
        start_is_best=setup.base is not None,
        min_loss_reduction=setup.min_loss_reduction,
    )
    unfreeze_layers(model)
    if setup.base is None or config.batch_norm == "learn":
        recalibrate_batch_norm(model, sources, patches, config)
    with stage_model(name, overwrite=overwrite) as place:
        card = initial_card(name, model, setup, about)
        path = place / LITERT_FILE
        segmenter, new = convert_and_check(model, start, card, setup, state, path)
        watcher.save_predictions(watcher.predict(model), "predictions.png")
        watcher.close()
        write_model(place, model, state, folder)
        if config.keep_annotations:
            shutil.copy(folder / ANNOTATIONS_FILE, place / ANNOTATIONS_FILE)
        card = finalize_card(
            place,
            segmenter,
            new,
            setup.held_out,
            setup.baseline,
            setup.annotated_diameter,
        )
        # Of a resumed training the earlier parts count too.
        seconds = max(monotonic() - began, state.seconds)
        facts = training_record(
            config, state, setup.samples, setup.held_out, setup.base, about, seconds
        )
        write_card(place, replace(card, training={**facts, **card.training}))
    shutil.rmtree(folder, ignore_errors=True)
    return models_folder() / name


def write_run_settings(
    folder: Path, setup: TrainingSetup, base: str | Path | None, about: About
) -> None:
    """Write what a training that is killed can go on with: annotations and settings."""
    write_annotations(folder / ANNOTATIONS_FILE, setup.samples, setup.held_out)
    config = (
        setup.config
        if setup.min_loss_reduction is None
        else replace(setup.config, finetuned_weight=None)
    )
    settings = {"config": config.as_dict(), "base": base and str(base)}
    settings["about"] = asdict(about)
    write_atomic(folder / SETTINGS_FILE, json.dumps(settings).encode())


def initial_card(
    name: str, model: keras.Model, setup: TrainingSetup, about: About
) -> ModelCard:
    """Return the card of a new model before it is measured."""
    assert setup.config.diameter is not None  # `prepare_training` has set it
    card = ModelCard(
        name,
        description=about.description,
        channels=channels_from_count(model.output.shape[-1]),
        patch_size=setup.config.patch_size,
        diameter=setup.config.diameter,
        usual_diameter=setup.usual_diameter,
        licence=about.licence,
    )
    return card if setup.base is None else card.with_thresholds(setup.base.card)


def resume(name: str, *, hooks: Hooks | None = None) -> Path:
    """Go on with a training that was killed, from its own notes and annotations.

    Parameters
    ----------
    name : str
        One of `list_interrupted`.
    hooks : Hooks, optional

    Returns
    -------
    Path
        The model's folder.

    Raises
    ------
    OSError, ValueError
        If there is no such training, or its notes cannot be read.
    """
    if name not in list_interrupted():
        known = ", ".join(list_interrupted()) or "none"
        raise FileNotFoundError(
            f"there is no interrupted training {name}; there are: {known}"
        )
    folder = run_folder(name)
    samples, validation = read_annotations(folder / ANNOTATIONS_FILE)
    settings = read_run_settings(name)
    # What is unknown was found out the first time, and stands in the annotations.
    config = replace(settings.config, unpainted="background")
    return train(
        samples,
        config,
        name=name,
        validation=validation,
        base=settings.base,
        about=About(**settings.about),
        hooks=hooks,
        resume=True,
    )
