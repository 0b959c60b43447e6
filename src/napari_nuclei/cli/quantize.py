"""The action `quantize` of the command `models`."""

from __future__ import annotations

import argparse
from typing import Any

from napari_nuclei.cli.options import parse_non_empty
from napari_nuclei.cli.progress import progress_bar
from napari_nuclei.cli.quiet import preload_tensorflow
from napari_nuclei.cli.samples import add_data_options


def add_command(actions: Any) -> None:
    """Add the action to those of `models`."""
    quantize = actions.add_parser(
        "quantize", help="make a faster model of one, whose network counts in 8 bits"
    )
    quantize.add_argument(
        "base", metavar="MODEL", type=parse_non_empty, help="the model's name"
    )
    add_data_options(quantize)
    quantize.add_argument("--name", required=True, help="name of the new model")
    quantize.add_argument("--description", default="", help="for the model's card")
    quantize.set_defaults(run=run_quantize)


def run_quantize(args: argparse.Namespace) -> int:
    """Make a faster model of one."""
    from napari_nuclei.data.paths import TrainingPaths
    from napari_nuclei.evaluation.model_comparison import read_comparison
    from napari_nuclei.io.atomic import prepare_folder
    from napari_nuclei.model.store import check_name_available, models_folder, read_card
    from napari_nuclei.training.base_model import find_base_model

    check_name_available(args.name)
    find_base_model(args.base)
    files = TrainingPaths(args.data, None, args.ids, args.val, args.val_ids)
    files.check()
    if files.validation_path() is None:
        raise ValueError(
            "quantize needs images to choose thresholds on; name them with --val or "
            "--val-ids"
        )
    prepare_folder(models_folder())
    with progress_bar("image") as progress:
        samples, validation = files.read(progress)
    preload_tensorflow()
    from napari_nuclei.training.quantize import quantize_model

    folder = quantize_model(
        args.base,
        samples,
        name=args.name,
        validation=validation or (),
        description=args.description,
    )
    print(f"the model is in {folder}")
    comparison = read_comparison(read_card(folder).training)
    if comparison is not None:
        print(comparison.summary_line(args.name))
    return 0
