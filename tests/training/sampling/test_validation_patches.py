from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from napari_nuclei.config import TrainConfig
from napari_nuclei.core.diameter import TARGET_RATIO
from napari_nuclei.data.datasets import Sample
from napari_nuclei.training.sampling.pyramid import SamplePyramid, build_pyramid
from napari_nuclei.training.sampling.validation_patches import (
    MAX_VALIDATION_PATCHES,
    build_validation_patches,
)

Addressed = Callable[[int, int], SamplePyramid]


def test_validation_patches_are_at_the_network_scale(
    sample: Sample, config: TrainConfig
) -> None:
    source = build_pyramid(sample)
    images, targets = build_validation_patches([source], replace(config, diameter=None))
    assert len(images) == 4
    halved = replace(config, diameter=source.diameter * 0.5 / TARGET_RATIO)
    images, targets = build_validation_patches([source], halved)
    assert len(images) == 1
    nuclei = (sample.labels > 0).sum() / 4
    assert targets[0, :45, :55, 0].sum() == pytest.approx(nuclei, rel=0.15)


@pytest.mark.parametrize("shape", [(64, 64), (65, 130), (200, 70), (40, 90)])
def test_fixed_patches_cover_every_pixel(
    addressed: Addressed, shape: tuple[int, int], config: TrainConfig
) -> None:
    images, _ = build_validation_patches([addressed(*shape)], config)
    covered = np.zeros(shape, bool)
    pixels = (images * 255).round().astype(int)
    covered[pixels[..., 0], pixels[..., 1]] = True
    assert covered.all()


def test_fixed_patches_are_always_the_same(sample: Sample, config: TrainConfig) -> None:
    once, again = (
        build_validation_patches([build_pyramid(sample)], config) for _ in range(2)
    )
    for one, two in zip(once, again, strict=True):
        np.testing.assert_array_equal(one, two)
    assert once[1].shape == (*once[0].shape[:3], 5)
    np.testing.assert_array_equal(once[1][..., 2], 1)


def test_fixed_patches_are_limited_in_number(addressed: Addressed) -> None:
    config = TrainConfig(patch_size=32)
    images, targets = build_validation_patches([addressed(200, 250)] * 8, config)
    assert len(images) == len(targets) == MAX_VALIDATION_PATCHES


def test_whole_images_give_one_fixed_patch_each(
    sample: Sample, config: TrainConfig
) -> None:
    config = replace(config, sampling="resize")
    images, _ = build_validation_patches([build_pyramid(sample)] * 3, config)
    assert images.shape == (3, 64, 64, 3)


@pytest.mark.parametrize("shape", [(2, 3), (20, 300), (31, 31)])
def test_small_images_are_padded_to_the_size_of_a_patch(
    addressed: Addressed, shape: tuple[int, int], config: TrainConfig
) -> None:
    images, _ = build_validation_patches([addressed(*shape)], config)
    assert images.shape[1:] == (64, 64, 3)


def test_fixed_patches_contain_annotated_pixels(discs, config: TrainConfig) -> None:
    labels = discs((600, 600), [(40, 40, 6)])
    annotated = labels > 0
    annotated[300:340, 300:340] = True
    image = np.zeros((600, 600), np.uint8)
    _, targets = build_validation_patches(
        [build_pyramid(Sample("annotated", image, labels, annotated))], config
    )
    assert targets[..., 2].any(axis=(1, 2)).all()
    assert len(targets) < 10
