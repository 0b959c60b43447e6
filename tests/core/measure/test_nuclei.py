from __future__ import annotations

import csv
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from skimage.measure import regionprops_table

from napari_nuclei.core.measure.nuclei import measure_nuclei
from napari_nuclei.io.tables import encode_table

LABELS = np.zeros((20, 30), np.int32)
LABELS[2:6, 3:9] = 1
LABELS[10:20, 10:12] = 5
LABELS[8, 29] = 7

COLUMNS = [
    "label",
    "area",
    "diameter",
    "centroid_y",
    "centroid_x",
    "eccentricity",
    "solidity",
    "touches_border",
]


def test_every_nucleus_has_a_row_with_its_figures() -> None:
    table = measure_nuclei(LABELS)
    assert list(table) == COLUMNS
    assert table["label"].tolist() == [1, 5, 7]
    assert table["area"].tolist() == [24, 20, 1]
    assert table["centroid_y"].tolist() == [3.5, 14.5, 8]
    assert table["centroid_x"].tolist() == [5.5, 10.5, 29]
    assert table["diameter"][0] == pytest.approx(np.sqrt(24 * 4 / np.pi))
    assert table["eccentricity"][1] > table["eccentricity"][0] > 0
    assert table["touches_border"].tolist() == [False, True, True]


def test_intensities_and_scores_are_those_of_the_pixels(
    rng: np.random.Generator,
) -> None:
    image = rng.integers(0, 60_000, LABELS.shape, np.uint16)
    foreground = rng.random(LABELS.shape, np.float32)
    table = measure_nuclei(LABELS, image, foreground)
    for row, label in enumerate(table["label"]):
        inside = LABELS == label
        assert table["intensity_sum"][row] == image[inside].sum()
        assert table["intensity_mean"][row] == pytest.approx(image[inside].mean())
        assert table["score"][row] == pytest.approx(foreground[inside].mean())


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_colours_are_averaged_and_alpha_left_out(
    rng: np.random.Generator, channels: int
) -> None:
    image = rng.integers(0, 255, (*LABELS.shape, channels), np.uint8)
    table = measure_nuclei(LABELS, image)
    expected = image[2:6, 3:9, :3].mean()
    assert table["intensity_mean"][0] == pytest.approx(expected)


def test_a_pixel_size_adds_micrometres() -> None:
    table = measure_nuclei(LABELS, pixel_size=0.5)
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
    table = measure_nuclei(labels, image, scores)
    assert table["frame"].tolist() == [0, 0, 0, 2, 2, 2]
    last = measure_nuclei(labels[2], image[2], scores[2])
    for name, values in last.items():
        np.testing.assert_array_equal(table[name][3:], values)


def test_time_and_depth_count_as_planes() -> None:
    labels = np.stack([[LABELS] * 2] * 3)
    assert np.unique(measure_nuclei(labels)["frame"]).tolist() == list(range(6))


def test_no_nuclei_give_an_empty_table_of_the_same_columns() -> None:
    full = measure_nuclei(LABELS, LABELS, LABELS.astype(np.float32), pixel_size=1)
    empty = np.zeros_like(LABELS)
    table = measure_nuclei(empty, empty, empty.astype(np.float32), pixel_size=1)
    assert list(table) == list(full)
    assert {len(values) for values in table.values()} == {0}


THIN: dict[str, tuple[Any, Any]] = {
    "a pixel": (3, 3),
    "two pixels": (3, slice(3, 5)),
    "a row": (3, slice(2, 9)),
    "a diagonal": (np.arange(5), np.arange(5)),
}


@pytest.mark.parametrize("place", THIN.values(), ids=THIN)
def test_nuclei_too_thin_to_have_an_outline_are_measured(place: Any) -> None:
    labels = np.zeros((10, 10), np.int32)
    labels[place] = 1
    table = measure_nuclei(labels)
    for values in table.values():
        assert np.isfinite(values).all()


@pytest.mark.parametrize("labels", [LABELS, LABELS * 0], ids=["three", "none"])
def test_a_table_is_encoded_with_a_row_for_each_nucleus(
    labels: NDArray[np.int32],
) -> None:
    table = measure_nuclei(labels, pixel_size=0.1)
    rows = list(csv.DictReader(encode_table(table).decode().splitlines()))
    assert [int(row["label"]) for row in rows] == table["label"].tolist()
    for number, row in enumerate(rows):
        assert list(row) == list(table)
        assert float(row["area_um2"]) == pytest.approx(table["area_um2"][number])
        assert row["touches_border"] == str(table["touches_border"][number])


def test_shapes_are_those_of_scikit_image(rng: np.random.Generator) -> None:
    from skimage.measure import label, regionprops_table

    labels = label(rng.random((60, 80)) > 0.55)
    table = measure_nuclei(labels)
    expected = regionprops_table(
        labels, properties=("label", "area", "centroid", "eccentricity")
    )
    names = ("label", "area", "centroid_y", "centroid_x", "eccentricity")
    for name, values in zip(names, expected.values(), strict=True):
        np.testing.assert_allclose(table[name], values, atol=1e-6, err_msg=name)


def test_measuring_asks_now_and_then_whether_to_go_on(discs) -> None:
    places = [
        (5 + 10 * row, 5 + 10 * column, 3) for row in range(15) for column in range(15)
    ]
    labels = discs((160, 160), places)
    asked = []
    measure_nuclei(labels, check=lambda: asked.append(1))
    assert len(asked) == 3

    def stop() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        measure_nuclei(labels, check=stop)


def test_solidity_is_that_of_scikit_image(discs) -> None:
    labels = discs((80, 80), [(20, 20, 9), (26, 28, 8), (60, 40, 12), (5, 70, 3)])
    labels[labels == 2] = 9  # there may be gaps
    expected = regionprops_table(labels, properties=("solidity",))["solidity"]
    np.testing.assert_array_equal(measure_nuclei(labels)["solidity"], expected)
