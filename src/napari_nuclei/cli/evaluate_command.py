"""The command `evaluate`."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_nuclei.cli.argument_types import MODEL_HELP, expand_home, parse_path
from napari_nuclei.cli.options import (
    add_engine_option,
    add_max_pixels_option,
    add_options,
    config_from_args,
)
from napari_nuclei.cli.progress_bars import progress_bar
from napari_nuclei.cli.quiet_libraries import preload_litert, preload_tensorflow
from napari_nuclei.cli.sample_arguments import DATA_HELP
from napari_nuclei.cli.segment_command import OPTION_GROUPS
from napari_nuclei.config import SegmentConfig

if TYPE_CHECKING:
    from napari_nuclei.data.sample import Sample
    from napari_nuclei.evaluation.evaluation_results import Evaluation


def add_command(commands: Any) -> None:
    """Add the command to the commands of the parser."""
    evaluate = commands.add_parser(
        "evaluate",
        usage="napari-nuclei evaluate DATA [options]",
        help="score a model on annotated images",
        description="Score a model on annotated images; compare it with another model.",
        groups=("Data", "Output", "Models", "Nuclei", "Speed", "Help"),
        examples=(
            "napari-nuclei evaluate my-data/",
            "napari-nuclei evaluate my-data/ --model mine --against nuclei",
            "napari-nuclei evaluate my-data/ --model mine -o report/",
        ),
    )
    data = evaluate.group("Data")
    data.add_argument(
        "data",
        type=parse_path,
        metavar="DATA",
        help=f"{DATA_HELP}; of its folders train/, val/ and test/, if any, test/ is "
        "scored, or val/ if there is no test/",
    )
    data.add_argument(
        "--ids",
        type=parse_path,
        metavar="FILE",
        help="text file with the names of the images to score, one per line [all]",
    )
    data.add_argument(
        "--groups",
        type=parse_path,
        metavar="FILE",
        help="CSV file with the columns id and group; each group is scored too",
    )
    add_max_pixels_option(data)
    evaluate.group("Output").add_argument(
        "-o",
        "--output",
        type=parse_path,
        metavar="FOLDER",
        help="folder for the scores as CSV and JSON, and figures [only print them]",
    )
    models = evaluate.group("Models")
    models.add_argument(
        "--model", type=expand_home, help=f"{MODEL_HELP} [the default model]"
    )
    models.add_argument(
        "--against",
        type=expand_home,
        metavar="MODEL",
        help="second model, compared with the first image by image",
    )
    add_options(evaluate, SegmentConfig, "Nuclei", OPTION_GROUPS)
    add_engine_option(evaluate.group("Speed"))
    evaluate.set_defaults(run=run_evaluate)


def run_evaluate(args: argparse.Namespace) -> int:
    """Score one or two models; print the tables and write the report."""
    from napari_nuclei.data.image_lists import read_groups, read_ids
    from napari_nuclei.data.sample_inputs import read_samples
    from napari_nuclei.io.atomic import prepare_folder
    from napari_nuclei.model.store import DEFAULT_MODEL, find_model

    config = config_from_args(args, SegmentConfig)
    models = [args.model or DEFAULT_MODEL]
    outputs = [args.output]
    if args.against:
        models.append(args.against)
        outputs.append(args.output and args.output / "against")
    # Reading the images and scoring the first model can take hours: report a wrong
    # argument first.
    for model in models:
        find_model(model)
    if args.output:
        prepare_folder(args.output)
    groups = read_groups(args.groups) if args.groups else None
    ids = read_ids(args.ids) if args.ids else None
    with progress_bar("image") as progress:
        samples = read_samples(
            args.data,
            split="test",
            ids=ids,
            max_pixels=args.max_pixels,
            progress=progress,
        )
    preload_tensorflow() if args.engine == "keras" else preload_litert()
    evaluations = []
    for model, output in zip(models, outputs, strict=True):
        evaluation = score_model(args, samples, model, config, groups, output)
        if args.against:
            print(f"Model {model}")
        print(evaluation.table())
        evaluations.append(evaluation)
    if args.against:
        print_comparison(models, evaluations)
    if args.output:
        print(f"Report written to {args.output}")
    return 0


def score_model(
    args: argparse.Namespace,
    samples: Sequence[Sample],
    model: str,
    config: SegmentConfig,
    groups: Mapping[str, str] | None,
    output: Path | None,
) -> Evaluation:
    """Score a model on samples, with a progress bar; write the report, if any."""
    from napari_nuclei.evaluation.evaluate import evaluate

    with progress_bar("image") as progress:
        return evaluate(
            samples,
            model=model,
            config=config,
            groups=groups,
            output=output,
            engine=args.engine,
            progress=progress,
        )


def print_comparison(models: Sequence[str], evaluations: Sequence[Evaluation]) -> None:
    """Print how two models differ image by image, and nucleus by nucleus."""
    from napari_nuclei.evaluation.bootstrap import compare_paired
    from napari_nuclei.evaluation.nucleus_comparison import compare_nuclei

    first, second = evaluations
    names = [image.name for image in first.images]
    counts = ([image.counts for image in e.images] for e in evaluations)
    print(f"Model {models[0]} against {models[1]}")
    print(compare_paired(names, *counts).table())
    by_nucleus = compare_nuclei(first.outcomes, second.outcomes)
    print(f"paired by nucleus: {by_nucleus.sentence(*models)}")
