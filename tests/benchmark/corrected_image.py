"""Measure the gain from correcting images on the other images of their kind.

A simulated user corrects what a model finds in one image, or in several: false nuclei
are deleted, and missed and badly outlined ones (IoU below .5) get the annotated
outline. The rest stays as the model made it, and is unknown to the training; with
``--everything`` it is taught as right, as by the tick "Everything is checked". The
model is fine-tuned as by "Improve the model", and both models are scored on the other
images::

    python tests/benchmark/corrected_image.py tnbc_he --ids val_ids.txt \\
        --correct tnbc_1036 --everything --steps 60 --seeds 2
"""

from __future__ import annotations

import argparse
import os
import tempfile
from dataclasses import replace
from pathlib import Path
from time import monotonic

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import TrainConfig
from napari_nuclei.core.matching import find_overlaps, match_objects
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.data.corrected_nuclei import changed_nuclei, find_corrections
from napari_nuclei.data.datasets import Sample, read_dataset
from napari_nuclei.data.split import hold_out
from napari_nuclei.data.split_parts import add_unchecked_nuclei
from napari_nuclei.evaluation.evaluate import evaluate
from napari_nuclei.evaluation.model_comparison import read_comparison
from napari_nuclei.model.load import load_segmenter
from napari_nuclei.model.store import DEFAULT_MODEL, read_card
from napari_nuclei.training.child_process import train_in_child_process

MATCH_IOU = 0.5
"""A nucleus is left as it is from this IoU with its annotation on."""


def correct(
    predicted: NDArray[np.int32], truth: NDArray[np.int32]
) -> NDArray[np.int32]:
    """Return the predicted labels as a user leaves them."""
    overlaps = find_overlaps(truth, predicted)
    matches = match_objects(overlaps, MATCH_IOU)
    right = np.isin(predicted, overlaps.predicted[matches]) & (predicted > 0)
    missed = (truth > 0) & ~np.isin(truth, overlaps.true[matches]) & ~right
    corrected = np.where(right, predicted, 0)
    return np.where(missed, truth + predicted.max(), corrected).astype(np.int32)


def teach(
    sample: Sample, base: Segmenter, everything: bool
) -> tuple[Sample, NDArray[np.int32]]:
    """Return what the corrections of an image teach, and its corrected labels."""
    predicted = np.asarray(base.segment(sample.image), np.int32)
    labels = correct(predicted, sample.labels)
    found = find_corrections(predicted, labels)
    print(
        f"{sample.name}: {len(np.unique(predicted)) - 1} nuclei found, "
        f"{len(changed_nuclei(predicted, labels))} drawn or changed, "
        f"{len(changed_nuclei(labels, predicted))} deleted or changed, "
        f"{found.annotated.mean():.0%} of the pixels annotated",
        flush=True,
    )
    if everything:
        return replace(sample, labels=labels), labels
    return replace(sample, labels=found.labels, annotated=found.annotated), labels


def split(
    taught: list[Sample],
    labels: dict[str, NDArray[np.int32]],
    config: TrainConfig,
    everything: bool,
) -> tuple[list[Sample], list[Sample]]:
    """Hold out a part as the dock does."""
    training, held_out = hold_out(taught, config.val_fraction, config.seed)
    if everything:
        return training, held_out
    parts = {one.name.removesuffix(" (training)"): one for one in training}
    names = [one.name.removesuffix(" (held out)") for one in held_out]
    return training, [
        add_unchecked_nuclei(one, parts.get(name), labels[name])
        for one, name in zip(held_out, names, strict=True)
    ]


def scores(model: str | Segmenter, samples: list[Sample]) -> tuple[float, float]:
    """Return the pooled F1 at an IoU of .5, and the mean AP of .5 to .95."""
    found = evaluate(samples, model=model).pooled
    return found.objects[0].f1, found.mean_ap()


def main() -> None:
    """Correct images, and print the scores of the others before and after."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("--ids", type=Path, required=True, help="a file of image names")
    parser.add_argument("--correct", nargs="+", required=True, metavar="IMAGE")
    parser.add_argument("--everything", action="store_true")
    parser.add_argument("--budget", type=float, default=90)
    parser.add_argument("--steps", type=int, help="train for so many steps instead")
    parser.add_argument("--seeds", type=int, default=1)
    args = parser.parse_args()
    os.environ["NAPARI_NUCLEI_MODELS"] = tempfile.mkdtemp()
    samples = list(read_dataset(args.data, ids=args.ids.read_text().split()))
    base = load_segmenter(DEFAULT_MODEL)
    others = [one for one in samples if one.name not in args.correct]
    found = [
        teach(one, base, args.everything) for one in samples if one.name in args.correct
    ]
    taught = [one for one, _ in found]
    labels = {one.name: corrected for one, corrected in found}
    before = scores(base, others)
    print(f"Other {len(others)} images: F1 {before[0]:.3f}, AP {before[1]:.3f}")
    for seed in range(args.seeds):
        config = TrainConfig.fine_tuning(budget=args.budget, seed=seed)
        if args.steps:
            epochs = max(1, round(args.steps / (config.steps or 1)))
            config = replace(config, budget=None, epochs=epochs)
        training, held_out = split(taught, labels, config, args.everything)
        started, model = monotonic(), f"corrected-{seed}"
        folder = train_in_child_process(
            training,
            name=model,
            config=config,
            validation=held_out,
            base=DEFAULT_MODEL,
        )
        seconds = monotonic() - started
        after, record = scores(model, others), read_card(folder).training
        comparison = read_comparison(record)
        tested = "" if comparison is None else comparison.summary_line(model)
        print(
            f"seed {seed}: {seconds:.0f} s, {record['steps']} steps, weight "
            f"{record['finetuned_weight']:.2f}; others F1 {after[0]:.3f}, AP "
            f"{after[1]:.3f}. {tested}",
            flush=True,
        )


if __name__ == "__main__":
    main()
