from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from napari_nuclei.config import outputs
from napari_nuclei.data.datasets import Sample
from napari_nuclei.training.sampling.pyramid import (
    MAX_POSITIONS,
    build_pyramid,
    find_annotated_positions,
)
from napari_nuclei.training.sampling.source_weights import sampling_weights


def test_each_level_halves_image_and_targets(sample: Sample) -> None:
    pyramid = build_pyramid(sample, levels=3)
    sizes = [(90, 110), (45, 55), (22, 27)]
    assert [image.shape for image in pyramid.images] == [(*x, 3) for x in sizes]
    channels = len(outputs.image_targets(annotated=False))
    assert [x.shape for x in pyramid.targets] == [(*size, channels) for size in sizes]
    assert pyramid.centres.shape == (3, 2)
    assert pyramid.diameter == pytest.approx(17, abs=2)
    assert pyramid.annotated_positions is None


def test_instance_ids_have_no_gaps(sample: Sample) -> None:
    gaps = replace(sample, labels=sample.labels * 7)
    assert np.unique(build_pyramid(gaps).instance_ids).tolist() == [0, 1, 2, 3]


def test_annotated_positions_lie_in_the_mask_and_are_thinned() -> None:
    mask = np.zeros((300, 300), bool)
    mask[100:250, 20:200] = True
    positions = find_annotated_positions(mask).astype(int)
    assert mask[tuple(positions.T)].all()
    assert MAX_POSITIONS / 2 < len(positions) < 2 * MAX_POSITIONS


def test_rare_kinds_and_many_nuclei_are_sampled_more_often(
    sample: Sample, discs
) -> None:
    dark = build_pyramid(sample)
    bright = build_pyramid(replace(sample, image=255 - sample.image))
    few = build_pyramid(
        Sample("few", sample.image, np.where(sample.labels == 1, 1, 0).astype(np.int32))
    )
    weights = sampling_weights([dark, dark, bright])
    assert weights.sum() == pytest.approx(1)
    assert weights[2] > weights[0] == weights[1]
    assert sampling_weights([dark, replace(few, kind=dark.kind)])[0] > 0.5
