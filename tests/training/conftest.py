"""Images and settings that tests of patches start from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from napari_nuclei.config import TrainConfig
from napari_nuclei.data.datasets import Sample
from napari_nuclei.training.loop.compile import Patches
from napari_nuclei.training.sampling.pyramid import SamplePyramid, build_pyramid
from napari_nuclei.training.sampling.validation_patches import build_validation_patches


@pytest.fixture(scope="session")
def addressed() -> Callable[[int, int], SamplePyramid]:
    """Return a function that makes a source whose pixels hold their row and column."""

    def make(height: int, width: int) -> SamplePyramid:
        rows, columns = np.mgrid[:height, :width].astype(np.uint8)
        target = np.dstack([255 * (columns % 2), rows, columns]).astype(np.uint8)
        image = np.dstack([rows, columns, np.zeros_like(rows)])
        nowhere = np.zeros((0, 2), np.float32)
        numbers = np.zeros((height, width), np.float32)
        return SamplePyramid(
            (image,), (target,), numbers, nowhere, 0.0, (False, False, 0)
        )

    return make


@pytest.fixture
def sample(discs) -> Sample:
    """Nuclei of one brightness on black: the image says where they are."""
    labels = discs((90, 110), [(20, 20, 8), (50, 70, 10), (75, 30, 6)])
    return Sample("discs", np.where(labels > 0, 200, 0).astype(np.uint8), labels)


@pytest.fixture
def config() -> TrainConfig:
    return TrainConfig(batch=6, patch_size=64)


@pytest.fixture
def sources(discs) -> list[SamplePyramid]:
    """Return one image of two discs, prepared for cutting patches."""
    labels = discs((64, 64), [(20, 20, 8), (45, 40, 9)])
    image = np.where(labels > 0, 200, 20).astype(np.uint8)
    return [build_pyramid(Sample("discs", image, labels))]


@pytest.fixture
def validation(sources: list[SamplePyramid]) -> Patches:
    """Return the patches of that image."""
    return build_validation_patches(sources, TrainConfig(patch_size=32))


@pytest.fixture
def make_sample(discs) -> Callable[[str], Sample]:
    """Return a function that makes a sample of two nuclei with a name."""

    def make(name: str) -> Sample:
        labels = discs((64, 80), [(20, 20, 8), (40, 50, 10)])
        return Sample(name, np.where(labels > 0, 200, 20).astype(np.uint8), labels)

    return make
