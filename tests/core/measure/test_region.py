from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.measure.region import (
    WhatToMeasure,
    border_labels,
    measure_region,
)


def test_the_margin_holds_all_that_a_ring_depends_on(discs) -> None:
    labels = discs((60, 80), [(30, 20, 8), (30, 38, 8), (30, 60, 7)])
    image = np.random.default_rng(3).random(labels.shape)
    settings = WhatToMeasure(ring=(1, 4))
    whole = measure_region(labels, {"a": image}, settings=settings)
    left = max(0, 12 - settings.margin)
    window = slice(None), slice(left, 29 + settings.margin)
    part = measure_region(labels[window], {"a": image[window]}, settings=settings)
    assert part["a_ring_sum"][0] == pytest.approx(whole["a_ring_sum"][0])


def test_border_labels_are_those_of_all_sides() -> None:
    labels = np.arange(1, 28).reshape(3, 3, 3)
    assert border_labels(labels).tolist() == [n for n in range(1, 28) if n != 14]
    assert border_labels(np.zeros((0, 3), int)).tolist() == []
