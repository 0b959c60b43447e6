"""Measure the gain from painting ten nuclei in an image that a model segments badly.

Ten neighbouring nuclei are painted as annotated, and all other pixels are ignored. A
part of the nuclei is held out, and the model is fine-tuned as in the Train dock. Both
models are scored on the other nuclei of the image::

    python tests/benchmark/ten_nuclei.py stage1_train.zip IMAGE...

On a busy machine, give a number of steps instead of a time: ``--steps 130``.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
from dataclasses import replace
from pathlib import Path
from time import monotonic

import numpy as np
from painted import NUCLEI, paint, rest_of
from tuned import f1, fine_tuning

from napari_nuclei.data.annotated_mask import ignore_unpainted
from napari_nuclei.data.datasets import read_dataset
from napari_nuclei.data.split import hold_out
from napari_nuclei.model.store import DEFAULT_MODEL, find_model
from napari_nuclei.training.child_process import train_in_child_process


def main() -> None:
    """Fine-tune on ten nuclei of each image, and print the scores before and after."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("images", nargs="+", metavar="IMAGE")
    parser.add_argument("--nuclei", type=int, default=NUCLEI)
    parser.add_argument("--base", default=DEFAULT_MODEL, help="a model to begin from")
    parser.add_argument("--budget", type=float, default=90)
    parser.add_argument("--steps", type=int, help="of fine-tuning; no budget then")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    base = str(find_model(args.base).folder)
    os.environ["NAPARI_NUCLEI_MODELS"] = tempfile.mkdtemp()
    for sample in read_dataset(args.data, ids=args.images):
        painted = paint(sample, args.nuclei, args.seed)
        rest = rest_of(sample, painted)
        config = replace(fine_tuning(args.budget, args.steps), seed=args.seed)
        training, held_out = hold_out(
            [ignore_unpainted(painted)], config.val_fraction, args.seed
        )
        started = monotonic()
        name = f"ten-{sample.name[:8]}"
        train_in_child_process(
            training, name=name, config=config, validation=held_out, base=base
        )
        seconds = monotonic() - started
        count = len(np.unique(rest.labels)) - 1
        print(
            f"{sample.name}: {args.nuclei} painted, {seconds:.0f} s; on the other "
            f"{count} nuclei F1 {f1(base, [rest]):.3f} before, "
            f"{f1(name, [rest]):.3f} after",
            flush=True,
        )
    # In KiB on Linux: the largest child process.
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024**2
    print(f"peak memory of a training: {peak:.1f} GiB")


if __name__ == "__main__":
    main()
