from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.config import SegmentConfig
from napari_nuclei.core.axes import make_layout
from napari_nuclei.core.diameter import TARGET_RATIO
from napari_nuclei.core.normalize import percentile_limits
from napari_nuclei.core.segmenter import Segmenter
from napari_nuclei.scale.statistics.image_statistics import (
    MAX_SCALE_DENOMINATOR,
    approximate_fraction,
    compute_image_statistics,
)

NATIVE = SegmentConfig(diameter="native")


def test_each_plane_has_the_limits_that_it_has_in_memory(
    segmenter: Segmenter, image: NDArray[np.uint8]
) -> None:
    stack = np.stack([image, image // 2, np.full_like(image, 9)])
    found = compute_image_statistics(
        segmenter, stack, make_layout(stack.shape, "ZYX"), NATIVE, None
    )
    limits = tuple(preparation.limits for preparation in found.preparations)
    assert limits == tuple(percentile_limits(plane) for plane in stack)
    assert found.scale == 1


@pytest.mark.parametrize("scale", [0.04, 0.3334, 0.7, 1.0, 1.6, 7.9])
def test_a_scale_becomes_a_fraction_of_small_numbers(scale: float) -> None:
    fraction = approximate_fraction(scale)
    assert float(fraction) == pytest.approx(scale, rel=0.04)
    assert min(fraction.numerator, fraction.denominator) <= MAX_SCALE_DENOMINATOR


def test_the_scale_follows_from_the_diameter(
    segmenter: Segmenter, image: NDArray[np.uint8]
) -> None:
    config = SegmentConfig(diameter=32)
    found = compute_image_statistics(
        segmenter, image, make_layout(image.shape), config, None
    )
    assert found.scale == approximate_fraction(TARGET_RATIO / 2) == Fraction(10, 11)
