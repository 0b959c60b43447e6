"""The command `models` and its actions."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from napari_nuclei.cli.argument_types import (
    MODEL_HELP,
    expand_home,
    parse_names,
    parse_path,
)
from napari_nuclei.cli.models import quantize_command
from napari_nuclei.cli.quiet_libraries import preload_litert, preload_tensorflow
from napari_nuclei.io.optional_packages import is_installed
from napari_nuclei.model.exports.export_formats import (
    EXPORT_FORMATS,
    ZIP,
    choose_export,
)


def add_command(commands: Any) -> None:
    """Add the command and its actions to the commands of the parser."""
    models = commands.add_parser(
        "models",
        usage="napari-nuclei models ACTION ...",
        help="list, import, export and remove models",
        description="List, show, import, export, rename, remove and quantize models.",
        groups=(),
        examples=(
            "napari-nuclei models list",
            "napari-nuclei models info nuclei",
            "napari-nuclei models export mine mine.zip",
        ),
    )
    models.renamed["show"] = "info"
    models.set_defaults(run=models.run_help)
    actions = models.add_subparsers(
        title="Actions", metavar="ACTION", prog="napari-nuclei models"
    )
    add_list(actions)
    add_info(actions)
    add_import(actions)
    add_export(actions)
    add_rename(actions)
    add_remove(actions)
    quantize_command.add_command(actions)
    models.add_help_group("Options")


def add_list(actions: Any) -> None:
    """Add the action `list`."""
    action = actions.add_parser(
        "list",
        usage="napari-nuclei models list",
        help="list all models",
        description="List the bundled models and your own, and where yours are saved.",
        examples=("napari-nuclei models list",),
    )
    action.set_defaults(run=run_models_list)


def add_info(actions: Any) -> None:
    """Add the action `info`."""
    action = actions.add_parser(
        "info",
        usage="napari-nuclei models info MODEL",
        help="print the card of a model",
        description="Print the model card: thresholds, training data, scores.",
        groups=("Arguments", "Options"),
        examples=("napari-nuclei models info nuclei",),
    )
    arguments = action.group("Arguments")
    arguments.add_argument("name", type=expand_home, metavar="MODEL", help=MODEL_HELP)
    action.set_defaults(run=run_models_info)


def add_import(actions: Any) -> None:
    """Add the action `import`."""
    action = actions.add_parser(
        "import",
        usage="napari-nuclei models import PATH [options]",
        help="add a model from a folder, zip or .keras file",
        description="Add a model to your own, and run its self-test if it has one.",
        groups=("Arguments", "Options"),
        examples=(
            "napari-nuclei models import mine.zip",
            "napari-nuclei models import network.keras --name mine",
            "napari-nuclei models import net.keras --outputs background,foreground",
        ),
    )
    action.group("Arguments").add_argument(
        "path",
        type=parse_path,
        metavar="PATH",
        help="model folder, zip of a model, or .keras file",
    )
    action.group("Options").add_argument(
        "--name", help="name of the imported model [the name in its card, or its file]"
    )
    action.group("Options").add_argument(
        "--outputs",
        type=parse_names,
        metavar="NAME,NAME",
        help="output channels of a .keras file, in order: foreground, distance, "
        "offset_y, offset_x; any other name, such as background, is not used "
        "[recognised]",
    )
    action.set_defaults(run=run_models_import)


def add_export(actions: Any) -> None:
    """Add the action `export`."""
    action = actions.add_parser(
        "export",
        usage="napari-nuclei models export MODEL PATH [options]",
        help="write a model to a file for others",
        description="Write a model for others; the end of PATH chooses the format.",
        groups=("Arguments", "Options"),
        examples=(
            "napari-nuclei models export mine mine.zip",
            "napari-nuclei models export mine mine.bioimageio.zip",
            "napari-nuclei models export mine mine.onnx",
        ),
    )
    arguments = action.group("Arguments")
    arguments.add_argument("name", type=expand_home, metavar="MODEL", help=MODEL_HELP)
    arguments.add_argument(
        "path",
        type=parse_path,
        metavar="PATH",
        help="file to write, or an existing folder",
    )
    kinds = EXPORT_FORMATS.values()
    formats = [f"{kind.name}: {kind.description} ({kind.suffix})" for kind in kinds]
    action.group("Options").add_argument(
        "--format",
        choices=tuple(EXPORT_FORMATS),
        help=f"{'; '.join(formats)} [by the end of PATH; in a folder zip]",
    )
    action.set_defaults(run=run_models_export)


def add_rename(actions: Any) -> None:
    """Add the action `rename`."""
    action = actions.add_parser(
        "rename",
        usage="napari-nuclei models rename OLD NEW",
        help="rename one of your own models",
        description="Rename one of your own models.",
        groups=("Arguments", "Options"),
        examples=("napari-nuclei models rename mine-2 mine",),
    )
    arguments = action.group("Arguments")
    arguments.add_argument("name", metavar="OLD", help="present name")
    arguments.add_argument("new", metavar="NEW", help="new name")
    action.set_defaults(run=run_models_rename)


def add_remove(actions: Any) -> None:
    """Add the action `remove`."""
    action = actions.add_parser(
        "remove",
        usage="napari-nuclei models remove MODEL",
        help="delete one of your own models",
        description="Delete one of your own models. This cannot be undone.",
        groups=("Arguments", "Options"),
        examples=("napari-nuclei models remove mine-2",),
    )
    action.group("Arguments").add_argument(
        "name", metavar="MODEL", help="name of the model"
    )
    action.set_defaults(run=run_models_remove)


def run_models_list(args: argparse.Namespace) -> int:
    """Print a line for every model, and the folder of the user's models."""
    from napari_nuclei.core.errors import as_one_line, format_error
    from napari_nuclei.model.store import invalid_models, list_models, models_folder

    rows = [
        (entry.name, "bundled" if entry.bundled else "yours", entry.card.description)
        for entry in list_models()
    ]
    place = f"Your own models are in {models_folder()}"
    try:
        rows += [(name, "broken", text) for name, text in invalid_models().items()]
    except OSError as error:
        place = f"Your own models cannot be read: {format_error(error)}"
    lines = [[as_one_line(part) for part in row] for row in rows]
    width = max((len(line[0]) for line in lines), default=0)
    for name, kind, text in lines:
        print(f"{name:<{width}}  {kind:<8} {text}".rstrip())
    print(place)
    return 0


def run_models_info(args: argparse.Namespace) -> int:
    """Print the card of a model as JSON."""
    import json

    from napari_nuclei.model.store import find_model

    print(json.dumps(find_model(args.name).card.as_dict(), indent=2))
    return 0


def run_models_import(args: argparse.Namespace) -> int:
    """Add a model to the user's models, and print the result of its self-test."""
    from napari_nuclei.model.exchange import import_model
    from napari_nuclei.model.selftest import run_self_test

    preload_litert()
    entry = import_model(args.path, name=args.name, outputs=args.outputs)
    print(f"Imported {entry.name} into {entry.folder}")
    if args.path.suffix == ".keras":
        print(entry.card.description)
    test = run_self_test(entry)
    if test is not None:
        print(test.summary(), file=sys.stdout if test.ok else sys.stderr)
    return 0


def run_models_export(args: argparse.Namespace) -> int:
    """Write a model to a file, and print its path."""
    from napari_nuclei.model.exchange import export_model

    chosen, _ = choose_export(args.path, Path(args.name).name, args.format)
    if chosen is ZIP or not is_installed("tensorflow"):
        preload_litert()
    else:
        preload_tensorflow()
    print(export_model(args.name, args.path, format=args.format))
    return 0


def run_models_rename(args: argparse.Namespace) -> int:
    """Rename one of the user's models."""
    from napari_nuclei.model.user_models import rename_model

    rename_model(args.name, args.new)
    print(f"Renamed {args.name} to {args.new}")
    return 0


def run_models_remove(args: argparse.Namespace) -> int:
    """Delete one of the user's models."""
    from napari_nuclei.model.user_models import remove_model

    remove_model(args.name)
    print(f"Removed {args.name}")
    return 0
