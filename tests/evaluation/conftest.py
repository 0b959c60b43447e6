"""A function that segments without a network, and samples for it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.data.datasets import Sample
from napari_nuclei.evaluation.evaluate import evaluate_samples
from napari_nuclei.evaluation.evaluation_results import Evaluation

Output = tuple[NDArray[np.int32], NDArray[np.float32]]


@pytest.fixture(scope="session")
def make_sample() -> Callable[..., Sample]:
    """Return a function that makes an image of which `segment` misses some nuclei."""

    def make(name: str, nuclei: int, missed: int = 0) -> Sample:
        labels = np.zeros((12, 40), np.int32)
        for number in range(nuclei):
            labels[3:9, 4 * number + 1 : 4 * number + 4] = number + 1
        image = np.where(labels > missed, labels * 20, 0).astype(np.uint8)
        return Sample(name, image, labels)

    return make


@pytest.fixture(scope="session")
def segment() -> Callable[[NDArray[Any]], Output]:
    """Return a function that finds bright nuclei."""

    def find_bright(image: NDArray[Any]) -> Output:
        return (image // 20).astype(np.int32), (image > 0).astype(np.float32)

    return find_bright


@pytest.fixture
def samples(make_sample: Callable[..., Sample]) -> list[Sample]:
    return [
        make_sample("all", 4),
        make_sample("half", 4, 2),
        make_sample("none", 2, 2),
    ]


@pytest.fixture
def evaluation(segment: Any, samples: list[Sample]) -> Evaluation:
    return evaluate_samples(segment, samples)
