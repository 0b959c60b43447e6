"""Print how often images of nuclei are doubted, and how often photographs are not.

For example::

    python tests/benchmark/not_nuclei_flags.py dsb2018/stage1_train.zip tnbc_he

Each argument is a folder or zip file with `val_ids.txt` in or next to it. An image is
doubted if it has the flag "not nuclei" or "low confidence". Images of nuclei are the
validation images with an average precision of at least 0.5 (at an IoU of 0.5), and
brown (DAB) stains that are simulated from those in colour. The photographs come with
scikit-image: whole, in grey, of half the size, and their corners.
"""

from __future__ import annotations

import argparse
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import skimage
from numpy.typing import NDArray

from napari_nuclei import load_segmenter, read_dataset, read_image, score
from napari_nuclei.core.normalize import is_grey
from napari_nuclei.data.image_lists import read_ids
from napari_nuclei.training.sampling.stain_augment import simulate_ihc

MIN_AP = 0.5
"""Lowest average precision of an image that should not be doubted."""

SIMULATED = 3
"""Number of brown stains that are simulated of each image in colour."""

CORNER = 256
"""Side of the corners of photographs, in pixels."""

PHOTOGRAPHS = (
    *("coffee.png", "camera.png", "clock_motion.png", "chessboard_RGB.png"),
    *("astronaut.png", "color.png", "gravel.png", "brick.png", "motorcycle_left.png"),
    *("text.png", "page.png", "moon.png", "grass.png", "retina.jpg", "rocket.jpg"),
    *("horse.png", "chelsea.png", "logo.png", "phantom.png", "microaneurysms.png"),
)

SAID = ("empty", "not nuclei", "low confidence")
"""Flags of photographs; the first of an image counts."""

Image = NDArray[Any]


def nuclei(paths: list[Path]) -> Iterator[tuple[str, Image, NDArray[np.int32]]]:
    """Yield the kind, the image and the annotated nuclei."""
    for path in paths:
        ids = read_ids((path if path.is_dir() else path.parent) / "val_ids.txt")
        for sample in read_dataset(path, ids=ids):
            if is_grey(sample.image):
                yield "validation images, grey", sample.image, sample.labels
                continue
            yield "validation images, colour", sample.image, sample.labels
            colours = sample.image[..., :3].astype(np.float32) / 255
            inside = (sample.labels > 0).astype(np.float32)
            if np.median(colours) < 0.5:
                continue
            for seed in range(SIMULATED):
                stained = simulate_ihc(colours, inside, np.random.default_rng(seed))
                image = (stained * 255).clip(0, 255).astype(np.uint8)
                yield "simulated brown stains", image, sample.labels


def photographs() -> Iterator[tuple[str, Image]]:
    """Yield whether it is in colour, and the image."""
    for name in PHOTOGRAPHS:
        whole = read_image(Path(skimage.__file__).parent / "data" / name).pixels
        images = [whole]
        if not is_grey(whole):
            colours = np.ascontiguousarray(whole[..., :3])
            images += [
                cv2.cvtColor(colours, cv2.COLOR_RGB2GRAY),
                cv2.resize(colours, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA),
            ]
        if min(whole.shape[:2]) >= 1.5 * CORNER:
            ends = slice(CORNER), slice(-CORNER, None)
            images += [whole[rows, columns] for rows in ends for columns in ends]
        for image in images:
            kind = "grey" if is_grey(image) else "colour"
            yield f"photographs, {kind}", np.ascontiguousarray(image)


def main() -> None:
    """Print a table of nuclei and one of photographs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+", type=Path)
    segmenter = load_segmenter()
    found: dict[str, Counter[str]] = defaultdict(Counter)
    for kind, image, truth in nuclei(parser.parse_args().paths):
        result = segmenter.run(image)
        if score(truth, result.labels).mean.objects[0].ap >= MIN_AP:
            found[kind].update(["all", *result.flags])
    print("| right images | number | not nuclei | low confidence |\n|---|---|---|---|")
    for kind, counts in found.items():
        names = ("all", "not nuclei", "low confidence")
        print(f"| {kind} | {' | '.join(str(counts[name]) for name in names)} |")
    other: dict[str, Counter[str]] = defaultdict(Counter)
    for kind, image in photographs():
        flags = segmenter.run(image).flags
        said = next((name for name in SAID if name in flags), "neither")
        other[kind].update(["all", said])
    print(f"\n| photographs | number | {' | '.join(SAID)} | none of these |")
    print(f"|{'---|' * (len(SAID) + 3)}")
    for kind, counts in other.items():
        names = ("all", *SAID, "neither")
        print(f"| {kind} | {' | '.join(str(counts[name]) for name in names)} |")


if __name__ == "__main__":
    main()
