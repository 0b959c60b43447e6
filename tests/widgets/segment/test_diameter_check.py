"""Nuclei that do not have the diameter that was set."""

from __future__ import annotations

import numpy as np
import pytest
from napari.layers import Image

from napari_nuclei import SegmentConfig
from napari_nuclei.widgets.layers.image_source import make_image_source
from napari_nuclei.widgets.segment.in_memory import segment_in_memory


@pytest.fixture
def mismatch_of(network, own_models):
    """Return a function that runs on an image and returns the mismatched diameter."""

    def mismatch(image, diameter: str) -> float | None:
        source = make_image_source(Image(image), (0,) * image.ndim)
        config = SegmentConfig(diameter=diameter)
        model = own_models / "discs"
        run = segment_in_memory(source, model, config, lambda step: None)
        return run.mismatched_diameter

    return mismatch


@pytest.mark.parametrize(
    ("diameter", "mismatch"), [("auto", False), ("18", False), ("80", True)]
)
def test_a_diameter_far_from_that_of_the_nuclei_is_noticed(
    spots, mismatch_of, diameter, mismatch
) -> None:
    measured = mismatch_of(spots[0], diameter)
    assert (measured is not None) == mismatch
    if mismatch:
        assert measured == pytest.approx(20, rel=0.3)


def test_planes_1_2_4_and_so_on_of_a_stack_are_measured(stack, mismatch_of) -> None:
    bright, dark = stack[0], np.zeros_like(stack[0])
    assert mismatch_of(np.stack([dark, dark, bright]), "80") is None
    stack = np.stack([dark, bright, dark])
    assert mismatch_of(stack, "80") == pytest.approx(20, rel=0.3)
    assert mismatch_of(stack, "20") is None
