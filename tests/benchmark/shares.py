"""Compare weights of the fine-tuned against the base weights, after few annotations.

In each image ten nuclei are painted, or a crop of 256x256 is annotated. A part of the
annotation is held out, and a model is fine-tuned on the rest. For several interpolation
factors the script writes the validation loss, and F1 at an IoU of 0.5 on the held-out
nuclei, on all annotated nuclei, on the other nuclei of the image and on other images of
its group::

    python tests/benchmark/shares.py stage1_train.zip groups.csv IMAGE... \\
        --ids val_ids.txt -o shares.csv
"""

from __future__ import annotations

import argparse
import os
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
from annotation_curve import SIDE, crop
from painted import NUCLEI, paint, rest_of
from tuned import f1, fine_tuning, write_rows

from napari_nuclei import train
from napari_nuclei.config import TrainConfig
from napari_nuclei.data.annotated_mask import ignore_unpainted
from napari_nuclei.data.datasets import Sample, read_dataset
from napari_nuclei.data.image_lists import read_groups, read_ids
from napari_nuclei.data.split import hold_out
from napari_nuclei.evaluation.held_out import evaluate_model
from napari_nuclei.model.convert import convert, save_inference_model
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.staging import stage_model
from napari_nuclei.model.store import (
    KERAS_FILE,
    LITERT_FILE,
    ModelEntry,
    find_model,
    write_card,
)
from napari_nuclei.training.loop.compile import compile_model, evaluate_patches
from napari_nuclei.training.sampling.pyramid import build_pyramid
from napari_nuclei.training.sampling.validation_patches import build_validation_patches
from napari_nuclei.training.setup import evaluate_on_all, median_diameter
from napari_nuclei.training.weight_interpolation import interpolate_weights

INTERPOLATION_FACTORS = (0.0, 0.25, 0.5, 0.75, 1.0)
MAX_TEST_IMAGES = 12


def fine_tune(
    training: Sequence[Sample],
    held_out: Sequence[Sample],
    tests: dict[str, Sequence[Sample]],
    base: ModelEntry,
    config: TrainConfig,
) -> list[dict[str, object]]:
    """Fine-tune a base model; return loss and F1 for each interpolation factor."""
    config = replace(
        config, finetuned_weight=1.0, keep="last", diameter=base.card.diameter
    )
    folder = train(
        training,
        "all",
        config=config,
        validation=held_out,
        base=base.folder,
        overwrite=True,
    )
    start = keras.models.load_model(base.folder / KERAS_FILE, compile=False)
    model = keras.models.load_model(folder / KERAS_FILE, compile=False)
    base_weights, weights = start.get_weights(), model.get_weights()
    compile_model(model, config)
    patches = build_validation_patches(
        [build_pyramid(s, levels=1) for s in held_out], config
    )
    diameter = median_diameter([*training, *held_out])
    rows: list[dict[str, object]] = []
    for factor in INTERPOLATION_FACTORS:
        model.set_weights(interpolate_weights(base_weights, weights, factor))
        loss = round(evaluate_patches(model, patches)["loss"], 5)
        with stage_model("share", overwrite=True) as staged:
            save_inference_model(model, staged / KERAS_FILE)
            convert(model, staged / LITERT_FILE, patch_size=config.patch_size)
            write_card(staged, replace(base.card, name="share", sha256={}))
        segmenter = load_segmenter("share")
        new = evaluate_model(segmenter, held_out, diameter)
        on_all = evaluate_on_all(segmenter, training, new, diameter)
        scores = {
            title: round(f1("share", samples), 4) if samples else ""
            for title, samples in tests.items()
        }
        own = {"loss": loss, "f1": round(new.f1, 4), "f1 all": round(on_all.f1, 4)}
        rows.append({"share": factor, **own, **scores})
    return rows


def main() -> None:
    """Fine-tune on a part of each image, and write a table of the scores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("groups", type=Path)
    parser.add_argument("images", nargs="+", metavar="IMAGE")
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--ids", type=Path, help="text file of images to test on")
    parser.add_argument("--base", default="nuclei")
    parser.add_argument("--nuclei", type=int, default=NUCLEI, help="0 for a crop")
    parser.add_argument("--steps", type=int, default=150)
    parser.add_argument("--loss", default="dice", help="or lovasz")
    parser.add_argument("--seeds", nargs="+", type=int, default=[0])
    args = parser.parse_args()
    base = find_model(args.base)
    os.environ["NAPARI_NUCLEI_MODELS"] = tempfile.mkdtemp()
    groups = read_groups(args.groups)
    kinds = {groups[name] for name in args.images}
    ids = read_ids(args.ids) if args.ids else list(groups)
    ids = [name for name in ids if groups.get(name) in kinds]
    samples = {s.name: s for s in read_dataset(args.data, ids=ids)}
    tune = fine_tuning(None, args.steps)
    rows: list[dict[str, object]] = []
    for name, seed in ((name, seed) for name in args.images for seed in args.seeds):
        sample, kind = samples[name], groups[name]
        others = [
            s for s in samples.values() if groups[s.name] == kind and s.name != name
        ]
        tests: dict[str, Sequence[Sample]] = {"others": others[:MAX_TEST_IMAGES]}
        if args.nuclei:
            painted = paint(sample, args.nuclei, seed)
            tests["rest"] = [rest_of(sample, painted)]
            annotated = ignore_unpainted(painted)
        else:
            annotated = crop(sample, SIDE, np.random.default_rng(seed))
        config = replace(tune, seed=seed, loss=args.loss)
        training, held_out = hold_out([annotated], config.val_fraction, seed)
        for row in fine_tune(training, held_out, tests, base, config):
            rows.append({"group": kind, "image": name[:8], "seed": seed, **row})
            print(rows[-1], flush=True)
    write_rows(args.output, rows)


if __name__ == "__main__":
    main()
