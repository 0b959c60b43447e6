"""Train a model: set up, fit, shrink the update if needed, package."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic
from typing import Any

from napari_nuclei.config import TrainConfig
from napari_nuclei.core.notebook.progress_bar import (
    is_interactive,
    print_line,
    shows_progress,
)
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.core.tiling import Progress
from napari_nuclei.data.annotation_file import read_annotations
from napari_nuclei.data.sample_inputs import SampleData
from napari_nuclei.io.checks.pixel_limit import MAX_PIXELS
from napari_nuclei.model.quiet_tensorflow import find_devices, keras
from napari_nuclei.model.staging import stage_model
from napari_nuclei.model.store import (
    ANNOTATIONS_FILE,
    DEFAULT_MODEL,
    LITERT_FILE,
    models_folder,
    write_card,
)
from napari_nuclei.training.budget import TimeBudget
from napari_nuclei.training.fit_network import build_network, fit_network
from napari_nuclei.training.loop.hooks import Hooks
from napari_nuclei.training.loop.run_folder import (
    About,
    check_resumable,
    clear_run,
    has_checkpoint,
    lock_training,
    read_run_settings,
    remove_old_runs,
    run_folder,
    write_run_settings,
)
from napari_nuclei.training.loop.user_metrics import UserMetric
from napari_nuclei.training.messages import describe_end, describe_start
from napari_nuclei.training.package_model import (
    finalize_card,
    initial_card,
    training_record,
    write_model_files,
)
from napari_nuclei.training.read_data import read_and_prepare
from napari_nuclei.training.shrink_update import convert_and_check
from napari_nuclei.training.train_arguments import (
    accept_call_forms,
    check_trained_name,
    fill_arguments,
)

__all__ = ["About", "resume", "train"]


@accept_call_forms
@shows_progress("step")
def train(
    data: SampleData,
    name: str | None = None,
    *,
    config: TrainConfig | None = None,
    validation: SampleData | None = None,
    base: str | Path | Segmenter | None = None,
    about: About | None = None,
    hooks: Hooks | None = None,
    progress: Progress | None = None,
    callbacks: Sequence[keras.callbacks.Callback] = (),
    metrics: Sequence[UserMetric] = (),
    max_pixels: int = MAX_PIXELS,
    resume: bool = False,
    overwrite: bool = False,
    **settings: Any,
) -> Path:
    """Train a model on annotated images and add it to the user's models.

    Parameters
    ----------
    data : path, list of paths, Sample, arrays or sequence
        The path of a data set (see `read_dataset`) or of an annotations.npz; or arrays
        (images, labels); or a sequence of Samples and (image, labels) pairs. If a data
        set has the folders train and val, these are used. An image has the shape (Y, X)
        or (Y, X, C), its labels are integers of shape (Y, X), or a binary mask. Images
        and labels may also be two arguments, ``train(images, labels, "mine")``.

        A list of paths are several data sets. A number after a colon, such as
        ``"tissue:0.5"``, states how often the images of a data set are drawn, relative
        to the others. If a folder has files train_ids.txt and val_ids.txt, these name
        its training and validation images.
    name : str, optional
        Name of the new model. By default the name of the data's folder, with a number
        if it is taken.
    config : TrainConfig, optional
        Training settings. Use `TrainConfig.fine_tuning()` to fine-tune on a few images.
    validation : path, Sample, arrays or sequence, optional
        Held-out images, in the same form as `data`. None uses the folder val of a data
        set; without that folder, part of the annotations is held out.
    base : str, path-like or Segmenter, optional
        Name or folder of a model to start from, or a loaded model. Its network
        replaces `config.model`, and images are resized to its diameter.
    about : About, optional
        Texts for the model card.
    hooks : Hooks, optional
        Callbacks for progress, epochs and stopping.
    progress : callable, optional
        Called with (done, total) after each step; cancels by raising. By default a
        terminal or notebook shows a bar, and lines about the training.
    callbacks : sequence of keras.callbacks.Callback
        Callbacks of Keras. The model they see has the weights that are validated. If
        one sets ``model.stop_training`` at the end of an epoch, the training ends. The
        learning rate follows its own schedule.
    metrics : sequence of str, keras.metrics.Metric or callable
        Metrics of Keras, such as "AUC". They get the true mask and the foreground
        probability, each of shape (N, Y, X, 1), and appear in the history, the
        TensorBoard logs and the callbacks.
    max_pixels : int
        Largest number of pixels of a file, as for `read_image`.
    resume : bool
        Continue from the checkpoint of an interrupted training of this name.
    overwrite : bool
        Replace a model of the user that has this name.
    **settings
        Fields of `TrainConfig`, such as ``epochs=10``.

    Returns
    -------
    Path
        Folder of the model.

    Raises
    ------
    OSError
        If the name is taken, or a file cannot be read or written.
    TypeError, ValueError
        If the data cannot be trained on.
    RuntimeError
        If the trained network does not work in inference mode.

    See Also
    --------
    evaluate : Score a model on annotated images.

    Examples
    --------
    >>> from napari_nuclei import TrainConfig, train
    >>> config = TrainConfig.fine_tuning(budget=60)
    >>> train("annotated", "mine", config=config, base="nuclei")  # doctest: +SKIP
    """
    started = monotonic()
    if resume and name is None:
        raise TypeError("To resume, give the name of the interrupted training")
    name, config, base = fill_arguments(data, name, config, base, settings)
    hooks, about = hooks or Hooks(), about or About()
    if hooks.started is not None:
        started = hooks.started
    if progress is not None:
        hooks = replace(hooks, progress=progress)
    if hooks.message is None and is_interactive():
        hooks = replace(hooks, message=print_line)
        hooks.say(describe_start(config, base, hint=f'base="{DEFAULT_MODEL}"'))
    if callbacks or metrics:
        hooks = replace(hooks, callbacks=callbacks, metrics=metrics)
    budget = TimeBudget(started, config.budget)
    check_trained_name(name, overwrite=overwrite)

    remove_old_runs()
    with lock_training(name):
        return run_training(
            data,
            name,
            config,
            validation,
            base,
            about,
            hooks,
            budget,
            max_pixels,
            resume,
            overwrite,
        )


def run_training(
    data: SampleData,
    name: str,
    config: TrainConfig,
    validation: SampleData | None,
    base: str | Path | None,
    about: About,
    hooks: Hooks,
    budget: TimeBudget,
    max_pixels: int,
    resume: bool,
    overwrite: bool,
) -> Path:
    """Train a model while its lock is held; see `train`."""
    find_devices()
    setup = read_and_prepare(data, validation, config, base, hooks.say, max_pixels)
    keras.utils.set_random_seed(setup.config.seed)
    build_started = monotonic()
    model = build_network(setup)
    build_seconds = monotonic() - build_started
    base_weights = model.get_weights()
    run = run_folder(name)
    if not resume:
        clear_run(name, all_files=not setup.config.keep_annotations)
    if setup.config.keep_annotations:
        write_run_settings(
            run, setup.samples, setup.held_out, setup.requested_config, base, about
        )

    fit_config = budget.config_for_fit(setup, build_seconds)
    logger, state = fit_network(
        model,
        setup,
        fit_config,
        run,
        hooks,
        resume=resume,
        recalibration_seconds=budget.recalibration_seconds(setup),
    )
    for line in describe_end(state, setup.config):
        hooks.say(line)

    with stage_model(name, overwrite=overwrite) as folder:
        card = initial_card(name, model, setup, about)
        segmenter, new = convert_and_check(
            model, base_weights, card, setup, state, folder / LITERT_FILE
        )
        logger.save_predictions(logger.predict(model), "predictions.png")
        logger.close()
        write_model_files(folder, model, setup, state, run)
        card = finalize_card(
            folder,
            segmenter,
            new,
            setup.held_out,
            setup.baseline,
            setup.annotated_diameter,
            threshold_seconds=budget.threshold_seconds(),
        )
        # A resumed training counts the time of its earlier runs.
        seconds = max(budget.elapsed, state.seconds)
        record = training_record(setup, state, about, seconds)
        write_card(folder, replace(card, training={**record, **card.training}))
    shutil.rmtree(run, ignore_errors=True)
    return models_folder() / name


def resume(name: str, *, hooks: Hooks | None = None) -> Path:
    """Continue an interrupted training from its own settings and annotations.

    Parameters
    ----------
    name : str
        One of `list_interrupted`.
    hooks : Hooks, optional

    Returns
    -------
    Path
        Folder of the model.

    Raises
    ------
    OSError, ValueError
        If there is no such training, or its files cannot be read.
    """
    check_resumable(name)
    samples, validation = read_annotations(run_folder(name) / ANNOTATIONS_FILE)
    settings = read_run_settings(name)
    # The samples were read with their annotated masks, which are final.
    config = replace(settings.config, unpainted="background")
    return train(
        samples,
        name,
        config=config,
        validation=validation,
        base=settings.base,
        about=settings.about,
        hooks=hooks,
        resume=has_checkpoint(name),
    )
