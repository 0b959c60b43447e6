"""The command `evaluate`."""

from __future__ import annotations

import argparse
from typing import Any

from napari_nuclei.cli.models import MODEL_HELP
from napari_nuclei.cli.options import (
    add_engine_option,
    add_options,
    config_from_args,
    parse_non_empty,
    parse_path,
)
from napari_nuclei.cli.progress import progress_bar
from napari_nuclei.cli.quiet import preload_litert, preload_tensorflow
from napari_nuclei.cli.samples import DATA_HELP, read_samples
from napari_nuclei.config import SegmentConfig


def add_command(commands: Any) -> None:
    """Add the command to the parser's commands."""
    evaluate = commands.add_parser("evaluate", help="score a model on annotated images")
    evaluate.add_argument("data", type=parse_path, help=DATA_HELP)
    evaluate.add_argument("--model", type=parse_non_empty, help=MODEL_HELP)
    evaluate.add_argument(
        "--against",
        type=parse_non_empty,
        metavar="MODEL",
        help="a second model, compared image by image",
    )
    evaluate.add_argument(
        "--ids", type=parse_path, help="text file of the images to take"
    )
    evaluate.add_argument(
        "--groups", type=parse_path, help="CSV with columns id and group"
    )
    evaluate.add_argument(
        "-o", "--output", type=parse_path, help="folder for CSV, JSON, figure"
    )
    add_engine_option(evaluate)
    add_options(evaluate, SegmentConfig, "segmentation options")
    evaluate.set_defaults(run=run_evaluate)


def run_evaluate(args: argparse.Namespace) -> int:
    """Score a model."""
    from napari_nuclei.data.image_lists import read_groups
    from napari_nuclei.data.layouts import find_splits
    from napari_nuclei.evaluation.bootstrap import compare_paired
    from napari_nuclei.evaluation.evaluate import evaluate
    from napari_nuclei.io.atomic import prepare_folder
    from napari_nuclei.model.store import DEFAULT_MODEL, find_model

    config = config_from_args(args, SegmentConfig)
    models = [args.model or DEFAULT_MODEL]
    outputs = [args.output]
    if args.against:
        models.append(args.against)
        outputs.append(args.output and args.output / "against")
    # What can be wrong is told before the images are read, and before the hours that
    # the first model may take.
    for model in models:
        find_model(model)
    if args.output:
        prepare_folder(args.output)
    groups = read_groups(args.groups) if args.groups else None
    data = find_splits(args.data).get("test", args.data)
    samples = read_samples(data, args.ids)
    preload_tensorflow() if args.engine == "keras" else preload_litert()
    evaluations = []
    for model, output in zip(models, outputs, strict=True):
        with progress_bar("image") as progress:
            evaluation = evaluate(
                samples,
                model=model,
                config=config,
                groups=groups,
                output=output,
                engine=args.engine,
                progress=progress,
            )
        if args.against:
            print(f"model {model}")
        print(evaluation.table())
        evaluations.append(evaluation)
    if args.against:
        one, other = ([x.counts for x in some.images] for some in evaluations)
        names = [sample.name for sample in samples]
        print(f"model {models[0]} against {models[1]}")
        print(compare_paired(names, one, other).table())
    if args.output:
        print(f"written to {args.output}")
    return 0
