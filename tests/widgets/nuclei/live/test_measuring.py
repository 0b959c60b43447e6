from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from napari.layers import Image, Labels

from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.widgets.nuclei.live.measuring import (
    MeasureSettings,
    axes_of,
    count_missing,
    longest_sides,
    make_request,
    pixel_size_of,
    positions_of,
)


def test_a_request_measures_what_python_measures(channels) -> None:
    labels, images = channels
    place = {"scale": (0.5, 0.5), "units": ("um", "um")}
    layers = [Image(pixels, name=name, **place) for name, pixels in images.items()]
    layer = Labels(labels, **place)
    request = make_request(layer, layers, MeasureSettings(ring=("1um", "2um")))
    expected = measure(labels, images, pixel_size=0.5, ring=("1um", "2um"))
    pd.testing.assert_frame_equal(request.measure(), expected)


def test_later_edits_do_not_change_a_request(channels) -> None:
    layer = Labels(channels[0].copy())
    request = make_request(layer, [], MeasureSettings())
    layer.data[:] = 0
    assert len(request.measure()) == 6


def test_a_ring_in_micrometres_needs_a_pixel_size(channels) -> None:
    request = make_request(
        Labels(channels[0]), [], MeasureSettings(ring=("1um", "2um"))
    )
    with pytest.raises(ValueError, match="the labels layer has no pixel size"):
        request.measure()


def test_too_many_columns_are_refused_in_one_line(channels) -> None:
    labels, _ = channels
    layers = [Image(labels * 1.0, name=str(n)) for n in range(20)]
    request = make_request(Labels(labels), layers, MeasureSettings())
    with pytest.raises(ValueError, match="at most 100") as caught:
        request.measure()
    assert "\n" not in str(caught.value)


def test_the_sides_of_a_voxel_are_those_of_the_layer() -> None:
    layer = Labels(
        np.ones((2, 3, 4), int), scale=(2, 0.5, 0.5), units=("um", "um", "um")
    )
    assert axes_of(layer) == "ZYX"
    assert pixel_size_of(layer) == (2.0, 0.5, 0.5)
    assert pixel_size_of(Labels(np.ones((3, 4), int))) is None


def test_positions_name_the_plane() -> None:
    stack = np.zeros((2, 8, 8), int)
    stack[0, 1:3, 1:3], stack[1, 4:8, 4:6] = 1, 2
    frame = measure(stack, axes="ZYX", joined=False)
    assert positions_of(frame, "ZYX").tolist() == [[0, 1.5, 1.5], [1, 5.5, 4.5]]
    assert longest_sides(frame).tolist() == [2, 4]


def test_missing_values_are_counted_by_image() -> None:
    frame = pd.DataFrame({"a_nan": [1, 2], "a_ring_nan": [5, 5], "b_nan": [0, 0]})
    assert count_missing(frame) == {"a": 3}
