from __future__ import annotations

import csv
import tracemalloc
from typing import Any

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from skimage.measure import regionprops_table

from napari_nuclei.core.confidence import ConfidenceCurve
from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.core.measure.columns import SHAPE
from napari_nuclei.core.measure.nuclei import measure
from napari_nuclei.io.tables import encode_csv

LABELS = np.zeros((20, 30), np.int32)
LABELS[2:6, 3:9] = 1
LABELS[10:20, 10:12] = 5
LABELS[8, 29] = 7

COLUMNS = [*SHAPE, "touches_border"]


def test_every_nucleus_has_a_row_of_measurements() -> None:
    table = measure(LABELS)
    assert list(table) == COLUMNS
    assert table.index.tolist() == [1, 5, 7]
    assert table["area"].tolist() == [24, 20, 1]
    assert table["centroid_y"].tolist() == [3.5, 14.5, 8]
    assert table["centroid_x"].tolist() == [5.5, 10.5, 29]
    assert table["diameter"].iloc[0] == pytest.approx(np.sqrt(24 * 4 / np.pi))
    assert table["eccentricity"].iloc[1] > table["eccentricity"].iloc[0] > 0
    assert table["touches_border"].tolist() == [False, True, True]


def test_intensities_and_confidence_are_those_of_the_pixels(
    rng: np.random.Generator,
) -> None:
    image = rng.integers(0, 60_000, LABELS.shape, np.uint16)
    foreground = rng.random(LABELS.shape, np.float32)
    table = measure(LABELS, image, foreground=foreground)
    for row, label in enumerate(table.index):
        inside = LABELS == label
        assert table["intensity_sum"].iloc[row] == image[inside].sum()
        assert table["intensity_mean"].iloc[row] == pytest.approx(image[inside].mean())
        assert table["confidence"].iloc[row] == pytest.approx(foreground[inside].mean())
    curve = ConfidenceCurve(-1.0, 2.0)
    calibrated = measure(LABELS, foreground=foreground, curve=curve)
    expected = curve.confidence(table["confidence"])
    np.testing.assert_allclose(calibrated["confidence"], expected)


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_colours_are_averaged_and_alpha_left_out(
    rng: np.random.Generator, channels: int
) -> None:
    image = rng.integers(0, 255, (*LABELS.shape, channels), np.uint8)
    table = measure(LABELS, image)
    expected = image[2:6, 3:9, :3].mean()
    assert table["intensity_mean"].iloc[0] == pytest.approx(expected)


def test_swapped_labels_and_image_are_noticed(rng: np.random.Generator) -> None:
    image = rng.integers(0, 256, (64, 64), np.uint8)
    labels = np.kron(np.arange(1, 17).reshape(4, 4), np.pad(np.ones((12, 12), int), 2))
    with pytest.warns(ImageWarning, match="Labels and image may be swapped"):
        measure(image, labels)
    assert len(measure(labels, image)) == 16  # no warning: warnings are errors
    assert len(measure(image, image)) == 255


def test_a_pixel_size_adds_micrometres() -> None:
    table = measure(LABELS, pixel_size=0.5)
    np.testing.assert_allclose(table["area_um2"], table["area"] / 4)
    np.testing.assert_allclose(table["diameter_um"], table["diameter"] / 2)


@pytest.mark.parametrize("colours", [False, True], ids=["grey", "colours"])
def test_the_planes_of_a_stack_are_measured_on_their_own(
    rng: np.random.Generator, colours: bool
) -> None:
    labels = np.stack([LABELS, np.zeros_like(LABELS), LABELS[::-1]])
    shape = (*labels.shape, 3) if colours else labels.shape
    image = rng.integers(0, 255, shape, np.uint8)
    scores = rng.random(labels.shape, np.float32)
    table = measure(labels, image, foreground=scores, axes="TYX")
    assert table["t"].tolist() == [0, 0, 0, 2, 2, 2]
    assert list(table)[:2] == ["t", "area"]
    last = measure(labels[2], image[2], foreground=scores[2])
    for name, values in last.items():
        np.testing.assert_array_equal(table[name].iloc[3:], values)


def test_time_and_depth_count_as_planes() -> None:
    labels = np.stack([[LABELS] * 2] * 3)
    assert np.unique(measure(labels)["plane"]).tolist() == list(range(6))
    table = measure(labels, axes="TZYX", joined=False)
    assert table[["t", "z"]].drop_duplicates().to_numpy().tolist() == [
        [t, z] for t in range(3) for z in range(2)
    ]


def test_the_axes_may_come_in_any_order(rng: np.random.Generator) -> None:
    labels = np.stack([LABELS, LABELS[::-1]])
    image = rng.integers(0, 255, (*labels.shape, 3), np.uint8)
    expected = measure(labels, image, axes="ZYX")
    found = measure(labels.transpose(2, 0, 1), image.transpose(2, 0, 1, 3), axes="XZY")
    pd.testing.assert_frame_equal(found, expected)


def test_each_named_image_has_columns_of_its_name(rng: np.random.Generator) -> None:
    images = {n: rng.integers(0, 255, LABELS.shape) for n in ("DAPI", "Ki-67")}
    table = measure(LABELS, images)
    for name, image in images.items():
        assert table[f"{name}_sum"].iloc[0] == image[LABELS == 1].sum()
        assert table[f"{name}_mean"].iloc[0] == image[LABELS == 1].mean()
    assert "intensity_mean" not in table


BAD_INPUTS: dict[str, tuple[dict[str, Any], type[Exception], str]] = {
    "floats": ({"labels": LABELS * 1.0}, TypeError, "must be integers; got float64"),
    "a path": ({"labels": "a.tif"}, TypeError, "Read a file with read_labels"),
    "a property of no name": (
        {"labels": LABELS, "properties": [1]},
        ValueError,
        "1 is not a property of this table",
    ),
    "one axis": (
        {"labels": LABELS[0]},
        ValueError,
        r"must have the axes Y and X.*\(30,\)",
    ),
    "another shape": (
        {"labels": LABELS, "images": {"DAPI": LABELS[1:]}},
        ValueError,
        r"image 'DAPI' must have the shape of the labels, \(20, 30\).*\(19, 30\)",
    ),
    "another foreground": (
        {"labels": LABELS, "foreground": LABELS[1:]},
        ValueError,
        "foreground must have the shape of the labels",
    ),
    "too many axes": (
        {"labels": LABELS, "axes": "TYX"},
        ValueError,
        "axes must name each of the 2 axes",
    ),
    "channels": (
        {"labels": LABELS[..., None], "axes": "YXC"},
        ValueError,
        "axes of labels have no colours or channels; got YXC",
    ),
}


@pytest.mark.parametrize(
    ("arguments", "error", "message"), BAD_INPUTS.values(), ids=BAD_INPUTS
)
def test_bad_input_is_refused_in_plain_words(
    arguments: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        measure(**arguments)


def test_numbers_far_apart_are_measured_quickly() -> None:
    labels = np.where(LABELS == 7, np.int64(2**40), LABELS)
    table = measure(labels)
    assert table.index.tolist() == [1, 5, 2**40]
    np.testing.assert_array_equal(table["solidity"], measure(LABELS)["solidity"])


def test_no_nuclei_give_an_empty_table_of_the_same_columns() -> None:
    full = measure(LABELS, LABELS, foreground=LABELS.astype(np.float32), pixel_size=1)
    empty = np.zeros_like(LABELS)
    table = measure(empty, empty, foreground=empty.astype(np.float32), pixel_size=1)
    assert list(table) == list(full)
    assert len(table) == 0
    assert table.dtypes.tolist() == full.dtypes.tolist()
    assert table.index.dtype == full.index.dtype


THIN: dict[str, tuple[Any, Any]] = {
    "a pixel": (3, 3),
    "two pixels": (3, slice(3, 5)),
    "a row": (3, slice(2, 9)),
    "a diagonal": (np.arange(5), np.arange(5)),
}


@pytest.mark.parametrize("pixels", THIN.values(), ids=THIN)
def test_nuclei_too_thin_to_have_an_outline_are_measured(pixels: Any) -> None:
    labels = np.zeros((10, 10), np.int32)
    labels[pixels] = 1
    table = measure(labels)
    for _, values in table.items():
        assert np.isfinite(values).all()


@pytest.mark.parametrize("labels", [LABELS, LABELS * 0], ids=["three", "none"])
def test_a_table_is_encoded_with_a_row_for_each_nucleus(
    labels: NDArray[np.int32],
) -> None:
    table = measure(labels, pixel_size=0.1)
    rows = list(csv.DictReader(encode_csv(table).decode().splitlines()))
    assert [int(row["label"]) for row in rows] == table.index.tolist()
    for number, row in enumerate(rows):
        assert list(row) == ["label", *table]
        assert float(row["area_um2"]) == pytest.approx(table["area_um2"].iloc[number])
        assert row["touches_border"] == str(table["touches_border"].iloc[number])


def test_shapes_are_those_of_scikit_image(rng: np.random.Generator) -> None:
    from skimage.measure import label

    labels = label(rng.random((60, 80)) > 0.55)
    table = measure(labels)
    expected = regionprops_table(
        labels, properties=("label", "area", "centroid", "eccentricity")
    )
    names = ("label", "area", "centroid_y", "centroid_x", "eccentricity")
    for name, values in zip(names, expected.values(), strict=True):
        np.testing.assert_allclose(
            table.reset_index()[name], values, atol=1e-6, err_msg=name
        )


def test_check_is_called_from_time_to_time(discs) -> None:
    positions = [
        (5 + 10 * row, 5 + 10 * column, 3) for row in range(15) for column in range(15)
    ]
    labels = discs((160, 160), positions)
    calls = []
    measure(labels, check=lambda: calls.append(1))
    assert len(calls) == 3

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure(labels, check=stop)


@pytest.mark.parametrize("highest", [100_000_000, 2**31 - 1, 2**40])
def test_a_huge_label_costs_no_more_than_a_small_one(highest: int) -> None:
    labels = np.zeros((64, 64), np.int64)
    labels[2:9, 2:9], labels[20:30, 20:30] = 1, highest
    measure(labels)  # imports take memory too
    tracemalloc.start()
    try:
        table = measure(labels)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert table.index.tolist() == [1, highest]
    assert table["area"].tolist() == [49, 100]
    assert table["solidity"].tolist() == pytest.approx([1, 1])
    assert peak < 10e6


def test_swapped_labels_and_one_of_several_images_are_noticed(
    rng: np.random.Generator,
) -> None:
    image = rng.integers(0, 256, (64, 64), np.uint8)
    labels = np.kron(np.arange(1, 17).reshape(4, 4), np.pad(np.ones((12, 12), int), 2))
    with pytest.warns(ImageWarning, match="Labels and image may be swapped"):
        measure(image, {"dapi": image, "ki67": labels})
