from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from napari_nuclei.core.normalize import (
    MAX_SAMPLED_PIXELS,
    counted_percentiles,
    is_grey,
    normalize,
    percentile_limits,
)

DTYPES = [
    "uint8", "uint16", "uint32", "uint64", "int8", "int16", "int32", "int64",
    "float16", "float32", "float64", ">u2", ">f4",
]  # fmt: skip


@pytest.fixture
def image(rng: np.random.Generator) -> NDArray[np.uint8]:
    return rng.integers(0, 100, (40, 50)).astype(np.uint8)


@pytest.mark.parametrize("dtype", DTYPES)
def test_every_type_of_number_gives_the_same_picture(
    dtype: str, image: NDArray[np.uint8]
) -> None:
    found = normalize(image.astype(dtype))
    assert found.dtype == np.float32
    assert found.shape == (40, 50, 3)
    assert found.min() == 0
    assert found.max() == 1
    np.testing.assert_allclose(found, normalize(image), atol=1e-6)


@pytest.mark.parametrize(
    ("dtype", "gain", "offset"),
    [
        ("int8", 2, -100),
        ("int16", 600, -30_000),
        ("uint16", 600, 100),
        ("int32", 1, 2_000_000_000),
        ("int32", 40_000_000, -2_000_000_000),
        ("uint64", 1, 1 << 50),
        ("float16", 600, -30_000),
        ("float32", 6e36, -3e38),
        ("float32", 1e-40, 0),
        ("float64", 1e300, 0),
        ("float64", 1e-300, 0),
    ],
)
def test_the_range_of_the_values_does_not_matter(
    dtype: str, gain: float, offset: float, image: NDArray[np.uint8]
) -> None:
    wide = np.float64 if dtype.startswith("float") else np.int64
    values = (image.astype(wide) * wide(gain) + wide(offset)).astype(dtype)
    np.testing.assert_allclose(normalize(values), normalize(image), atol=2e-3)


@given(
    values=st.lists(st.floats(-1e6, 1e6, width=32), min_size=4, max_size=60),
    columns=st.integers(2, 4),
)
def test_scaling_preserves_order_and_stays_in_range(
    values: list[float], columns: int
) -> None:
    rows = max(len(values) // columns, 2)
    image = np.resize(np.array(values, np.float32), (rows, columns))
    found = normalize(image)[..., 0]
    assert found.min() >= 0
    assert found.max() <= 1
    order = np.argsort(image, axis=None)
    assert (np.diff(found.ravel()[order]) >= 0).all()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(5, 6), (5, 6, 1), (5, 6, 3), (5, 6, 4)])
def test_an_image_of_one_value_becomes_zeros(
    dtype: str, shape: tuple[int, ...]
) -> None:
    found = normalize(np.full(shape, 7, dtype))
    assert found.shape == (5, 6, 3)
    assert not found.any()


def test_grey_fills_three_channels(image: NDArray[np.uint8]) -> None:
    for grey in (image, image[..., np.newaxis]):
        found = normalize(grey)
        for channel in range(3):
            np.testing.assert_array_equal(found[..., channel], found[..., 0])


def test_channels_are_scaled_together_and_keep_their_order() -> None:
    image = np.zeros((20, 20, 3), np.uint8)
    image[5:15, 5:15] = (200, 100, 50)
    np.testing.assert_allclose(normalize(image)[10, 10], (1, 0.5, 0.25), atol=1e-6)


def test_alpha_is_left_out(rng: np.random.Generator) -> None:
    image = rng.integers(0, 255, (20, 20, 4)).astype(np.uint8)
    np.testing.assert_array_equal(normalize(image), normalize(image[..., :3]))


@pytest.mark.parametrize("side", [100, 2100])
def test_one_bright_pixel_on_a_flat_background_stays_visible(side: int) -> None:
    image = np.full((side, side), 10, np.uint16)
    image[51, 33] = 400
    found = normalize(image)[..., 0]
    assert found[51, 33] == 1
    assert found.sum() == 1


def test_sampling_a_large_image_hardly_changes_it(
    rng: np.random.Generator,
) -> None:
    image = rng.normal(1000, 100, (2200, 2000)).astype(np.float32)
    assert image.size > MAX_SAMPLED_PIXELS
    exact = np.percentile(image, (0.5, 99.8))
    np.testing.assert_allclose(percentile_limits(image), exact, rtol=0.01)


def test_the_image_is_not_modified(image: NDArray[np.uint8]) -> None:
    before = image.copy()
    image.flags.writeable = False
    normalize(image)
    np.testing.assert_array_equal(image, before)


@pytest.mark.parametrize("order", ["transposed", "every other pixel", "reversed"])
def test_the_layout_in_memory_does_not_matter(
    order: str, rng: np.random.Generator
) -> None:
    image = rng.integers(0, 255, (40, 60, 3)).astype(np.uint8)
    view = {
        "transposed": image.transpose(1, 0, 2),
        "every other pixel": image[::2, ::2],
        "reversed": image[::-1, ::-1],
    }[order]
    found = normalize(view)
    assert found.flags.c_contiguous
    np.testing.assert_array_equal(found, normalize(view.copy()))


def with_value(value: float) -> NDArray[np.float32]:
    image = np.zeros((8, 8), np.float32)
    image[3, 4] = value
    return image


BAD = {
    "boolean": (np.zeros((8, 8), bool), TypeError, "image is a boolean mask"),
    "complex": (np.zeros((8, 8), complex), TypeError, "got the type complex128"),
    "text": (np.full((8, 8), "a"), TypeError, "integers or real numbers; got the type"),
    "objects": (np.zeros((8, 8), object), TypeError, "got the type object"),
    "one axis": (np.zeros(8), ValueError, r"shape \(Y, X\) or .*got \(8,\)"),
    "four axes": (np.zeros((2, 2, 8, 8)), ValueError, r"got \(2, 2, 8, 8\)"),
    "two channels": (np.zeros((8, 8, 2)), ValueError, "image has 2 channels"),
    "five channels": (np.zeros((8, 8, 5)), ValueError, "image has 5 channels.*TYX"),
    "no channels": (np.zeros((8, 8, 0)), ValueError, "image has 0 channels"),
    "no pixels": (np.zeros((0, 8)), ValueError, "2 pixels a side; got 0 x 8"),
    "one pixel high": (np.zeros((1, 8)), ValueError, "2 pixels a side; got 1 x 8"),
    "one pixel wide": (np.zeros((8, 1, 3)), ValueError, "2 pixels a side; got 8 x 1"),
    "not a number": (with_value(np.nan), ValueError, "NaN or infinite values"),
    "infinite": (with_value(-np.inf), ValueError, "NaN or infinite values"),
    "range beyond float64": (
        np.array([[-1.7e308, 1.7e308]] * 8).repeat(4, axis=1),
        ValueError,
        "range of values that exceeds float64",
    ),
}


@pytest.mark.parametrize(("image", "error", "message"), BAD.values(), ids=BAD)
def test_a_bad_image_is_refused_in_one_clear_line(
    image: NDArray[Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as caught:
        normalize(image)
    assert "\n" not in str(caught.value)


def test_views_of_one_channel_are_grey_without_a_look_at_their_values() -> None:
    unequal = np.full((4, 5, 1), np.nan, np.float32)  # differs even from itself
    assert is_grey(np.broadcast_to(unequal, (4, 5, 3)))
    assert not is_grey(np.tile(unequal, 3))
    assert is_grey(np.ones((4, 5, 3)))
    assert not is_grey(np.arange(60).reshape(4, 5, 3))


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize("most", [1, 9, 250])
def test_counted_percentiles_are_those_of_numpy(
    rng: np.random.Generator, dtype: type, most: int
) -> None:
    wanted = [0, 0.5, 33, 50, 99.8, 100]
    for size in (1, 2, 3, 50, 777):
        values = (
            rng.integers(0, most, (1, size)) * (np.iinfo(dtype).max // most)
        ).astype(dtype)
        found = counted_percentiles(values, wanted)
        assert found == np.percentile(values.astype(np.float64), wanted).tolist()
