"""Measure accuracy against the number of annotated crops (1, 3, 5, 10) of new images.

For each group of images a base model is trained without the group. It is fine-tuned on
crops of 256x256 of the group, and on all of its images, and scored on other images of
the group. This takes an hour or two, mostly for the base models, which are stored in a
folder and used again::

    python tests/benchmark/annotation_curve.py stage1_train.zip groups.csv \\
        -o curve.csv --models curve \\
        --encoder-weights mobilenet_v2_1.0_imagenet_no_top.weights.h5

It is faster to start from an existing model, with images that it was not trained on. On
a busy machine, give a number of steps instead of a time::

    python tests/benchmark/annotation_curve.py stage1_train.zip groups.csv -o c.csv \\
        --ids val_ids.txt --base nuclei --group tissue-purple --crops 1 3 --steps 100
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from time import monotonic

import numpy as np
from tuned import fine_tuning, write_rows

from napari_nuclei import load_segmenter, train
from napari_nuclei.config import ModelConfig, TrainConfig
from napari_nuclei.data.datasets import Sample, read_dataset
from napari_nuclei.data.image_lists import read_groups, read_ids
from napari_nuclei.evaluation.held_out import evaluate_model
from napari_nuclei.model.store import find_model, list_models
from napari_nuclei.training.setup import median_diameter

GROUPS = ("tissue-purple", "grey-tissue", "fluorescence-large")
CROPS = (1, 3, 5, 10)
SIDE = 256
MOST_TESTED = 24


def crop(sample: Sample, side: int, rng: np.random.Generator) -> Sample:
    """Return a window of a sample that contains a nucleus."""
    rows, columns = np.nonzero(sample.labels)
    middle = rng.integers(len(rows))
    window = tuple(
        slice(start, start + side)
        for start in (
            int(np.clip(place - side // 2, 0, max(0, size - side)))
            for place, size in zip(
                (rows[middle], columns[middle]), sample.labels.shape, strict=True
            )
        )
    )
    return Sample(f"{sample.name} crop", sample.image[window], sample.labels[window])


def scores(model: str, samples: Sequence[Sample]) -> dict[str, float]:
    """Return F1 at an IoU of 0.5, with the diameter given or estimated.

    Told is the size of each image's own nuclei, as the Segment widget's Measure takes
    it from one that was painted. F1 of all nuclei together, and the mean of images'.
    """
    segmenter, size = load_segmenter(model), median_diameter(samples)
    row: dict[str, float] = {}
    for what, diameter in (("size told", size), ("measured", None)):
        found = evaluate_model(segmenter, samples, diameter).evaluation
        row[f"f1, {what}"] = round(found.pooled.objects[0].f1, 4)
        row[f"f1 of images, {what}"] = round(found.mean.objects[0].f1, 4)
    return row


def train_once(
    samples: Sequence[Sample], config: TrainConfig, name: str, base: str | None = None
) -> None:
    """Train a model unless it exists."""
    if name not in {model.card.name for model in list_models()}:
        train(samples, name, config=config, base=base)


def curve(
    samples: Sequence[Sample],
    groups: dict[str, str],
    group: str,
    *,
    crops: Sequence[int] = CROPS,
    base: str | None = None,
    base_config: TrainConfig,
    whole_config: TrainConfig,
    tune_config: TrainConfig,
    seeds: Sequence[int] = (0,),
) -> list[dict[str, object]]:
    """Return a row for the base, for each number of crops and for the whole group.

    Where a base is given, it is not trained, and nor is one on the whole group. Models
    of earlier runs are used again, but for those that were fine-tuned. Each seed draws
    other crops; the images that are scored are the same for all.
    """
    rng = np.random.default_rng(0)
    inside = [s for s in samples if groups.get(s.name) == group and s.labels.any()]
    outside = [s for s in samples if groups.get(s.name) != group]
    inside = [inside[i] for i in rng.permutation(len(inside))]
    most = min(max(CROPS), len(inside) // 2)
    tested = inside[most:][:MOST_TESTED]
    rest = inside[:most] + inside[most + MOST_TESTED :]
    rows: list[dict[str, object]] = []

    def add(what: str, model: str, seconds: float, seed: int | str = "") -> None:
        row = {"group": group, "trained on": what, "seed": seed}
        rows.append(row | scores(model, tested) | {"seconds": round(seconds, 1)})
        print(rows[-1], flush=True)

    given, began = base is not None, monotonic()
    if base is None:
        base = f"without-{group}"
        train_once(outside, base_config, base)
    add("nothing more" if given else "other groups", base, monotonic() - began)
    for seed in seeds:
        draw = np.random.default_rng([0, seed])
        order = draw.permutation(most)
        windows = [crop(inside[i], SIDE, draw) for i in order]
        for number in (x for x in crops if x <= most):
            began = monotonic()
            name = f"{group}-{number}-{seed}"
            config = replace(tune_config, seed=seed)
            try:
                train(windows[:number], name, config=config, base=base, overwrite=True)
            except ValueError as error:  # too few nuclei to hold some out
                print(f"{name}: {error}", flush=True)
                continue
            add(f"{number} crops", name, monotonic() - began, seed)
    if given:
        return rows
    began, whole = monotonic(), f"whole-{group}"
    train_once(rest, whole_config, whole, base)
    add("whole group", whole, monotonic() - began)
    return rows


def main() -> None:
    """Draw the curves of all groups and write them as a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("groups", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--group", nargs="+", default=list(GROUPS))
    parser.add_argument("--ids", type=Path, help="text file of the images to use")
    parser.add_argument("--base", help="a model to begin from, which is not trained")
    parser.add_argument("--crops", nargs="*", type=int, default=list(CROPS))
    parser.add_argument("--models", type=Path, help="folder that keeps the models")
    parser.add_argument("--encoder-weights", help="that the bases begin with")
    parser.add_argument("--base-budget", type=float, default=1200)
    parser.add_argument("--whole-budget", type=float, default=400)
    parser.add_argument("--budget", type=float, default=90)
    parser.add_argument("--steps", type=int, help="of fine-tuning; no budget then")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0], help="of crops")
    args = parser.parse_args()
    base = args.base and str(find_model(args.base).folder)
    os.environ["NAPARI_NUCLEI_MODELS"] = str(args.models or tempfile.mkdtemp())
    groups, ids = read_groups(args.groups), args.ids and read_ids(args.ids)
    if base is not None:  # the images of other groups teach nothing then
        names = ids or list(groups)
        ids = [name for name in names if groups.get(name) in args.group]
    samples = read_dataset(args.data, ids=ids)
    tune = fine_tuning(args.budget, args.steps)
    fresh = TrainConfig(
        epochs=1000,
        steps=60,
        batch=32,
        budget=args.base_budget,
        patience=1000,
        model=ModelConfig(encoder_weights=args.encoder_weights),
    )
    whole = replace(
        fresh,
        budget=args.whole_budget,
        batch_norm="keep",
        learning_rate=3e-4,
        model=ModelConfig(),
    )
    rows: list[dict[str, object]] = []
    for group in args.group:
        rows += curve(
            samples,
            groups,
            group,
            crops=args.crops,
            base_config=fresh,
            whole_config=whole,
            base=base,
            tune_config=tune,
            seeds=args.seeds,
        )
    write_rows(args.output, rows)


if __name__ == "__main__":
    main()
