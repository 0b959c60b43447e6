"""The command `napari-nuclei`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from napari_nuclei import __version__
from napari_nuclei.config import SegmentConfig, TrainConfig
from napari_nuclei.options import Parser, add_options, config_from

if TYPE_CHECKING:
    from collections.abc import Iterator

    from napari_nuclei.core.tiling import Progress
    from napari_nuclei.scale.batch import FileResult
    from napari_nuclei.training.datasets import Sample

MODEL_HELP = "name of a model, or path of a model's folder"
FROM_HELP = (
    "model to fine-tune, quickly and on few images unless other options say otherwise"
)
DATA_HELP = "folder or zip of images beside masks, or in the Data Science Bowl's layout"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; return its exit code.

    0 is success, 1 a user's error told in one line or a file that failed, 2 a wrong
    command line.
    """
    args = make_parser().parse_args(arguments)
    try:
        code: int = args.run(args)
    except KeyboardInterrupt:
        print("napari-nuclei: stopped", file=sys.stderr)
        return 130
    except (OSError, TypeError, ValueError, RuntimeError, MemoryError) as error:
        if os.environ.get("NAPARI_NUCLEI_DEBUG"):
            raise
        text = " ".join(str(error).split()) or type(error).__name__
        print(f"napari-nuclei: {text}", file=sys.stderr)
        return 1
    return code


def make_parser() -> argparse.ArgumentParser:
    """Return the parser of the whole command line."""
    parser = Parser(
        prog="napari-nuclei",
        description="Find cell nuclei in images, and learn new kinds of images.",
        epilog="@FILE among the arguments stands for the arguments in FILE.",
    )
    parser.add_argument("--version", action="version", version=__version__)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    demo = commands.add_parser("demo", help="segment a sample image; needs no download")
    demo.add_argument("-o", "--output", type=Path, default=Path("demo"))
    demo.set_defaults(run=run_demo)

    segment = commands.add_parser("segment", help="label the nuclei of images")
    segment.add_argument(
        "inputs", nargs="+", metavar="INPUT", help="file, folder, glob, or one zarr"
    )
    segment.add_argument(
        "-o",
        "--output",
        type=Path,
        required=True,
        help="folder, or the .zarr to make of one image that may exceed memory",
    )
    segment.add_argument("--model", default=None, help=MODEL_HELP)
    segment.add_argument(
        "--overlay", action="store_true", help="write a PNG of outlines"
    )
    segment.add_argument("--table", action="store_true", help="write a CSV of nuclei")
    segment.add_argument(
        "--all-nuclei",
        type=Path,
        metavar="FILE",
        help="one table of all images' nuclei, .csv or .parquet",
    )
    segment.add_argument("--channel", type=int, help="channel to take, from 0")
    segment.add_argument(
        "--pixel-size", type=float, help="micrometres, if not in files"
    )
    add_engine(segment)
    scale = segment.add_argument_group("scale options")
    scale.add_argument("--axes", help="axes of a zarr that does not say: TYX")
    scale.add_argument("--block", type=int, help="side of a block in pixels [2048]")
    scale.add_argument("--workers", type=int, help="files or blocks at once")
    scale.add_argument(
        "--scheduler", metavar="ADDRESS", help="run on dask's workers: tcp://host:8786"
    )
    add_options(segment, SegmentConfig, "segmentation options")
    segment.set_defaults(run=run_segment)

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

    evaluate = commands.add_parser("evaluate", help="score a model on annotated images")
    evaluate.add_argument("data", type=Path, help=DATA_HELP)
    evaluate.add_argument("--model", default=None, help=MODEL_HELP)
    evaluate.add_argument(
        "--against", metavar="MODEL", help="a second model, compared image by image"
    )
    evaluate.add_argument("--ids", type=Path, help="text file of the images to take")
    evaluate.add_argument("--groups", type=Path, help="CSV with columns id and group")
    evaluate.add_argument(
        "-o", "--output", type=Path, help="folder for CSV, JSON, figure"
    )
    add_engine(evaluate)
    add_options(evaluate, SegmentConfig, "segmentation options")
    evaluate.set_defaults(run=run_evaluate)

    add_models_commands(commands)
    return parser


def add_engine(parser: argparse.ArgumentParser) -> None:
    """Add the options that choose the runtime."""
    parser.add_argument(
        "--engine",
        choices=("auto", "litert", "keras"),
        default="auto",
        help="litert: CPU; keras: TensorFlow, on a GPU where there is one",
    )


def add_models_commands(commands: Any) -> None:
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
    remove = actions.add_parser("remove", help="delete one of your own models")
    remove.add_argument("name")
    remove.set_defaults(run=run_models_remove)


@contextmanager
def progress_bar(unit: str) -> Iterator[Progress | None]:
    """Give a progress that draws a bar on a terminal; None elsewhere."""
    if not sys.stderr.isatty():
        yield None
        return
    from tqdm import tqdm

    with tqdm(unit=unit, leave=False) as bar:

        def report(done: int, total: int) -> None:
            bar.total = total
            bar.update(done - bar.n)

        yield report


def print_result(result: FileResult) -> None:
    """Print a line about a file."""
    if result.reason:
        print(f"{result.path}: failed: {result.reason}", file=sys.stderr)
        return
    if result.earlier:
        print(f"{result.path}: {result.nuclei} nuclei, done earlier")
        return
    print(f"{result.path}: {result.nuclei} nuclei in {result.seconds:.2f} s")
    for path in result.written:
        print(f"  {path}")


def finish(results: Sequence[FileResult]) -> int:
    """Print a summary of several files; return the exit code."""
    failed = sum(bool(result.reason) for result in results)
    if len(results) > 1:
        nuclei = sum(result.nuclei for result in results)
        line = f"{len(results) - failed} of {len(results)} images, {nuclei} nuclei"
        print(line + (f", {failed} failed" if failed else ""))
    return 1 if failed else 0


def run_segment(args: argparse.Namespace) -> int:
    """Segment files."""
    from napari_nuclei.model.load import load_segmenter
    from napari_nuclei.model.store import DEFAULT_MODEL

    if args.output.suffix == ".zarr" or any(map(is_large, args.inputs)):
        return run_segment_large(args)
    from napari_nuclei.scale.batch import segment_files

    if args.all_nuclei:
        from napari_nuclei.scale.alltable import check_table, join_tables

        check_table(args.all_nuclei)
    segmenter = load_segmenter(args.model or DEFAULT_MODEL, engine=args.engine)
    with progress_bar("step") as progress:
        results = segment_files(
            segmenter,
            args.inputs,
            args.output,
            overlay=args.overlay,
            table=args.table or bool(args.all_nuclei),
            channel=args.channel,
            pixel_size=args.pixel_size,
            config=config_from(args, SegmentConfig),
            workers=args.workers,
            scheduler=args.scheduler,
            progress=progress,
            report=print_result,
        )
    if args.all_nuclei:
        join_tables(results, args.all_nuclei)
        print(f"all nuclei: {args.all_nuclei}")
    return finish(results)


def is_large(path: str) -> bool:
    """Tell whether an input is read block by block."""
    from napari_nuclei.core.imagefiles import SLIDE_SUFFIXES

    return Path(path).suffix.lower() in (".zarr", *SLIDE_SUFFIXES)


def run_segment_large(args: argparse.Namespace) -> int:
    """Segment an image that may exceed memory."""
    if len(args.inputs) != 1:
        raise ValueError(
            f"one zarr or slide is segmented at a time; got {len(args.inputs)} inputs"
        )
    if args.overlay or args.all_nuclei:
        raise ValueError("--overlay and --all-nuclei are not for a zarr or a slide")
    from napari_nuclei.model.load import load_segmenter
    from napari_nuclei.model.store import DEFAULT_MODEL
    from napari_nuclei.scale.large import BLOCK, segment_large
    from napari_nuclei.scale.plates import is_plate

    if is_plate(Path(args.inputs[0])):
        return run_segment_plate(args)
    output = args.output
    if output.suffix != ".zarr":
        output = output / f"{Path(args.inputs[0]).stem}_labels.zarr"
    table = output.with_name(f"{output.stem.removesuffix('_labels')}_nuclei.csv")
    with progress_bar("block") as progress:
        result = segment_large(
            args.inputs[0],
            output,
            model=load_segmenter(args.model or DEFAULT_MODEL, engine=args.engine),
            axes=args.axes,
            channel=args.channel,
            pixel_size=args.pixel_size,
            table=table if args.table else None,
            block=args.block or BLOCK,
            workers=args.workers,
            scheduler=args.scheduler,
            config=config_from(args, SegmentConfig),
            progress=progress,
        )
    earlier = f", {result.resumed} done earlier" if result.resumed else ""
    print(
        f"{args.inputs[0]}: {result.nuclei} nuclei in {result.seconds:.2f} s "
        f"({result.blocks} blocks{earlier})"
    )
    for path in filter(None, (result.labels, result.table)):
        print(f"  {path}")
    if result.cut:
        print(
            f"napari-nuclei: {result.cut} parts of objects are longer than a block's "
            "margin; seams may cut them",
            file=sys.stderr,
        )
    for failure in result.failed:
        print(f"{args.inputs[0]}: failed: {failure}", file=sys.stderr)
    return 1 if result.failed else 0


def run_segment_plate(args: argparse.Namespace) -> int:
    """Segment every field of a plate."""
    from napari_nuclei.model.load import load_segmenter
    from napari_nuclei.model.store import DEFAULT_MODEL
    from napari_nuclei.scale.large import BLOCK
    from napari_nuclei.scale.plates import FieldResult, segment_plate

    if args.table:
        raise ValueError("--table is not for a plate")

    def tell(field: FieldResult) -> None:
        if field.reason:
            print(f"{field.path}: failed: {field.reason}", file=sys.stderr)
        elif field.result is None:
            print(f"{field.path}: done earlier")
        else:
            seconds = field.result.seconds
            print(f"{field.path}: {field.result.nuclei} nuclei in {seconds:.2f} s")

    results = segment_plate(
        args.inputs[0],
        args.output,
        report=tell,
        model=load_segmenter(args.model or DEFAULT_MODEL, engine=args.engine),
        axes=args.axes,
        channel=args.channel,
        pixel_size=args.pixel_size,
        block=args.block or BLOCK,
        workers=args.workers,
        scheduler=args.scheduler,
        config=config_from(args, SegmentConfig),
    )
    return 1 if any(field.reason for field in results) else 0


def run_demo(args: argparse.Namespace) -> int:
    """Write a sample image and segment it."""
    from napari_nuclei.core.atomic import write_atomic
    from napari_nuclei.core.synthetic import synthetic_nuclei
    from napari_nuclei.model.load import load_segmenter
    from napari_nuclei.scale.batch import prepare_folder, segment_files
    from napari_nuclei.scale.files import image_tiff

    prepare_folder(args.output)
    image, truth = synthetic_nuclei()
    path = args.output / "fluorescence.tif"
    write_atomic(path, image_tiff(image, "YX", None))
    print(f"{path} is made by code and holds {truth.max()} nuclei")
    return finish(
        segment_files(
            load_segmenter(),
            [path],
            args.output,
            overlay=True,
            table=True,
            report=print_result,
        )
    )


def read_samples(data: Path, ids: Path | None) -> list[Sample]:
    """Read images beside masks, those that a text file names if there is one."""
    from napari_nuclei.training.datasets import read_dataset, read_ids

    with progress_bar("image") as progress:
        wanted = None if ids is None else read_ids(ids)
        return read_dataset(data, ids=wanted, progress=progress)


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
    from napari_nuclei.training.run import About, evaluate, train, work_folder

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
        print("on the test set:")
        print(evaluate(read_samples(splits["test"], None), model=args.name).table())
    return 0


def run_evaluate(args: argparse.Namespace) -> int:
    """Score a model."""
    from napari_nuclei.model.store import DEFAULT_MODEL
    from napari_nuclei.training.confidence import compare_paired
    from napari_nuclei.training.datasets import find_splits, read_groups
    from napari_nuclei.training.run import evaluate

    data = find_splits(args.data).get("test", args.data)
    groups = read_groups(args.groups) if args.groups else None
    samples = read_samples(data, args.ids)
    models = [args.model or DEFAULT_MODEL]
    outputs = [args.output]
    if args.against:
        models.append(args.against)
        outputs.append(args.output and args.output / "against")
    evaluations = []
    for model, output in zip(models, outputs, strict=True):
        with progress_bar("image") as progress:
            evaluation = evaluate(
                samples,
                model=model,
                config=config_from(args, SegmentConfig),
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
    from napari_nuclei.model.store import import_model

    entry = import_model(args.path, name=args.name)
    print(f"imported {entry.name} into {entry.folder}")
    return 0


def run_models_export(args: argparse.Namespace) -> int:
    """Write a model as a zip file."""
    from napari_nuclei.model.store import export_model

    print(export_model(args.name, args.path))
    return 0


def run_models_remove(args: argparse.Namespace) -> int:
    """Delete a model."""
    from napari_nuclei.model.store import remove_model

    remove_model(args.name)
    print(f"removed {args.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
