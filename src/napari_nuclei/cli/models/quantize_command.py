"""The action `quantize` of the command `models`."""

from __future__ import annotations

import argparse
from typing import Any

from napari_nuclei.cli.argument_types import expand_home
from napari_nuclei.cli.progress_bars import progress_bar
from napari_nuclei.cli.quiet_libraries import preload_tensorflow
from napari_nuclei.cli.sample_arguments import add_data_options


def add_command(actions: Any) -> None:
    """Add the action to the actions of `models`."""
    action = actions.add_parser(
        "quantize",
        usage="napari-nuclei models quantize MODEL DATA --name NAME --val DATA",
        help="quantize a model to int8, which makes it faster",
        description="Quantize a model to int8: faster and slightly less accurate.",
        groups=("Model", "Data", "Help"),
        examples=(
            "napari-nuclei models quantize mine my-data/ --val more-data/ --name fast",
        ),
    )
    model = action.group("Model")
    model.add_argument(
        "base", metavar="MODEL", type=expand_home, help="name of the model to quantize"
    )
    model.add_argument("--name", required=True, help="name of the new model")
    model.add_argument(
        "--description", default="", metavar="TEXT", help="description on its card"
    )
    add_data_options(action)
    action.set_defaults(run=run_quantize)


def run_quantize(args: argparse.Namespace) -> int:
    """Quantize a model; print its folder and the comparison with its base."""
    from napari_nuclei.data.paths import TrainingPaths
    from napari_nuclei.evaluation.model_comparison import read_comparison
    from napari_nuclei.io.atomic import prepare_folder
    from napari_nuclei.model.store import check_name_available, models_folder, read_card

    check_name_available(args.name)
    files = TrainingPaths(
        data=args.data,
        labels=None,
        ids=args.ids,
        val=args.val,
        val_ids=args.val_ids,
        max_pixels=args.max_pixels,
    )
    files.check()
    if files.validation_path() is None:
        raise ValueError(
            "quantize needs validation images to choose the thresholds; name them with "
            "--val or --val-ids"
        )
    preload_tensorflow()
    from napari_nuclei.training.find_base import find_base_model

    find_base_model(args.base)
    prepare_folder(models_folder())
    with progress_bar("image") as progress:
        samples, validation = files.read(progress)
    from napari_nuclei.training.quantize import quantize_model

    folder = quantize_model(
        args.base,
        samples,
        name=args.name,
        validation=validation or (),
        description=args.description,
    )
    print(f"The model is in {folder}")
    comparison = read_comparison(read_card(folder).training)
    if comparison is not None:
        print(comparison.summary_line(args.name))
    return 0
