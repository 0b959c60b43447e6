"""The command `models` and its actions."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

MODEL_HELP = "name of a model, or path of a model's folder"


def add_to(commands: Any) -> None:
    """Add `models` and what can be done with them."""
    models = commands.add_parser("models", help="list, show, add and remove models")
    actions = models.add_subparsers(title="actions", required=True, metavar="ACTION")
    actions.add_parser("list", help="list all models").set_defaults(run=run_models_list)
    show = actions.add_parser("show", help="print a model's card")
    show.add_argument("name", help=MODEL_HELP)
    show.set_defaults(run=run_models_show)
    add = actions.add_parser("import", help="add a model: folder, zip or .keras file")
    add.add_argument("path", type=Path)
    add.add_argument("--name", help="name it gets")
    add.set_defaults(run=run_models_import)
    export = actions.add_parser("export", help="write a model as a zip file")
    export.add_argument("name", help=MODEL_HELP)
    export.add_argument("path", type=Path, help="zip file or folder")
    export.set_defaults(run=run_models_export)
    add_quantize(actions)
    remove = actions.add_parser("remove", help="delete one of your own models")
    remove.add_argument("name")
    remove.set_defaults(run=run_models_remove)


def add_quantize(actions: Any) -> None:
    """Add the action `quantize`."""
    from napari_nuclei.cli.samples import DATA_HELP

    quantize = actions.add_parser(
        "quantize", help="make a faster model of one, whose network counts in 8 bits"
    )
    quantize.add_argument("base", metavar="MODEL", help=MODEL_HELP)
    quantize.add_argument("data", type=Path, help=DATA_HELP)
    quantize.add_argument("--name", required=True, help="name of the new model")
    quantize.add_argument("--ids", type=Path, help="text file of the images to learn")
    quantize.add_argument("--val", type=Path, help="validation data [DATA]")
    quantize.add_argument("--val-ids", type=Path, help="text file of validation images")
    quantize.set_defaults(run=run_models_quantize)


def run_models_quantize(args: argparse.Namespace) -> int:
    """Make a faster model of one."""
    from napari_nuclei.cli.samples import read_samples
    from napari_nuclei.model.store import check_free, read_card
    from napari_nuclei.training.datasets import find_splits
    from napari_nuclei.training.verdict import read_verdict

    check_free(args.name)
    splits = find_splits(args.data)
    val = args.val or splits.get("val") or (args.data if args.val_ids else None)
    if val is None:
        raise ValueError(
            "quantize needs images to choose thresholds on; name them with --val or "
            "--val-ids"
        )
    samples = read_samples(splits.get("train", args.data), args.ids)
    validation = read_samples(val, args.val_ids)

    from napari_nuclei.training.quantized import quantized

    folder = quantized(args.base, samples, name=args.name, validation=validation)
    print(f"the model is in {folder}")
    verdict = read_verdict(read_card(folder).training)
    if verdict is not None:
        print(verdict.sentence(args.name))
    return 0


def run_models_list(args: argparse.Namespace) -> int:
    """List the models."""
    from napari_nuclei.model.store import list_models, models_folder

    entries = list_models()
    width = max((len(entry.name) for entry in entries), default=0)
    for entry in entries:
        kind = "bundled" if entry.bundled else "yours"
        print(f"{entry.name:<{width}}  {kind:<8} {entry.card.description}".rstrip())
    print(f"your own models live in {models_folder()}")
    return 0


def print_card(name: str) -> None:
    """Print a model's card."""
    import json

    from napari_nuclei.model.store import find_model

    print(json.dumps(find_model(name).card.as_dict(), indent=2))


def run_models_show(args: argparse.Namespace) -> int:
    """Print a model's card."""
    print_card(args.name)
    return 0


def run_models_import(args: argparse.Namespace) -> int:
    """Add a model."""
    from napari_nuclei.model.exchange import import_model

    entry = import_model(args.path, name=args.name)
    print(f"imported {entry.name} into {entry.folder}")
    return 0


def run_models_export(args: argparse.Namespace) -> int:
    """Write a model as a zip file."""
    from napari_nuclei.model.exchange import export_model

    print(export_model(args.name, args.path))
    return 0


def run_models_remove(args: argparse.Namespace) -> int:
    """Delete a model."""
    from napari_nuclei.model.store import remove_model

    remove_model(args.name)
    print(f"removed {args.name}")
    return 0
