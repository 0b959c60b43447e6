"""The command `train`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from napari_nuclei.cli.options import (
    add_options,
    config_from_args,
    parse_non_empty,
    parse_path,
)
from napari_nuclei.cli.progress import progress_bar
from napari_nuclei.cli.quiet import preload_tensorflow
from napari_nuclei.cli.samples import add_data_options, read_samples
from napari_nuclei.config import TrainConfig

BASE_HELP = (
    "model to fine-tune, quickly and on few images unless other options say otherwise"
)


def add_command(commands: Any) -> None:
    """Add the command to the parser's commands."""
    train = commands.add_parser("train", help="train a model on annotated images")
    add_data_options(train)
    train.add_argument(
        "labels",
        nargs="?",
        type=parse_path,
        help="labels of the images in DATA where they lie elsewhere: file or folder",
    )
    train.add_argument("--name", required=True, help="name of the new model")
    train.add_argument("--from", dest="base", type=parse_non_empty, help=BASE_HELP)
    train.add_argument("--resume", action="store_true", help="go on from a checkpoint")
    train.add_argument(
        "--overwrite", action="store_true", help="replace your own model"
    )
    train.add_argument("--description", default="", help="for the model's card")
    train.add_argument("--data-note", default="", help="for the card: what the data is")
    train.add_argument("--licence", default="", help="for the model's card")
    add_options(train, TrainConfig, "training options")
    train.set_defaults(run=run_train)


def run_train(args: argparse.Namespace) -> int:
    """Train a model."""
    from napari_nuclei.cli.interrupt import stop_on_interrupt
    from napari_nuclei.data.layouts import find_splits
    from napari_nuclei.data.paths import TrainingPaths
    from napari_nuclei.io.atomic import prepare_folder
    from napari_nuclei.model.store import (
        check_model_name,
        check_name_available,
        models_folder,
    )
    from napari_nuclei.training.base_model import find_base_model

    check_model_name(args.name) if args.overwrite else check_name_available(args.name)
    usual = TrainConfig.fine_tuning() if args.base else TrainConfig()
    config = config_from_args(args, TrainConfig, usual)
    files = TrainingPaths(args.data, args.labels, args.ids, args.val, args.val_ids)
    # What can be wrong is told before the images are read.
    for named in (args.base, config.teacher):
        if named:
            find_base_model(named)
    prepare_folder(models_folder())
    with progress_bar("image") as progress:
        samples, validation = files.read(progress)

    preload_tensorflow()
    from napari_nuclei.training.loop.fit import Hooks
    from napari_nuclei.training.loop.run_folder import run_folder
    from napari_nuclei.training.loop.state import Epoch
    from napari_nuclei.training.train import About, train

    def epoch_done(epoch: Epoch, _: Any) -> None:
        print(
            f"epoch {epoch.number}: loss {epoch.train['loss']:.3f}, validation loss "
            f"{epoch.validation['loss']:.3f}, Dice {epoch.validation['dice']:.3f}, "
            f"{epoch.seconds:.0f} s",
            flush=True,
        )

    if config.tensorboard:
        print(f"watch it with: tensorboard --logdir {run_folder(args.name) / 'logs'}")
    with progress_bar("step") as progress, stop_on_interrupt() as stop:
        folder = train(
            samples,
            name=args.name,
            config=config,
            validation=validation,
            base=args.base,
            about=About(args.description, args.data_note, args.licence),
            hooks=Hooks(progress=progress, epoch=epoch_done, stop=stop),
            resume=args.resume,
            overwrite=args.overwrite,
        )
    print_training_summary(folder, args.name)
    splits = {} if args.labels else find_splits(args.data)
    if "test" in splits:
        from napari_nuclei.evaluation.evaluate import evaluate

        print("on the test set:")
        print(evaluate(read_samples(splits["test"], None), model=args.name).table())
    return 0


def print_training_summary(folder: Path, name: str) -> None:
    """Print how good a new model is, and what it was compared with."""
    from napari_nuclei.evaluation.model_comparison import read_comparison
    from napari_nuclei.model.store import read_card

    card = read_card(folder)
    found = card.metrics["pooled"]
    print(
        f"validation, {card.metrics['images']} images and {card.metrics['nuclei']} "
        f"nuclei: AP50 {found['ap_50']:.3f}, Dice {found['pixel_dice']:.3f}"
    )
    print(f"the model is in {folder}")
    comparison = read_comparison(card.training)
    if comparison is not None:
        print(comparison.summary_line(name))
        if not comparison.is_not_worse:
            print(f"{name} is no better than {comparison.base}; go on using that")
