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

import numpy as np
import pytest
from numpy.typing import NDArray
from spoilt_images import images_of_other_things, spoil

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
from napari_nuclei.core.quality.flags import Flag
from napari_nuclei.core.quality.measure_plane import measure_plane
from napari_nuclei.data.image_lists import read_ids

BESIDE = Path(__file__).parents[3] / "shared" / "data" / "dsb2018"
FOLDER = Path(os.environ.get("NAPARI_NUCLEI_DSB2018", BESIDE))
OTHER_SETS = ("sbsst265", "bitdepth_dapi_tissue", "tnbc_he", "cervical_pap")

MAX_FALSE_ALARMS = 0.05
MAX_COST = 0.05

SPOILT = {"dsb2018": 14, "sbsst265": 3, "bitdepth_dapi_tissue": 5}
"""Number of images of each set that are spoilt; all are grey with bright nuclei."""

needs_data = pytest.mark.skipif(not FOLDER.is_dir(), reason=f"there is no {FOLDER}")

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
        measure_plane(image, plane.maps, plane.filtered, segmenter.card.diameter)
        between = process_time()
        segmenter.run(image)
        costs.append(between - began)
        totals.append(process_time() - between)
    share = min(costs) / (min(totals) - min(costs))
    print(f"\n{side} px: {1000 * min(costs):.1f} ms, {share:.1%} of the segmentation")
    assert share < MAX_COST or side < 512
