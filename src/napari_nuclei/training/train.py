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
from napari_nuclei.core.card import CHANNELS, OFFSETS, Card
from napari_nuclei.data.annotation_file import (
    read_annotations,
    write_annotations,
)
from napari_nuclei.data.datasets import Sample
from napari_nuclei.io.atomic import write_atomic
from napari_nuclei.model.store import (
    ANNOTATIONS,
    LITERT_FILE,
    check_free,
    check_name,
    models_folder,
    new_model,
    write_card,
)
from napari_nuclei.model.unet import build_unet
from napari_nuclei.training.base_model import load_base
from napari_nuclei.training.loop.batch_norm import settle
from napari_nuclei.training.loop.fit import Hooks, fit, freeze, thaw
from napari_nuclei.training.loop.run_folder import (
    ORDER,
    interrupted,
    read_order,
    work_folder,
)
from napari_nuclei.training.loop.state import Epoch
from napari_nuclei.training.loop.tensorboard import Watcher
from napari_nuclei.training.package_model import About, measured, record, write_model
from napari_nuclei.training.sampling.pyramid import prepare
from napari_nuclei.training.sampling.validation_patches import fixed_patches
from napari_nuclei.training.setup import Job, Pair, gather
from napari_nuclei.training.shrink_update import settle_on

__all__ = ["About", "interrupted", "resume", "train", "work_folder"]


def train(
    samples: Sequence[Sample | Pair],
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
    check_name(name) if overwrite else check_free(name)
    job = gather(samples, config or TrainConfig(), validation, base)
    config = job.config
    keras.utils.set_random_seed(config.seed)
    model = build_unet(config.model) if job.base is None else load_base(job.base.folder)
    start = model.get_weights()
    sources = [prepare(sample) for sample in job.samples]
    patches = fixed_patches([prepare(s, levels=1) for s in job.held], config)
    folder = work_folder(name)
    if not resume:
        shutil.rmtree(folder, ignore_errors=True)
    if config.keep_annotations:
        write_order(folder, job, base, about)
    watcher = Watcher(
        folder, patches, every=config.figures_every, tensorboard=config.tensorboard
    )

    def epoch_done(epoch: Epoch, model: keras.Model) -> None:
        watcher(epoch, model)
        if hooks.epoch:
            hooks.epoch(epoch, model)

    if job.base is not None:
        freeze(model, config)
    state = fit(
        model,
        sources,
        patches,
        job.timed(monotonic() - began),
        folder,
        hooks=replace(hooks, epoch=epoch_done),
        resume=resume,
        keep_start=job.base is not None,
        more=job.more,
    )
    thaw(model)
    if job.base is None or config.norms == "learn":
        settle(model, sources, patches, config)
    with new_model(name, overwrite=overwrite) as place:
        card = first_card(name, model, job, about)
        path = place / LITERT_FILE
        segmenter, new = settle_on(model, start, card, job, state, path)
        watcher.draw(watcher.predict(model), "predictions.png")
        watcher.close()
        write_model(place, model, state, folder)
        if config.keep_annotations:
            shutil.copy(folder / ANNOTATIONS, place / ANNOTATIONS)
        card = measured(place, segmenter, new, job.held, job.rival, job.painted)
        # Of a resumed training the earlier parts count too.
        seconds = max(monotonic() - began, state.seconds)
        facts = record(config, state, job.samples, job.held, job.base, about, seconds)
        write_card(place, replace(card, training={**facts, **card.training}))
    shutil.rmtree(folder, ignore_errors=True)
    return models_folder() / name


def write_order(folder: Path, job: Job, base: str | Path | None, about: About) -> None:
    """Write what a training that is killed can go on with: annotations and settings."""
    write_annotations(folder / ANNOTATIONS, job.samples, job.held)
    config = job.config if job.more is None else replace(job.config, blend=None)
    order = {"config": config.as_dict(), "base": base and str(base)}
    order["about"] = asdict(about)
    write_atomic(folder / ORDER, json.dumps(order).encode())


def first_card(name: str, model: keras.Model, job: Job, about: About) -> Card:
    """Return the card of a new model before it is measured."""
    assert job.config.diameter is not None  # `gather` has set it
    card = Card(
        name,
        description=about.description,
        channels=CHANNELS + OFFSETS * (model.output.shape[-1] > len(CHANNELS)),
        patch_size=job.config.patch_size,
        diameter=job.config.diameter,
        usual_diameter=job.usual_diameter,
        licence=about.licence,
    )
    return card if job.base is None else card.with_thresholds(job.base.card)


def resume(name: str, *, hooks: Hooks | None = None) -> Path:
    """Go on with a training that was killed, from its own notes and annotations.

    Parameters
    ----------
    name : str
        One of `interrupted`.
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
    if name not in interrupted():
        known = ", ".join(interrupted()) or "none"
        raise FileNotFoundError(
            f"there is no interrupted training {name}; there are: {known}"
        )
    folder = work_folder(name)
    samples, validation = read_annotations(folder / ANNOTATIONS)
    order = read_order(name)
    # What is unknown was found out the first time, and stands in the annotations.
    config = replace(order.config, unpainted="background")
    return train(
        samples,
        config,
        name=name,
        validation=validation,
        base=order.base,
        about=About(**order.about),
        hooks=hooks,
        resume=True,
    )
