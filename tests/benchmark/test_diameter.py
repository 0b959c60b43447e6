"""Print the accuracy of estimated diameters at many scales; ``pytest -m dsb2018 -s``.

The folder of the data set, with stage1_train.zip and val_ids.txt, lies next to the
checkout, or NAPARI_NUCLEI_DSB2018 names it.
"""

from __future__ import annotations

import os
from pathlib import Path

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei import SegmentConfig, load_segmenter
from napari_nuclei.core import scale_trials
from napari_nuclei.core.diameter import (
    area_weighted_diameter,
    network_scale,
    object_areas,
)
from napari_nuclei.core.normalize import normalize
from napari_nuclei.data.datasets import Sample, read_dataset
from napari_nuclei.data.image_lists import read_ids
from napari_nuclei.model.store import list_models

BESIDE = Path(__file__).parents[3] / "shared" / "data" / "dsb2018"
FOLDER = Path(os.environ.get("NAPARI_NUCLEI_DSB2018", BESIDE))

pytestmark = [
    pytest.mark.dsb2018,
    pytest.mark.skipif(not FOLDER.is_dir(), reason=f"there is no folder {FOLDER}"),
]

FACTORS = (0.25, 0.5, 1, 2, 4)
RIGHT = 1.67
"""An estimate within this factor gives a scale at which the model works."""

Plane = NDArray[np.float32]


@pytest.fixture(scope="module")
def samples() -> list[Sample]:
    ids = read_ids(FOLDER / "val_ids.txt")
    return read_dataset(FOLDER / "stage1_train.zip", ids=ids)


def resized(samples: list[Sample]) -> list[tuple[Plane, float]]:
    """Return normalised images of nuclei of 5 to 160 pixels, and the true diameter."""
    found = []
    for sample in samples:
        true = area_weighted_diameter(object_areas(sample.labels))
        height, width = sample.image.shape[:2]
        for by in FACTORS:
            shape = round(width * by), round(height * by)
            if 5 <= true * by <= 160 and min(shape) >= 40 and max(shape) <= 2200:
                how = cv2.INTER_AREA if by < 1 else cv2.INTER_LINEAR
                image = cv2.resize(sample.image, shape, interpolation=how)
                found.append((normalize(image), true * by))
    return found


@pytest.mark.parametrize("name", [e.name for e in list_models() if e.bundled])
def test_the_diameter_of_nuclei_resized(
    name: str, samples: list[Sample], monkeypatch: pytest.MonkeyPatch
) -> None:
    segmenter, config = load_segmenter(name), SegmentConfig()
    images = resized(samples)
    true = np.array([size for _, size in images])
    found = np.array(
        [segmenter.estimate_diameter([plane], config) for plane, _ in images]
    )
    monkeypatch.setattr(scale_trials, "SUFFICIENT_QUALITY", 2.0)  # run all trials
    every = np.array(
        [segmenter.estimate_diameter([plane], config) for plane, _ in images]
    )
    known = segmenter.card.diameter
    changed = [
        network_scale(one / known) != network_scale(all_looks / known)
        for one, all_looks in zip(found, every, strict=True)
    ]
    print(f"\n{name}: one look was enough for {(found != every).mean():.0%}")
    for looks, sizes in (("as they come", found), ("all looks", every)):
        apart = np.abs(np.log(sizes / true))
        right = int((apart < np.log(RIGHT)).sum())
        print(
            f"  {looks}: {right} of {len(images)} within a factor of {RIGHT}, median "
            f"error {np.median(apart):.1%}"
        )
        assert right >= 0.99 * len(images)
    assert not any(changed)
