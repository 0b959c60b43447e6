"""The command `models` and its actions."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from napari_nuclei.cli import quantize
from napari_nuclei.cli.options import parse_non_empty, parse_path
from napari_nuclei.cli.quiet import preload_litert, preload_tensorflow

MODEL_HELP = "name of a model, or path of a model's folder"


def add_command(commands: Any) -> None:
    """Add `models` and what can be done with them."""
    models = commands.add_parser("models", help="list, show, add and remove models")
    actions = models.add_subparsers(title="actions", required=True, metavar="ACTION")
    actions.add_parser("list", help="list all models").set_defaults(run=run_models_list)
    show = actions.add_parser("show", help="print a model's card")
    show.add_argument("name", type=parse_non_empty, help=MODEL_HELP)
    show.set_defaults(run=run_models_show)
    add = actions.add_parser("import", help="add a model: folder, zip or .keras file")
    add.add_argument("path", type=parse_path)
    add.add_argument("--name", help="name it gets")
    add.set_defaults(run=run_models_import)
    export = actions.add_parser("export", help="write a model as a zip file")
    export.add_argument("name", type=parse_non_empty, help=MODEL_HELP)
    export.add_argument("path", type=parse_path, help="zip file or folder")
    export.set_defaults(run=run_models_export)
    rename = actions.add_parser("rename", help="give your own model another name")
    rename.add_argument("name", metavar="OLD")
    rename.add_argument("new", metavar="NEW")
    rename.set_defaults(run=run_models_rename)
    quantize.add_command(actions)
    remove = actions.add_parser("remove", help="delete one of your own models")
    remove.add_argument("name")
    remove.set_defaults(run=run_models_remove)


def run_models_list(args: argparse.Namespace) -> int:
    """List the models."""
    from napari_nuclei.model.store import invalid_models, list_models, models_folder

    entries = list_models()
    width = max((len(entry.name) for entry in entries), default=0)
    for entry in entries:
        kind = "bundled" if entry.bundled else "yours"
        print(f"{entry.name:<{width}}  {kind:<8} {entry.card.description}".rstrip())
    for name, reason in invalid_models().items():
        print(f"{name:<{width}}  broken   {reason}")
    print(f"your own models live in {models_folder()}")
    return 0


def run_models_show(args: argparse.Namespace) -> int:
    """Print a model's card."""
    import json

    from napari_nuclei.model.store import find_model

    print(json.dumps(find_model(args.name).card.as_dict(), indent=2))
    return 0


def run_models_import(args: argparse.Namespace) -> int:
    """Add a model."""
    from napari_nuclei.model.exchange import import_model
    from napari_nuclei.model.selftest import run_self_test

    if args.path.suffix == ".keras" and args.path.is_file():
        preload_tensorflow()
    else:
        preload_litert()
    entry = import_model(args.path, name=args.name)
    print(f"imported {entry.name} into {entry.folder}")
    test = run_self_test(entry)
    if test is not None:
        print(test.summary(), file=sys.stdout if test.ok else sys.stderr)
    return 0


def run_models_export(args: argparse.Namespace) -> int:
    """Write a model as a zip file."""
    from napari_nuclei.model.exchange import export_model

    preload_litert()
    print(export_model(args.name, args.path))
    return 0


def run_models_rename(args: argparse.Namespace) -> int:
    """Give a model another name."""
    from napari_nuclei.model.chosen import rename_model

    rename_model(args.name, args.new)
    print(f"renamed {args.name} to {args.new}")
    return 0


def run_models_remove(args: argparse.Namespace) -> int:
    """Delete a model."""
    from napari_nuclei.model.store import remove_model

    remove_model(args.name)
    print(f"removed {args.name}")
    return 0
