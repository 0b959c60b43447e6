"""Print how often images are flagged; ``pytest -m dsb2018 -s``, about 10 minutes.

The validation images should have few flags; images with a fault should have its flag.
The folder of the data set, with stage1_train.zip and val_ids.txt, lies next to the
checkout, or NAPARI_NUCLEI_DSB2018 names it; folders of other sets lie next to it.
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from time import process_time
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei import (
    Segmenter,
    load_segmenter,
    read_dataset,
    read_image,
    read_labels,
    synthetic_nuclei,
)
from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.normalize import as_grey, is_grey
from napari_nuclei.core.quality.assess_plane import assess_plane
from napari_nuclei.core.quality.flags import Flag
from napari_nuclei.core.quality.quality import share_at_border
from napari_nuclei.data.image_lists import read_ids

BESIDE = Path(__file__).parents[3] / "shared" / "data" / "dsb2018"
FOLDER = Path(os.environ.get("NAPARI_NUCLEI_DSB2018", BESIDE))
OTHER_SETS = ("sbsst265", "bitdepth_dapi_tissue", "tnbc_he", "cervical_pap")

MAX_FALSE_ALARMS = 0.05
MAX_COST = 0.05

SPOILT = {"dsb2018": 14, "sbsst265": 3, "bitdepth_dapi_tissue": 5}
"""Number of images of each set that are spoilt; all are grey with bright nuclei."""

needs_data = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"there is no {FOLDER}")

Image = NDArray[np.generic]
SCENE_SIDE = 480


def spoil(
    image: NDArray[np.float32], labels: NDArray[np.int32]
) -> Iterator[tuple[str, str, Image]]:
    """Yield the flag that an image should have, the fault, and the spoilt image.

    Parameters
    ----------
    image : ndarray of float32, shape (Y, X)
        Bright nuclei.
    labels : ndarray of int32, shape (Y, X)
        Its annotated nuclei.
    """
    rng = np.random.default_rng(0)
    areas = np.bincount(labels.ravel())[1:]
    diameter = float(np.median(np.sqrt(areas[areas > 0] * 4 / np.pi)))
    base = float(np.median(image[labels == 0]))
    contrast = float(np.median(image[labels > 0])) - base
    height, width = image.shape
    rows, columns = np.mgrid[:height, :width] / np.array([[[height]], [[width]]])

    def noise(level: float) -> NDArray[np.float64]:
        return rng.normal(0, level * contrast, image.shape)

    for sigma in (0.1, 0.15, 0.2, 0.3, 0.5):
        blurred = cv2.GaussianBlur(image, (0, 0), sigma * diameter) + noise(0.03)
        yield "out of focus", f"Gaussian blur of {sigma} diameters", blurred
    for share in (0.05, 0.1, 0.25):
        top = np.quantile(image[labels > 0], 1 - share)
        clipped = (image / top * 255).clip(0, 255).round().astype(np.uint8)
        yield "saturated", f"{share:.0%} of the pixels of nuclei clipped", clipped
    for ratio in (4, 3, 2, 1):
        yield (
            "low contrast",
            f"contrast of {ratio} times the noise",
            image + noise(1 / ratio),
        )
    levels = 40 + (image - base) / contrast * 3 + rng.normal(0, 1, image.shape)
    yield "low contrast", "3 grey levels", levels.round().clip(0, 255).astype("u1")
    for height_of_ramp in (0.5, 1, 2):
        ramp = (rows + columns) / 2 * height_of_ramp * contrast
        fault = f"gradient of {height_of_ramp} contrasts"
        yield "uneven background", fault, image + ramp
    vignette = ((rows - 0.5) ** 2 + (columns - 0.5) ** 2) * 2 * contrast
    yield "uneven background", "vignette of 1 contrast", image - vignette
    crop = find_crop(labels, round(3 * diameter))
    if crop:
        cut = np.ascontiguousarray(image[crop])
        yield "cut by border", "crop with 70 % of the nuclei at its border", cut


def find_crop(labels: NDArray[np.int32], side: int) -> tuple[slice, slice] | None:
    """Return a square in which at least 70 % of 3 or more nuclei touch the border."""
    height, width = labels.shape
    for top in range(0, height - side, side // 4):
        for left in range(0, width - side, side // 4):
            crop = np.s_[top : top + side, left : left + side]
            part = labels[crop]
            count = len(np.unique(part[part > 0]))
            if count >= 3 and share_at_border(part, count) >= 0.7:
                return crop
    return None


def images_of_other_things() -> Iterator[tuple[str, str, Image]]:
    """Yield the flag, the kind and images of worms, cells, fibres, empty wells."""
    for seed in range(6):
        yield "not nuclei", "worms", worms(seed)
        yield "not nuclei", "cells in brightfield", brightfield(seed)
        yield "not nuclei", "fibres", fibres(seed)
    for grain in (0, 1, 2, 4, 8, 16):
        noise = np.random.default_rng(grain).normal(size=(400, 400)).astype("f4")
        if grain:
            noise = cv2.GaussianBlur(noise, (0, 0), grain)
        yield "empty", "empty well: noise", 100 + 10 * noise / noise.std()
    for seed in range(3):
        rng = np.random.default_rng(seed)
        rows, columns = np.ogrid[-200:200, -200:200]
        squares = rows**2 + columns**2
        noise = rng.normal(0, 8, squares.shape)
        yield "empty", "empty well: vignette", 900 - squares / 150 + noise
        yield "empty", "empty well: edge", 100 + 400 * (squares < 185**2) + noise
        yield "empty", "empty well: counts", rng.poisson(3, (400, 400)).astype("u2")


def worms(seed: int) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    image = np.full((SCENE_SIDE, SCENE_SIDE), 150, np.float32)
    for _ in range(rng.integers(8, 25)):
        at, angle, bend = rng.uniform(0, SCENE_SIDE, 2), rng.uniform(0, 6.3), 0.0
        bend = rng.normal(0, 0.05)
        points = []
        for _ in range(40):
            angle += bend + rng.normal(0, 0.08)
            at = at + 3 * np.array([np.cos(angle), np.sin(angle)])
            points.append(at)
        line = np.array(points, np.int32).reshape(-1, 1, 2)
        width = int(rng.integers(7, 12))
        cv2.polylines(image, [line], False, 70, width)
        cv2.polylines(image, [line], False, float(rng.uniform(90, 130)), width - 4)
    image = cv2.GaussianBlur(image, (0, 0), 1)
    return (image + rng.normal(0, 3, image.shape)).clip(0, 255).astype(np.uint8)


def brightfield(seed: int) -> NDArray[np.uint8]:
    """Return cells as differential interference or phase contrast show them."""
    rng = np.random.default_rng(seed)
    height = np.zeros((SCENE_SIDE, SCENE_SIDE), np.float32)
    for _ in range(rng.integers(20, 70)):
        cell = np.zeros_like(height)
        centre, axes = rng.integers(0, SCENE_SIDE, 2), rng.integers(10, 32, 2)
        cv2.ellipse(
            cell, centre.tolist(), axes.tolist(), rng.uniform(0, 180), 0, 360, 1.0, -1
        )
        height = np.maximum(height, cell * rng.uniform(0.6, 1))
    grains = cv2.GaussianBlur(rng.normal(size=height.shape).astype("f4"), (0, 0), 1.5)
    thick = cv2.GaussianBlur(height, (0, 0), 3) + 0.45 * grains * height
    if seed % 2:
        image = 128 + 250 * cv2.Sobel(thick, cv2.CV_32F, 1, 1, ksize=3)
    else:
        image = 128 - 30 * cv2.Laplacian(thick, cv2.CV_32F, ksize=5) - 10 * thick
    return (image + rng.normal(0, 3, height.shape)).clip(0, 255).astype(np.uint8)


def fibres(seed: int) -> NDArray[np.uint8]:
    rng = np.random.default_rng(seed)
    image = np.full((400, 400), 20, np.float32)
    for _ in range(40):
        start, end = rng.integers(0, 400, (2, 2)).tolist()
        width = int(rng.integers(1, 5))
        cv2.line(image, start, end, rng.uniform(60, 200), width)
    image = cv2.GaussianBlur(image, (0, 0), 1)
    return (image + rng.normal(0, 3, image.shape)).clip(0, 255).astype(np.uint8)


Pair = tuple[str, NDArray[Any], NDArray[np.int32]]


def validation_images() -> Iterator[Pair]:
    ids = read_ids(FOLDER / "val_ids.txt")
    for sample in read_dataset(FOLDER / "stage1_train.zip", ids=ids):
        yield "dsb2018", sample.image, sample.labels
    for name in OTHER_SETS:
        folder = FOLDER.parent / name
        if not folder.is_dir():
            continue
        for stem in read_ids(folder / "val_ids.txt"):
            (path,) = (folder / "images").glob(f"{stem}.*")
            labels = read_labels(folder / "labels" / f"{stem}.tif")
            yield name, read_image(path).pixels, labels


def images_to_spoil(images: list[Pair]) -> Iterator[tuple[NDArray[Any], Any]]:
    used: dict[str, int] = defaultdict(int)
    for name, image, labels in images:
        if not is_grey(image) or used[name] >= SPOILT.get(name, 0):
            continue
        used[name] += 1
        grey, labels = as_grey(image)[:512, :640], labels[:512, :640]
        if np.median(grey[labels > 0]) > np.median(grey[labels == 0]):
            yield grey, labels
    for seed, diameter in enumerate((18, 30, 12, 22)):
        made = synthetic_nuclei((384, 384), seed=seed, diameter=diameter)
        yield made[0].astype(np.float32), made[1]


@pytest.mark.dsb2018
@needs_data
def test_flags_of_validation_images_and_of_spoilt_ones() -> None:
    segmenter = load_segmenter()
    images = list(validation_images())
    alarms = [segmenter.run(image).flags for _, image, _ in images]
    print(f"\n| flag | of {len(images)} validation images |\n|---|---|")
    for flag in Flag:
        share = sum(flag in flags for flags in alarms) / len(alarms)
        print(f"| {flag} | {share:.1%} |")
        assert share < MAX_FALSE_ALARMS
    print(f"| any flag | {sum(map(bool, alarms)) / len(alarms):.1%} |")
    found: dict[tuple[str, str], list[bool]] = defaultdict(list)
    for image, labels in images_to_spoil(images):
        for flag, fault, spoilt in spoil(image, labels):
            found[flag, fault].append(flag in flags_of(segmenter, spoilt))
    for flag, kind, image in images_of_other_things():
        found[flag, kind].append(flag in flags_of(segmenter, image))
    print("\n| images made to have it | flag | found |\n|---|---|---|")
    for (flag, fault), hits in found.items():
        print(f"| {fault} | {flag} | {sum(hits)} of {len(hits)} |")
    obvious = [
        np.mean(hits)
        for (_, fault), hits in found.items()
        if not fault.endswith(("0.1 diameters", "4 times the noise", "0.5 contrasts"))
    ]
    assert np.mean(obvious) > 0.9


def flags_of(segmenter: Segmenter, image: NDArray[Any]) -> tuple[str, ...]:
    return segmenter.run(image.astype("f4") if image.itemsize > 2 else image).flags


@pytest.mark.benchmark
@pytest.mark.parametrize("side", [256, 512, 1024])
def test_cost_of_the_quality_of_an_image(side: int) -> None:
    """The processor time over that of the segmentation, in the same run."""
    segmenter = load_segmenter()
    image, _ = synthetic_nuclei((side, side), seed=1)
    (plane,) = segmenter.planes(image, make_layout(image.shape, None, None))
    costs, totals = [], []
    for _ in range(7):
        began = process_time()
        assess_plane(image, plane.maps, plane.filtered, segmenter.card.diameter)
        between = process_time()
        segmenter.run(image)
        costs.append(between - began)
        totals.append(process_time() - between)
    share = min(costs) / (min(totals) - min(costs))
    print(f"\n{side} px: {1000 * min(costs):.1f} ms, {share:.1%} of the segmentation")
    assert share < MAX_COST or side < 512
