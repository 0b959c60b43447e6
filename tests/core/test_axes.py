from __future__ import annotations

from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from napari_nuclei.core.axes import PlaneLayout, as_array, make_layout

SIZES = {"T": 2, "Z": 3, "C": 4, "Y": 7, "X": 5, "S": 3}

ORDERS = [
    *("".join(order) for order in permutations("YXZ")),
    *("".join(order) for order in permutations("CYX")),
    *("YX", "XY", "YXS", "SYX", "XYS", "TYX", "TZCYX", "XYCZT", "ZSYX", "PYX"),
]


def layout_of(axes: str) -> PlaneLayout:
    shape = tuple(SIZES.get(axis, 2) for axis in axes)
    return make_layout(shape, axes, 2 if "C" in axes else None)


@pytest.fixture(params=ORDERS)
def layout(request: pytest.FixtureRequest) -> PlaneLayout:
    return layout_of(request.param)


def test_every_pixel_of_the_chosen_channel_is_read_exactly_once(
    layout: PlaneLayout,
) -> None:
    image = np.arange(np.prod(layout.shape)).reshape(layout.shape)
    planes = [
        layout.read_plane(image, plane_index) for plane_index in layout.plane_indices()
    ]
    wanted = image
    if layout.channel is not None:
        wanted = image.take(layout.channel, axis=layout.axes.index("C"))
    read = np.concatenate([plane.ravel() for plane in planes])
    assert sorted(read) == sorted(wanted.ravel())


def test_a_plane_has_rows_columns_and_then_colours(layout: PlaneLayout) -> None:
    image = np.zeros(layout.shape)
    colours = (SIZES["S"],) if "S" in layout.axes else ()
    for plane_index in layout.plane_indices():
        assert layout.read_plane(image, plane_index).shape == (
            SIZES["Y"],
            SIZES["X"],
            *colours,
        )


def test_what_is_written_is_read_back(layout: PlaneLayout) -> None:
    labels = np.zeros(layout.label_shape, np.int32)
    planes = []
    for number, plane_index in enumerate(layout.plane_indices()):
        plane = np.arange(35, dtype=np.int32).reshape(layout.plane_shape) + 100 * number
        planes.append(plane)
        layout.write_plane(labels, plane_index, plane)
    for plane, again in zip(planes, layout.label_planes(labels), strict=True):
        np.testing.assert_array_equal(again, plane)


def test_labels_lie_at_their_pixels(layout: PlaneLayout) -> None:
    image = np.arange(np.prod(layout.shape)).reshape(layout.shape)
    labels = np.zeros(layout.label_shape, image.dtype)
    for plane_index in layout.plane_indices():
        plane = layout.read_plane(image, plane_index)
        layout.write_plane(
            labels, plane_index, plane if plane.ndim == 2 else plane[..., 0]
        )
    for axis, chosen in (("C", layout.channel), ("S", 0)):
        if axis in layout.axes:
            image = image.take(chosen, axis=layout.axes.index(axis))
            layout = PlaneLayout(image.shape, layout.axes.replace(axis, ""))
    np.testing.assert_array_equal(labels, image)


@pytest.mark.parametrize(
    ("shape", "axes"),
    [
        ((7, 5), "YX"),
        ((7, 5, 1), "YXS"),
        ((7, 5, 3), "YXS"),
        ((7, 5, 4), "YXS"),
    ],
    ids=str,
)
def test_axes_without_names_are_guessed(shape: tuple[int, ...], axes: str) -> None:
    assert make_layout(shape).axes == axes


def test_axes_may_be_lower_case() -> None:
    assert make_layout((2, 7, 5), "tyx").axes == "TYX"


@pytest.mark.parametrize(
    ("shape", "axes", "planes"),
    [
        ((100, 200), "YX", 1),
        ((3, 100, 200), "CYX", 1),
        ((4, 5, 100, 200), "TZYX", 20),
        ((100, 200, 7), "YXT", 7),
        ((0, 100, 200), "TYX", 0),
    ],
)
def test_planes_are_counted(shape: Any, axes: str, planes: int) -> None:
    layout = make_layout(shape, axes, 0 if "C" in axes else None)
    assert layout.plane_count == planes == len(list(layout.plane_indices()))


def test_the_only_channel_needs_no_choice() -> None:
    layout = make_layout((1, 7, 5), "CYX")
    assert layout.channel == 0
    assert layout.label_shape == (7, 5)


@pytest.mark.parametrize("channel", [2, "blue", "BLUE", np.int64(2)], ids=repr)
@pytest.mark.parametrize(
    ("axes", "shape", "label_axes"),
    [("YXS", (7, 5, 3), "YX"), ("YXS", (7, 5, 4), "YX"), ("TYXS", (2, 7, 5, 3), "TYX")],
)
def test_a_colour_of_rgb_is_a_channel(
    axes: str, shape: tuple[int, ...], label_axes: str, channel: Any
) -> None:
    image = np.arange(np.prod(shape)).reshape(shape)
    layout = make_layout(shape, axes, channel)
    assert layout.label_axes == label_axes
    plane = layout.read_plane(image, (1,) if "T" in axes else ())
    expected = image[1] if "T" in axes else image
    np.testing.assert_array_equal(plane, expected[..., 2])


BAD = {
    "stack": ((9, 7, 5), None, None, "no RGB in its last axis; name the axes"),
    "four axes": ((2, 9, 7, 5), None, None, "needs its axes named, such as TYX"),
    "no axes": ((), None, None, r"axes Y and X; got the shape \(\)"),
    "one axis": ((7,), None, None, r"axes Y and X; got the shape \(7,\)"),
    "too few names": ((9, 7, 5), "YX", None, "each of the 3 axes .* got 'YX'"),
    "too many names": ((7, 5), "TYX", None, "each of the 2 axes .* got 'TYX'"),
    "a name twice": ((9, 7, 5), "YYX", None, "once; got 'YYX'"),
    "no X": ((9, 7, 5), "TYZ", None, "must include Y and X; got 'TYZ'"),
    "five samples": ((7, 5, 5), "YXS", None, "S must have 1, 3 .* got 5; .* axis C"),
    "no channel chosen": ((5, 7, 5), "CYX", None, "has 5 channels .* 0 to 4"),
    "channel too high": ((5, 7, 5), "CYX", 5, "channel must be 0 to 4; got 5"),
    "channel below 0": ((5, 7, 5), "CYX", -1, "channel must be 0 to 4; got -1"),
    "axes in a list": ((7, 5), ["Y", "X"], None, "axes must be text with one letter"),
    "half a channel": ((5, 7, 5), "CYX", 0.5, "whole number, counted from 0; got 0.5"),
    "true for a channel": ((5, 7, 5), "CYX", True, "counted from 0; got True"),
    "a word for a channel": ((5, 7, 5), "CYX", "1", "counted from 0; got '1'"),
    "channel of nothing": ((7, 5), None, 1, "channel 1 .* YX has no axis C"),
    "channel of one sample": ((7, 5, 1), None, 0, "channel 0 .* YXS has no axis C"),
    "alpha": (
        (7, 5, 4),
        None,
        3,
        "must be red, green, blue or 0 to 2; got 3",
    ),
    "channel before red": ((7, 5, 3), None, -1, "red, green, blue or 0 to 2; got -1"),
    "an unknown colour": ((7, 5, 3), None, "cyan", "red, green, blue or .* got 'cyan'"),
    "a colour of channels": ((5, 7, 5), "CYX", "red", "axes CYX.* is not RGB"),
    "a colour of grey": ((7, 5), None, "red", "axes YX.* is not RGB"),
    "two of something": ((2, 7, 5), None, None, 'axes="CYX" and channel .0 to 1.'),
    "four of something": ((4, 7, 5), None, None, 'planes axes="ZYX" or "TYX"'),
}


@pytest.mark.parametrize(("shape", "axes", "channel", "message"), BAD.values(), ids=BAD)
def test_axes_that_do_not_fit_are_refused(
    shape: tuple[int, ...], axes: Any, channel: Any, message: str
) -> None:
    with pytest.raises((TypeError, ValueError), match=message):
        make_layout(shape, axes, channel)


@pytest.mark.parametrize("image", ["a.tif", Path("a.tif"), b"a.tif", None], ids=repr)
def test_a_path_is_not_an_image(image: Any) -> None:
    with pytest.raises(
        TypeError, match=r"must be an array of pixels; got (.*a\.tif|None)"
    ):
        as_array(image)


def test_masked_pixels_are_refused() -> None:
    pixels = np.ma.masked_array(np.ones((3, 4)), mask=False)
    assert as_array(pixels) is pixels
    pixels[1, 2] = np.ma.masked
    with pytest.raises(ValueError, match=r"masked pixels.*use image\.filled"):
        as_array(pixels)


def test_rows_of_numbers_become_an_array() -> None:
    assert as_array([[1, 2], [3, 4]]).shape == (2, 2)
    assert as_array(memoryview(np.ones((2, 3)))).shape == (2, 3)


def test_parts_of_different_shapes_are_refused_in_one_line() -> None:
    with pytest.raises(ValueError, match="parts of this list have different shapes"):
        as_array([np.ones((2, 3)), np.ones((2, 4))])


@pytest.mark.parametrize("mode", ["P", "CMYK", "YCbCr", "HSV"])
def test_a_picture_is_read_in_its_colours(mode: str) -> None:
    colours = np.zeros((8, 8, 3), np.uint8)
    colours[:4] = 255
    picture = pytest.importorskip("PIL.Image").fromarray(colours).convert(mode)
    np.testing.assert_array_equal(as_array(picture), colours)


@pytest.mark.parametrize(
    ("shape", "axes"), [((4, 5), "YX"), ((3, 4, 5), "TYX"), ((2, 4, 3, 5, 6), "TYZCX")]
)
def test_a_plane_is_found_by_its_number(shape: tuple[int, ...], axes: str) -> None:
    layout = make_layout(shape, axes, 1 if "C" in axes else None)
    indices = list(layout.plane_indices())
    assert [layout.plane_index(number) for number in range(len(indices))] == indices


@pytest.mark.parametrize(
    ("axes", "count", "example"), [("QQYX", 2, "TZYX"), ("QTYX", 1, "ZTYX")]
)
def test_axes_without_names_must_be_named(axes: str, count: int, example: str) -> None:
    message = rf"does not name {count} of its 4 axes.*--axes \(axes=\).* {example}$"
    with pytest.raises(ValueError, match=message):
        make_layout((2, 6, 32, 48), axes)
