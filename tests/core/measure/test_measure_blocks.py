from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import ndimage

from napari_nuclei.core.measure import measure_blocks
from napari_nuclei.core.measure.columns import to_dataframe
from napari_nuclei.core.measure.measure_blocks import find_boxes, measure_in_blocks
from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.core.measure.region import WhatToMeasure
from napari_nuclei.core.measure.stack import LabelledStack


@pytest.mark.parametrize("axes", ["YX", "ZYX"])
@pytest.mark.parametrize("ring", [None, (1, 3)], ids=["no ring", "ring"])
def test_blocks_give_the_table_of_the_whole(
    rng: np.random.Generator, axes: str, ring: tuple[int, int] | None
) -> None:
    shape = (120, 150) if axes == "YX" else (24, 40, 50)
    smooth = ndimage.gaussian_filter(rng.random(shape), 2.5)
    labels = ndimage.label(smooth > np.quantile(smooth, 0.85))[0]
    images = {"a": rng.random(shape), "rgb": rng.integers(0, 99, (*shape, 3), np.uint8)}
    foreground = rng.random(shape).astype(np.float32)
    stack = LabelledStack.of_arrays(labels, images, foreground, axes, axes == "ZYX")
    settings = WhatToMeasure(ring=ring)
    whole = measure_in_blocks(stack.region(()), settings)
    sides = (32,) * 2 if axes == "YX" else (8, 16, 16)
    parts = measure_in_blocks(stack.region(()), settings, max_pixels=0, sides=sides)
    assert len(whole["label"]) > 10
    pd.testing.assert_frame_equal(to_dataframe(parts), to_dataframe(whole))


@pytest.mark.parametrize("library", ["dask", "zarr"])
def test_lazy_labels_and_images_are_measured_in_blocks(
    rng: np.random.Generator, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measure_blocks, "MAX_PIXELS", 1000)
    monkeypatch.setattr(measure_blocks, "BLOCK_SIDES", {2: (40, 40)})
    labels = ndimage.label(ndimage.gaussian_filter(rng.random((90, 110)), 3) > 0.5)[0]
    image = rng.random(labels.shape)
    module = pytest.importorskip(library)
    if library == "dask":
        make = pytest.importorskip("dask.array").from_array
        lazy = [make(array, chunks=33) for array in (labels, image)]
    else:
        lazy = [module.array(array, chunks=(33, 33)) for array in (labels, image)]
    found = measure(lazy[0], lazy[1], pixel_size=0.5, background=10)
    monkeypatch.undo()
    expected = measure(labels, image, pixel_size=0.5, background=10)
    pd.testing.assert_frame_equal(found, expected)


def test_a_large_plane_without_nuclei_has_the_same_columns() -> None:
    labels = np.zeros((50, 50), int)
    stack = LabelledStack.of_arrays(labels, {"a": labels * 1.0}, None, None, None)
    settings = WhatToMeasure(ring=(0, 2))
    found = measure_in_blocks(stack.region(()), settings, max_pixels=0, sides=(20, 20))
    assert list(found) == list(measure_in_blocks(stack.region(()), settings))
    assert len(found["label"]) == 0


def test_boxes_hold_nuclei_that_blocks_cut() -> None:
    labels = np.zeros((20, 20), int)
    labels[3:15, 8:12] = 5
    stack = LabelledStack.of_arrays(labels, {}, None, None, None)
    numbers, boxes = find_boxes(stack.region(()), (10, 10), lambda: None)
    assert numbers.tolist() == [5]
    assert boxes.tolist() == [[[3, 8], [15, 12]]]
