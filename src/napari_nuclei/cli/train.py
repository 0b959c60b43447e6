"""The command `train`."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_nuclei.cli.models import print_card
from napari_nuclei.cli.options import add_options, config_from
from napari_nuclei.cli.progress import progress_bar
from napari_nuclei.cli.samples import DATA_HELP, read_samples
from napari_nuclei.config import TrainConfig

if TYPE_CHECKING:
    from napari_nuclei.training.datasets import Sample

FROM_HELP = (
    "model to fine-tune, quickly and on few images unless other options say otherwise"
)


def add_to(commands: Any) -> None:
    """Add the command to the parser's commands."""
    train = commands.add_parser("train", help="train a model on annotated images")
    train.add_argument("data", type=Path, help=DATA_HELP)
    train.add_argument(
        "labels",
        nargs="?",
        type=Path,
        help="labels of the images in DATA where they lie elsewhere: file or folder",
    )
    train.add_argument("--name", required=True, help="name of the new model")
    train.add_argument("--ids", type=Path, help="text file of the images to train on")
    train.add_argument("--val", type=Path, help="validation data, as DATA")
    train.add_argument("--val-ids", type=Path, help="text file of validation images")
    train.add_argument("--from", dest="base", help=FROM_HELP)
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
    from napari_nuclei.model.store import check_free, check_name, read_card
    from napari_nuclei.training.annotations import ANNOTATIONS, read_annotations
    from napari_nuclei.training.datasets import find_splits
    from napari_nuclei.training.stop import stop_on_interrupt
    from napari_nuclei.training.verdict import read_verdict

    check_name(args.name) if args.overwrite else check_free(args.name)
    usual = TrainConfig.fine_tuning() if args.base else TrainConfig()
    config = config_from(args, TrainConfig, usual)
    splits = {} if args.labels else find_splits(args.data)
    samples: Sequence[Sample]
    validation: Sequence[Sample] | None = None
    if args.labels:
        from napari_nuclei.training.pairs import read_pairs

        samples = read_pairs(args.data, args.labels)
    elif args.data.name == ANNOTATIONS:
        samples, validation = read_annotations(args.data)
    else:
        samples = read_samples(splits.get("train", args.data), args.ids)
    val = args.val or splits.get("val") or (args.data if args.val_ids else None)
    if val is not None:
        validation = read_samples(val, args.val_ids)

    from napari_nuclei.training.fit import Epoch, Hooks
    from napari_nuclei.training.run import About, train, work_folder

    def epoch_done(epoch: Epoch, _: Any) -> None:
        print(
            f"epoch {epoch.number}: loss {epoch.train['loss']:.3f}, validation loss "
            f"{epoch.validation['loss']:.3f}, Dice {epoch.validation['dice']:.3f}, "
            f"{epoch.seconds:.0f} s",
            flush=True,
        )

    if config.tensorboard:
        print(f"watch it with: tensorboard --logdir {work_folder(args.name) / 'logs'}")
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
    print(f"the model is in {folder}")
    print_card(args.name)
    verdict = read_verdict(read_card(folder).training)
    if verdict is not None:
        print(verdict.sentence(args.name))
        if not verdict.better:
            print(f"{args.name} is no better than {verdict.base}; go on using that")
    if "test" in splits:
        from napari_nuclei.training.evaluate import evaluate

        print("on the test set:")
        print(evaluate(read_samples(splits["test"], None), model=args.name).table())
    return 0
