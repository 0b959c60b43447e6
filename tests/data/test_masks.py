from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.data.masks import (
    BINARY,
    LABELS,
    SOFT,
    convert_mask,
    merge_masks,
    number_nuclei,
    read_mask,
)
from napari_nuclei.io.image_files import ImageFile

Array = NDArray[Any]


@pytest.fixture
def labels(discs) -> NDArray[np.int32]:
    return discs((64, 80), [(20, 20, 8), (40, 50, 10), (12, 62, 6)])


def binary(labels: NDArray[np.int32]) -> NDArray[np.uint8]:
    return np.where(labels > 0, 255, 0).astype(np.uint8)


COLOURS = np.array([[0, 0, 0], [255, 0, 0], [0, 255, 0], [255, 255, 0]], np.uint8)


@pytest.mark.parametrize(
    ("kind", "make"),
    [
        ("0 and 1", lambda x: (x > 0).astype(np.uint8)),
        ("0 and 255", binary),
        ("boolean", lambda x: x > 0),
        ("10 and 30", lambda x: np.where(x > 0, 30, 10).astype(np.uint8)),
        ("floats 0 and 1", lambda x: (x > 0).astype(np.float32)),
        ("labels of 16 bits", lambda x: x.astype(np.uint16) * 500),
        ("labels as floats", lambda x: x.astype(np.float32)),
        ("binary RGB", lambda x: np.dstack([binary(x)] * 3)),
        ("binary in blue only", lambda x: np.dstack([0 * x, 0 * x, binary(x)])),
        ("labels in RGB", lambda x: np.dstack([x.astype(np.uint8)] * 3)),
        ("RGBA", lambda x: np.dstack([binary(x)] * 3 + [np.full_like(x, 255)])),
        ("a colour each", lambda x: COLOURS[x]),
        ("a colour of 16 bits each", lambda x: COLOURS[x].astype(np.uint16) * 257),
    ],
)
def test_a_mask_of_any_kind_becomes_labels(
    kind: str, make: Callable[[Array], Array], labels: NDArray[np.int32]
) -> None:
    mask = make(labels)
    mask.flags.writeable = False
    found = convert_mask(mask).labels
    assert found.dtype == np.int32
    assert found.max() == 3
    np.testing.assert_array_equal(found > 0, labels > 0)
    for number in range(1, 4):
        assert len(set(found[labels == number].tolist())) == 1


def test_touching_nuclei_stay_separate_in_labels(discs) -> None:
    labels = discs((60, 90), [(30, 25, 15), (30, 54, 15), (10, 80, 5)])
    assert convert_mask(labels).labels.max() == 3
    assert convert_mask(COLOURS[labels]).labels.max() == 3
    assert convert_mask(binary(labels)).labels.max() == 2


def softened(labels: NDArray[np.int32]) -> NDArray[np.float32]:
    """Return a mask of 0 to 1 with smooth edges, as resizing makes them."""
    return cv2.GaussianBlur((labels > 0).astype(np.float32), (0, 0), 1.5)


@pytest.mark.parametrize(
    "make",
    [
        pytest.param(softened, id="probability"),
        pytest.param(
            lambda x: np.round(255 * softened(x)).astype("uint8"), id="0..255"
        ),
        pytest.param(lambda x: np.round(65535 * softened(x)), id="whole floats"),
    ],
)
def test_soft_edges_are_cut_at_half(
    make: Callable[[Array], Array], labels: NDArray[np.int32]
) -> None:
    found = convert_mask(make(labels))
    assert found.kind == SOFT
    assert found.labels.max() == 3
    assert np.mean((found.labels > 0) == (labels > 0)) > 0.99


def test_labels_up_to_255_are_not_taken_for_soft_edges(discs) -> None:
    circles = [(10 + 20 * i, 10 + 20 * j, 8) for i in range(16) for j in range(16)]
    labels = discs((330, 330), circles[:255])
    assert labels.max() == 255
    found = convert_mask(labels.astype(np.uint8))
    assert (found.kind, found.labels.max()) == (LABELS, 255)
    few = np.where(labels > 250, labels, 0).astype(np.uint8)
    assert convert_mask(few).kind == LABELS


def test_labels_divided_by_a_number_are_refused(labels: NDArray[np.int32]) -> None:
    with pytest.raises(ValueError, match=r"equal fractions such as 0\.333.* divided"):
        convert_mask(labels / 3)


def test_a_volume_is_numbered_over_its_planes(labels: NDArray[np.int32]) -> None:
    volume = np.stack([labels, labels, 0 * labels, labels])
    found = number_nuclei(volume > 0)
    assert (found.kind, found.labels.max()) == (BINARY, 6)
    np.testing.assert_array_equal(number_nuclei(volume).labels, volume)


@pytest.mark.parametrize("values", ["grey", "three equal channels", "red"])
def test_a_lossy_mask_is_thresholded_at_half_of_its_maximum(
    values: str, labels: NDArray[np.int32], rng: np.random.Generator
) -> None:
    plane = np.clip(binary(labels) + rng.normal(0, 20, labels.shape), 0, 255)
    plane = plane.astype(np.uint8)
    mask = {
        "grey": plane,
        "three equal channels": np.dstack([plane] * 3),
        "red": np.dstack([plane, plane // 9, plane // 9]),
    }[values]
    found = convert_mask(mask, lossy=True).labels
    np.testing.assert_array_equal(found > 0, labels > 0)


@pytest.mark.parametrize("dtype", ["uint8", "bool", "float32"])
def test_an_empty_mask_has_no_nucleus(dtype: str) -> None:
    assert not convert_mask(np.zeros((9, 9), dtype)).labels.any()


@pytest.mark.parametrize(
    ("mask", "message"),
    [
        (
            np.array([[0, 1.25], [2.5, 3]]),
            "one whole number per nucleus; got fractions such as 1.25",
        ),
        (np.array([[0, -3], [0, 0]]), "must not hold negative numbers; got -3"),
        (np.array([[0, -3], [5, 1]]), "must not hold negative numbers; got -3"),
        (
            np.array([[0, np.nan], [5, 1]]),
            "A mask must hold whole numbers; it has NaN",
        ),
        (np.array([[0, 3j], [5, 1]]), "must hold whole numbers; got complex128"),
    ],
    ids=["fractions", "negative and 0", "negative", "NaN", "complex"],
)
def test_values_that_are_not_labels_are_refused(mask: Array, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        convert_mask(mask)


def test_masks_of_min_is_white_files_are_not_inverted() -> None:
    stored = np.zeros((6, 8), np.uint8)
    stored[1:3, 1:4] = 255
    file = ImageFile(255 - stored, "YX", white=255)
    np.testing.assert_array_equal(read_mask(file, "a.tif").labels, stored > 0)
    merged = merge_masks((6, 8), ["a.tif"], lambda name: file)
    np.testing.assert_array_equal(merged, stored > 0)
