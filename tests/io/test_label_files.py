from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest
import tifffile
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_nuclei.io.label_files import read_labels, write_labels
from napari_nuclei.io.readers import read_image

LABELS = np.arange(20 * 30).reshape(20, 30)


@given(arrays(np.int32, (4, 5), elements=st.integers(0, 2**31 - 1)))
def test_reading_gives_back_what_was_written(
    tmp_path_factory: pytest.TempPathFactory, labels: np.ndarray
) -> None:
    path = tmp_path_factory.mktemp("l") / "a.tif"
    write_labels(labels, path)
    found = read_labels(path)
    assert found.dtype == np.int32
    np.testing.assert_array_equal(found, labels)


@pytest.mark.parametrize("dtype", ["bool", "uint8", "int16", "int64", "uint64"])
def test_labels_of_every_integer_type_are_written(tmp_path: Path, dtype: str) -> None:
    labels = (LABELS % 120).astype(dtype)
    for name in ("a.tif", "a.png"):
        write_labels(labels, tmp_path / name)
        np.testing.assert_array_equal(read_labels(tmp_path / name), labels)


def test_a_stack_states_its_axes_and_sizes(tmp_path: Path) -> None:
    stack = np.stack([LABELS] * 3)
    path = tmp_path / "deep.tif"
    write_labels(stack, path, axes="ZYX", pixel_size=0.25, z_spacing=1.5)
    image = read_image(path)
    assert image.axes == "ZYX"
    assert image.pixel_size == pytest.approx(0.25)
    assert image.z_spacing == pytest.approx(1.5)
    np.testing.assert_array_equal(read_labels(path), stack)


def test_a_file_that_exists_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.tif"
    path.write_bytes(b"before")
    write_labels(LABELS, path)
    np.testing.assert_array_equal(read_labels(path), LABELS)


BAD: dict[str, tuple[Any, str, dict[str, Any], type[Exception], str]] = {
    "floats": (LABELS * 1.0, "a.tif", {}, TypeError, "must be integers; got float64"),
    "negative": (
        LABELS - 5,
        "a.tif",
        {},
        ValueError,
        "to 2147483647, .* got numbers from -5",
    ),
    "too large": (LABELS << 40, "a.tif", {}, ValueError, "labels must be from 0"),
    "no axes": (
        np.stack([LABELS] * 9),
        "a.tif",
        {},
        ValueError,
        r"\(9, 20, 30\) .* name the axes",
    ),
    "channels": (
        np.stack([LABELS]),
        "a.tif",
        {"axes": "CYX"},
        ValueError,
        "axes of labels have no colours or channels",
    ),
    "another suffix": (
        LABELS,
        "a.jpg",
        {},
        ValueError,
        r"to \.tif, \.png, \.geojson or \.zip; got a\.jpg",
    ),
    "a stack in a PNG": (
        np.stack([LABELS]),
        "a.png",
        {"axes": "ZYX"},
        ValueError,
        "The format png holds a single plane",
    ),
    "a table in an image": (
        LABELS,
        "a.tif",
        {"table": pd.DataFrame({"class": ["a"]})},
        ValueError,
        "cannot hold a table or colours; write outlines",
    ),
    "colours without a table": (
        LABELS,
        "a.png",
        {"colours": {"a": (1, 2, 3)}},
        ValueError,
        "cannot hold a table or colours; write outlines",
    ),
    "a table of other labels": (
        LABELS,
        "a.geojson",
        {"table": pd.DataFrame({"class": ["a"]})},
        ValueError,
        "has no row for nucleus 1; measure the labels again",
    ),
    "no pixels": (LABELS[:0], "a.tif", {}, ValueError, "labels have no pixels"),
    "more than can be read": (
        LABELS.astype(np.int64) + 2**31,
        "a.geojson",
        {},
        ValueError,
        "from 0 to 2147483647, .*relabel_sequential",
    ),
    "too many for a PNG": (
        LABELS + 65_536,
        "a.png",
        {},
        ValueError,
        "labels up to 65535",
    ),
}


@pytest.mark.parametrize(
    ("labels", "name", "options", "error", "message"), BAD.values(), ids=BAD
)
def test_what_a_file_cannot_hold_is_refused(
    tmp_path: Path,
    labels: np.ndarray,
    name: str,
    options: dict[str, Any],
    error: type[Exception],
    message: str,
) -> None:
    with pytest.raises(error, match=message):
        write_labels(labels, tmp_path / name, **options)
    assert not list(tmp_path.iterdir())


def test_a_file_of_no_labels_is_refused(tmp_path: Path) -> None:
    cv2.imwrite(str(tmp_path / "rgb.png"), np.zeros((5, 5, 3), np.uint8))
    tifffile.imwrite(tmp_path / "floats.tif", np.full((5, 5), 0.5, np.float32))
    tifffile.imwrite(tmp_path / "negative.tif", np.full((5, 5), -1, np.int16))
    for name, message in (
        ("rgb.png", "holds colours, not labels"),
        ("floats.tif", "holds float32, not labels"),
        ("negative.tif", "holds numbers from -1 to 0"),
    ):
        with pytest.raises(ValueError, match=f"{name} {message}"):
            read_labels(tmp_path / name)


def test_labels_of_a_min_is_white_file_are_the_numbers_in_it(tmp_path: Path) -> None:
    labels = LABELS.astype(np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", labels, photometric="miniswhite")
    np.testing.assert_array_equal(read_labels(tmp_path / "a.tif"), labels)


def test_an_image_of_another_shape_is_refused(tmp_path: Path) -> None:
    write_labels(LABELS, tmp_path / "a.tif")
    assert read_labels(tmp_path / "a.tif", shape=LABELS.shape).shape == LABELS.shape
    with pytest.raises(ValueError, match=r"a\.tif has the shape \(20, 30\), the image"):
        read_labels(tmp_path / "a.tif", shape=(30, 20))


def test_whole_numbers_stored_as_floats_are_labels(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", LABELS.astype(np.float32))
    np.testing.assert_array_equal(read_labels(tmp_path / "a.tif"), LABELS)


@pytest.mark.parametrize("name", ["a.tif", "a.geojson", "a.zip"])
def test_a_boolean_array_is_one_nucleus_in_each_format(
    tmp_path: Path, name: str
) -> None:
    write_labels(LABELS == 1, tmp_path / name)
    found = read_labels(tmp_path / name, shape=LABELS.shape)
    np.testing.assert_array_equal(found, LABELS == 1)
