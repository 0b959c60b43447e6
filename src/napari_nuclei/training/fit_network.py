"""Build the network of a training run, and fit it with logs and figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import keras

from napari_nuclei.config import TrainConfig
from napari_nuclei.model.unet import build_unet
from napari_nuclei.training.base_model import build_with_encoder, load_base_model
from napari_nuclei.training.loop.batch_norm import recalibrate_batch_norm
from napari_nuclei.training.loop.fit import fit
from napari_nuclei.training.loop.freeze import freeze, unfreeze_layers
from napari_nuclei.training.loop.hooks import Hooks
from napari_nuclei.training.loop.state import Epoch, TrainingState
from napari_nuclei.training.loop.tensorboard import TrainingLogger
from napari_nuclei.training.sampling.pyramid import SamplePyramid, build_pyramid
from napari_nuclei.training.sampling.validation_patches import build_validation_patches
from napari_nuclei.training.setup import TrainingSetup


def build_network(setup: TrainingSetup) -> keras.Model:
    """Return the network with the weights that the training starts from.

    Raises
    ------
    OSError
        If the initial weights cannot be read.
    ValueError
        If the weights of an encoder do not fit.
    """
    if setup.base is not None:
        return load_base_model(setup.base.folder)
    if setup.encoder is not None:
        return build_with_encoder(setup.config.model, setup.encoder)
    return build_unet(setup.config.model)


def fit_network(
    model: keras.Model,
    setup: TrainingSetup,
    config: TrainConfig,
    run: Path,
    hooks: Hooks,
    *,
    resume: bool,
    recalibration_seconds: float | None = None,
) -> tuple[TrainingLogger, TrainingState]:
    """Fit a network, with logs and figures, and recalibrate batch normalisation.

    Parameters
    ----------
    model : keras.Model
        Gets the fitted weights.
    setup : TrainingSetup
    config : TrainConfig
        The settings, with the time for fitting as budget.
    run : Path
        Folder for checkpoint, logs and figures.
    hooks : Hooks
    resume : bool
        Continue from the checkpoint in `run`.
    recalibration_seconds : float, optional
        Longest time to recalibrate batch normalisation.
    """
    is_finetuning = setup.base is not None
    sources: Sequence[SamplePyramid] = (
        [build_pyramid(sample) for sample in setup.samples]
        if setup.lazy is None
        else setup.lazy.build_sources(config)
    )
    patches = build_validation_patches(
        [build_pyramid(sample, levels=1) for sample in setup.held_out], config
    )
    logger = TrainingLogger(
        run,
        patches,
        figure_interval=config.figures_every,
        tensorboard=config.tensorboard,
    )

    def on_epoch(epoch: Epoch, model: keras.Model) -> None:
        logger(epoch, model)
        if hooks.epoch:
            hooks.epoch(epoch, model)

    if is_finetuning:
        freeze(model, config)
    state = fit(
        model,
        sources,
        patches,
        config,
        run,
        hooks=replace(hooks, epoch=on_epoch),
        resume=resume,
        start_is_best=is_finetuning,
        min_loss_reduction=setup.min_loss_reduction,
    )
    unfreeze_layers(model)
    if setup.learns_batch_norm:
        recalibrate_batch_norm(model, sources, patches, config, recalibration_seconds)
    return logger, state
