"""Synthetic planes and a segmentation of them that is their true labels."""

from __future__ import annotations

from collections.abc import Callable

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.core.confidence import ConfidenceCurve
from napari_nuclei.core.instances.filters import DroppedCounts
from napari_nuclei.core.maps import FilteredLabels, OutputMaps
from napari_nuclei.core.quality.assess_plane import assess_plane
from napari_nuclei.core.quality.quality import Quality
from napari_nuclei.core.synthetic import synthetic_nuclei

Image = NDArray[np.float32]
Measure = Callable[..., Quality]


@pytest.fixture(scope="session")
def scene() -> tuple[Image, NDArray[np.int32]]:
    image, labels = synthetic_nuclei((320, 320), seed=7, diameter=20)
    return image.astype(np.float32), labels


@pytest.fixture
def measure() -> Measure:
    """Return a function that measures an image, with labels as the segmentation."""

    def run(
        pixels: NDArray[np.generic],
        labels: NDArray[np.int32],
        *,
        scale: float = 1.0,
        confidence: float = 0.95,
        low_confidence: int = 0,
    ) -> Quality:
        areas = np.bincount(labels.ravel())[1:]
        areas = areas[areas > 0]
        inside = cv2.GaussianBlur((labels > 0).astype(np.float32), (0, 0), 0.8)
        maps = OutputMaps(
            inside[np.newaxis],
            (labels.shape[0], labels.shape[1]),
            scale,
            ("foreground",),
            curve=ConfidenceCurve(0.0, 1.0),
        )
        found = FilteredLabels(
            labels,
            DroppedCounts(low_confidence=low_confidence),
            areas,
            np.full(len(areas), confidence),
        )
        return assess_plane(pixels, maps, found, 20.0)

    return run
