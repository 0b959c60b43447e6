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
from napari_nuclei.core.atomic import write_atomic
from napari_nuclei.core.card import CHANNELS, OFFSETS, Card
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.store import (
    ANNOTATIONS,
    DEFAULT_MODEL,
    ModelEntry,
    check_free,
    check_name,
    list_models,
    models_folder,
    new_model,
    write_card,
)
from napari_nuclei.model.unet import build_unet
from napari_nuclei.training.annotations import (
    read_annotations,
    write_annotations,
)
from napari_nuclei.training.averages import share_learnt
from napari_nuclei.training.base import find_base
from napari_nuclei.training.begin import (
    Pair,
    as_samples,
    check_samples,
    load_base,
    model_diameter,
    typical_size,
)
from napari_nuclei.training.datasets import Sample
from napari_nuclei.training.finish import (
    About,
    Judged,
    judge,
    measured,
    record,
    write_model,
)
from napari_nuclei.training.fit import Hooks, fit
from napari_nuclei.training.frozen import freeze, thaw
from napari_nuclei.training.holdout import hold_out
from napari_nuclei.training.known import painted_only
from napari_nuclei.training.logs import Watcher
from napari_nuclei.training.norms import settle
from napari_nuclei.training.prepared import prepare
from napari_nuclei.training.state import Epoch
from napari_nuclei.training.validation_patches import fixed_patches
from napari_nuclei.training.work import (
    ORDER,
    interrupted,
    read_order,
    work_folder,
)

__all__ = ["About", "interrupted", "resume", "train", "work_folder"]

FITTING = 0.8
"""Share of a fine-tuning's budget in which weights are fitted; the rest is for
converting and measuring the model."""


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
    config, hooks, about = config or TrainConfig(), hooks or Hooks(), about or About()
    check_name(name) if overwrite else check_free(name)
    samples, held = as_samples(samples), as_samples(validation or ())
    if config.unpainted == "unknown":
        samples, held = ([painted_only(s) for s in some] for some in (samples, held))
    if validation is None:
        check_samples(samples, None)
        samples, held = hold_out(samples, config.val_fraction, config.seed)
    check_samples(samples, held)
    entry = None if base is None else find_base(base)
    diameter = model_diameter(config, samples, entry)
    config = replace(config, diameter=diameter)
    painted = None if entry is None else typical_size([*samples, *held])
    beaten = entry or bundled_model()
    rival = None
    if beaten is not None:
        rival = judge(load_segmenter(beaten.folder), held, painted)
    if config.blend is None:
        known = None if entry is None else rival
        config = replace(config, blend=blend_of(samples, known))
    keras.utils.set_random_seed(config.seed)
    model = build_unet(config.model) if entry is None else load_base(entry.folder)
    sources = [prepare(sample) for sample in samples]
    patches = fixed_patches([prepare(s, levels=1) for s in held], config)
    folder = work_folder(name)
    if not resume:
        shutil.rmtree(folder, ignore_errors=True)
    if config.keep_annotations:
        write_annotations(folder / ANNOTATIONS, samples, held)
        order = {"config": config.as_dict(), "base": base and str(base)}
        order["about"] = asdict(about)
        write_atomic(folder / ORDER, json.dumps(order).encode())
    watcher = Watcher(
        folder, patches, every=config.figures_every, tensorboard=config.tensorboard
    )

    def epoch_done(epoch: Epoch, model: keras.Model) -> None:
        watcher(epoch, model)
        if hooks.epoch:
            hooks.epoch(epoch, model)

    if entry is not None:
        freeze(model, config)
    timed = config
    if config.budget:  # loading counts, so that the whole ends when it was said to
        share = config.budget if entry is None else FITTING * config.budget
        timed = replace(config, budget=max(1.0, share - monotonic() + began))
    state = fit(
        model,
        sources,
        patches,
        timed,
        folder,
        hooks=replace(hooks, epoch=epoch_done),
        resume=resume,
        keep_start=entry is not None,
    )
    thaw(model)
    if entry is None or config.norms == "learn":
        settle(model, sources, patches, config)
    watcher.draw(watcher.predict(model), "predictions.png")
    watcher.close()
    card = Card(
        name,
        description=about.description,
        channels=CHANNELS + OFFSETS * (model.output.shape[-1] > len(CHANNELS)),
        patch_size=config.patch_size,
        diameter=diameter,
        licence=about.licence,
    )
    if entry is not None:
        card = replace(
            card,
            probability=entry.card.probability,
            splitting=entry.card.splitting,
            min_size=entry.card.min_size,
            min_score=entry.card.min_score,
        )
    with new_model(name, overwrite=overwrite) as place:
        write_model(place, model, state, folder, config)
        if config.keep_annotations:
            shutil.copy(folder / ANNOTATIONS, place / ANNOTATIONS)
        write_card(place, card)
        card = measured(place, card, held, rival, painted)
        # Of a resumed training the earlier parts count too.
        seconds = max(monotonic() - began, state.seconds)
        facts = record(config, state, samples, held, entry, about, seconds)
        write_card(place, replace(card, training={**facts, **card.training}))
    shutil.rmtree(folder, ignore_errors=True)
    return models_folder() / name


def blend_of(samples: Sequence[Sample], base: Judged | None) -> float:
    """Return what share of the weights learnt from samples is taken beside a base's."""
    if base is None:
        return 1.0
    images = sum(bool(sample.labels.any()) for sample in samples)
    # Of three nuclei that are all found one does not know that the others will be.
    return share_learnt(images, (base.f1 * base.nuclei + 1) / (base.nuclei + 2))


def bundled_model() -> ModelEntry | None:
    """Return the model that a new one has to beat where it had no base."""
    return next((x for x in list_models() if x.name == DEFAULT_MODEL), None)


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
