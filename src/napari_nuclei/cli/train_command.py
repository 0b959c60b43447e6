"""The command `train`."""

from __future__ import annotations

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Any

from napari_nuclei.cli.argument_types import expand_home
from napari_nuclei.cli.command_parser import CommandParser
from napari_nuclei.cli.options import add_options, config_from_args, list_changes
from napari_nuclei.cli.progress_bars import progress_bar
from napari_nuclei.cli.quiet_libraries import preload_tensorflow
from napari_nuclei.cli.sample_arguments import (
    add_data_options,
    parse_data_path,
    read_training_data,
    split_labels,
)
from napari_nuclei.config import TrainConfig
from napari_nuclei.core.measure.counts import counted
from napari_nuclei.io.optional_packages import require_tensorflow

if TYPE_CHECKING:
    from napari_nuclei.training.loop.state import Epoch

OPTION_GROUPS = {
    "augment": "Augmentation",
    "batch_norm": "Expert",
    "border_weight": "Expert",
    "diameter": "Training",
    "distill_from": "Expert",
    "ema": "Expert",
    "encoder": "Expert",
    "encoder_only": "Model",
    "figures_every": "Expert",
    "finetuned_weight": "Expert",
    "keep": "Expert",
    "keep_annotations": "Model",
    "loss": "Expert",
    "model": "Network",
    "offset_weight": "Expert",
    "patience": "Expert",
    "sampling": "Expert",
    "seed": "Expert",
    "steps": "Expert",
    "strategy": "Expert",
    "tensorboard": "Expert",
    "unpainted": "Data",
    "val_fraction": "Data",
    "weight_decay": "Expert",
}
"""Fields of `TrainConfig` whose option is not in the group "Training"."""


def add_command(commands: Any) -> None:
    """Add the command to the commands of the parser."""
    train = commands.add_parser(
        "train",
        usage="napari-nuclei train DATA [LABELS | DATA ...] --name NAME [--from MODEL] "
        "[options]",
        help="train a model on annotated images",
        description="Train a model on annotated images. With --from, a model is "
        "fine-tuned on a few images\nin about 90 seconds: other defaults apply, shown "
        "as [default; with --from: default].",
        groups=(
            "Data",
            "Model",
            "Training",
            "Augmentation",
            "Network",
            "Expert",
            "Help",
        ),
        examples=(
            "napari-nuclei train my-data/ --from nuclei --name a",
            "napari-nuclei train images/ labels/ --from nuclei --name b --budget 5min",
            "napari-nuclei train my-data/ tissue/:0.5 --from nuclei --name e",
            "napari-nuclei train my-data/ --val more-data/ --name c --epochs 100",
            "napari-nuclei train my-data/ --from nuclei --encoder-only --name d",
        ),
    )
    add_data_options(train, labels=True)
    train.trailing = "data"
    add_model_options(train)
    add_options(
        train,
        TrainConfig,
        "Training",
        OPTION_GROUPS,
        variants={"with --from": TrainConfig.fine_tuning()},
    )
    train.set_defaults(run=run_train)


def add_model_options(parser: CommandParser) -> None:
    """Add the arguments about the new model and the model that it starts from."""
    group = parser.group("Model")
    group.add_argument("--name", required=True, help="name of the new model")
    group.add_argument(
        "--from",
        dest="base",
        type=expand_home,
        metavar="MODEL",
        help="model to fine-tune, by name or by the path of its folder; its network is "
        "used, and the options under Network are ignored [train a new network]",
    )
    group.add_argument(
        "--resume",
        action="store_true",
        help="continue the interrupted training of this name",
    )
    group.add_argument(
        "--overwrite",
        action="store_true",
        help="replace the model of this name if it is your own",
    )
    for option, text in (
        ("--description", "description on the model card"),
        ("--data-note", "note about the training data on the model card"),
        ("--licence", "licence on the model card"),
    ):
        group.add_argument(option, default="", metavar="TEXT", help=text)


def run_train(args: argparse.Namespace) -> int:
    """Train a model; print its progress and its scores."""
    from napari_nuclei.cli.interrupt import stop_on_interrupt
    from napari_nuclei.io.atomic import prepare_folder
    from napari_nuclei.model.store import models_folder
    from napari_nuclei.training.find_base import find_base_model
    from napari_nuclei.training.loop.run_folder import lock_training
    from napari_nuclei.training.messages import describe_start
    from napari_nuclei.training.train_arguments import check_trained_name

    started = monotonic()
    check_trained_name(args.name, overwrite=args.overwrite)
    with lock_training(args.name):  # before the images are read and TensorFlow loads
        pass
    config = config_from_args(args, TrainConfig, choose_defaults(args))
    data, labels = split_labels(args.data)
    # Images and TensorFlow take time to load: report a wrong argument first.
    require_tensorflow()
    if config.encoder_only and not args.base:
        raise ValueError("--encoder-only needs a model: give it with --from MODEL")
    for model in (args.base, config.distill_from):
        if model:
            find_base_model(model)
    prepare_folder(models_folder())
    print(describe_start(config, args.base), flush=True)
    print(describe_settings(args, config), flush=True)
    samples, validation = read_training_data(args, data, labels)
    preload_tensorflow()
    from napari_nuclei.training.loop.hooks import Hooks
    from napari_nuclei.training.train import About, train

    if config.tensorboard:
        # The logs move from a run folder to the model, both in this folder.
        print(f"To watch: tensorboard --logdir {shlex.quote(str(models_folder()))}")
    with progress_bar("step") as progress, stop_on_interrupt() as stop:
        folder = train(
            samples,
            name=args.name,
            config=config,
            validation=validation,
            base=args.base,
            about=About(args.description, args.data_note, args.licence),
            hooks=Hooks(
                progress=progress,
                epoch=print_epoch,
                stop=stop,
                message=print_now,
                started=started,
            ),
            resume=args.resume,
            overwrite=args.overwrite,
        )
    print_training_summary(folder, args.name)
    if labels is None and len(data) == 1:
        score_test_set(args, data[0], has_budget=bool(config.budget))
    return 0


def print_epoch(epoch: Epoch, _: Any) -> None:
    """Print the losses and the Dice of an epoch in a line."""
    print(
        f"Epoch {epoch.number}: loss {epoch.train['loss']:.3f}, validation loss "
        f"{epoch.validation['loss']:.3f}, Dice {epoch.validation['dice']:.3f}, "
        f"{epoch.seconds:.0f} s",
        flush=True,
    )


def score_test_set(args: argparse.Namespace, data: str, *, has_budget: bool) -> None:
    """Print the scores on the part test of a data set, if it has this part.

    With a budget, print the command instead: the time is spent.
    """
    from napari_nuclei.data.layouts import find_splits

    test_path = find_splits(parse_data_path(data)).get("test")
    if test_path is None:
        return
    if has_budget:
        command = f"napari-nuclei evaluate {data} --model {args.name}"
        print(f"To score the test set: {command}")
        return
    from napari_nuclei.data.sample_inputs import read_samples
    from napari_nuclei.evaluation.evaluate import evaluate

    print("Test set:")
    with progress_bar("image") as progress:
        test = read_samples(test_path, max_pixels=args.max_pixels, progress=progress)
    print(evaluate(test, model=args.name).table())


def choose_defaults(
    args: argparse.Namespace, names: Sequence[str] = ("epochs", "steps", "budget")
) -> TrainConfig:
    """Return the settings that apply unless an option is given.

    Those of fine-tuning depend on the options `names`.
    """
    options = vars(args)
    if not args.base or options.get("encoder_only"):
        return TrainConfig()
    return TrainConfig.fine_tuning(**{x: options[x] for x in names if x in options})


def describe_settings(args: argparse.Namespace, config: TrainConfig) -> str:
    """Return, in a line, the settings of a training run that options changed."""
    changes = list_changes(args, config, choose_defaults(args, ()))
    if not changes:
        return "Settings: the defaults"
    return f"Settings other than the defaults: {', '.join(changes)}"


def print_now(line: str) -> None:
    """Print a line at once, even if standard output is a file."""
    print(line, flush=True)


def print_training_summary(folder: Path, name: str) -> None:
    """Print the scores of a new model and the comparison with its baseline."""
    from napari_nuclei.evaluation.model_comparison import read_comparison
    from napari_nuclei.evaluation.score_table import format_headline
    from napari_nuclei.model.store import read_card

    card = read_card(folder)
    scores = format_headline(card.metrics["pooled"])
    print(
        f"Validation, {counted(card.metrics['images'], 'image')} and "
        f"{counted(card.metrics['nuclei'], 'nucleus')}: {scores}"
    )
    print(f"The model is in {folder}")
    comparison = read_comparison(card.training)
    if comparison is not None:
        print(comparison.summary_line(name))
        if comparison.is_worse:
            print(f"Use {comparison.base} instead of {name}")
