"""Run one contender on one image in its own process: ``contender.py NAME IMAGE``.

Prints its seconds, peak memory and accuracy as JSON; ``train FOLDER`` trains StarDist.
"""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

ROUNDS = {256: 10, 1024: 8, 4096: 4}
STARDIST_EPOCHS, STARDIST_STEPS = 4, 40


def train_stardist(folder: Path) -> None:
    """Train StarDist in its default configuration until its candidates are real."""
    from csbdeep.utils import normalize
    from stardist.models import Config2D, StarDist2D

    from napari_nuclei.core.synthetic import synthetic_nuclei

    pairs = [synthetic_nuclei((256, 256), count=75, seed=s) for s in range(24)]
    images = [normalize(image, 1, 99.8) for image, _ in pairs]
    labels = [truth for _, truth in pairs]
    config = Config2D(grid=(2, 2), train_patch_size=(256, 256), train_tensorboard=False)
    model = StarDist2D(config, name="stardist", basedir=str(folder))
    model.train(
        images[4:],
        labels[4:],
        validation_data=(images[:4], labels[:4]),
        epochs=STARDIST_EPOCHS,
        steps_per_epoch=STARDIST_STEPS,
    )


def segment_with(name: str) -> Callable[[Any], Any]:
    """Return a function from an array to labels."""
    kind, _, model = name.partition(":")
    if kind == "stardist":
        from csbdeep.utils import normalize
        from stardist.models import StarDist2D

        net = StarDist2D(None, name="stardist", basedir=model)
        return lambda image: net.predict_instances(
            normalize(image, 1, 99.8), n_tiles=tuple(-(-n // 2048) for n in image.shape)
        )[0]
    from napari_nuclei import load_segmenter

    return load_segmenter(model, engine=kind).segment


def main(name: str, path: Path) -> None:
    """Time a contender and print the result."""
    from napari_nuclei.core.matching import count_objects

    with np.load(path) as file:
        image, truth = file["image"], file["truth"]
    segment = segment_with(name)
    labels = segment(image[:256, :256])
    times = []
    for _ in range(ROUNDS.get(len(image), 1)):
        began = time.perf_counter()
        labels = segment(image)
        times.append(time.perf_counter() - began)
    counts = count_objects(truth, np.asarray(labels, np.int32), [0.5])[0]
    found = {
        "seconds": min(times),
        "peak": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6,
        "f1": 2 * counts.tp / max(1, 2 * counts.tp + counts.fp + counts.fn),
        "nuclei": int(np.max(labels)),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    if sys.argv[1] == "train":
        train_stardist(Path(sys.argv[2]))
    else:
        main(sys.argv[1], Path(sys.argv[2]))
