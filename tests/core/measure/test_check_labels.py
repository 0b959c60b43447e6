from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from napari_nuclei.core.measure.check_labels import (
    as_labels,
    check_labels,
    name_label_axes,
)

EYE = np.eye(8, dtype=np.int32)


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (EYE * -3, ValueError, r"^labels must be 0 .* got -3$"),
        (EYE > 0, TypeError, r"got bool\. Number the nuclei first"),
        (EYE / 2, TypeError, r"float64\. Convert them with labels\.astype"),
        (EYE[0], ValueError, "must have the axes Y and X"),
    ],
    ids=["negative", "boolean", "float", "a line"],
)
def test_arrays_that_are_no_labels_are_refused_in_one_line(
    labels: NDArray[Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as raised:
        check_labels(labels)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.uint64])
def test_integers_from_0_are_labels(dtype: type[np.integer[Any]]) -> None:
    check_labels(np.zeros((0, 4), dtype))
    check_labels(np.full((2, 3, 4), np.iinfo(dtype).max, dtype))


def test_labels_above_a_limit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"^labels must be 5 at most; got 6$"):
        check_labels(EYE * 6, largest=5)


def test_lists_of_planes_become_an_array() -> None:
    for planes in ([EYE, EYE * 2], (EYE, EYE), [EYE.tolist()]):
        labels = as_labels(planes)
        assert labels.dtype.kind == "i"
        assert np.array_equal(labels, planes)
    assert as_labels(EYE) is EYE


@pytest.mark.parametrize(
    ("labels", "error", "message"),
    [
        (None, TypeError, r"array of integers; got None\. Read a file with read_la"),
        ("labels.tif", TypeError, r"got 'labels\.tif'\. Read a file with read_labels"),
        ((plane for plane in [EYE]), TypeError, "array of integers; got <generator"),
        ([], ValueError, "labels have no planes"),
        ([EYE, EYE[1:]], ValueError, r"the shapes \(8, 8\) and \(7, 8\)$"),
        (EYE[:, :0], ValueError, r"no pixels; their shape is \(8, 0\)"),
        (EYE.astype(object), TypeError, "must be integers; got object"),
        (np.ma.masked_equal(EYE, 1), ValueError, r"use labels\.filled\(0\)"),
    ],
    ids=["none", "path", "generator", "empty", "ragged", "0 px", "objects", "masked"],
)
def test_what_is_no_array_of_labels_is_refused_in_one_line(
    labels: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message) as raised:
        as_labels(labels)
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize(
    ("shape", "axes", "error", "message"),
    [
        ((8, 8), None, ValueError, r"of a movie have the axes TYX; got .* \(8, 8\)$"),
        ((2, 3, 8, 8), None, ValueError, 'Name them, such as axes="TZYX"'),
        ((3, 8, 8), ["T", "Y", "X"], TypeError, "text with one letter per axis"),
        ((3, 8, 8), "TY", ValueError, r"each of the 3 axes .* got TY$"),
        ((3, 8, 8), "TYZ", ValueError, "must include Y and X; got TYZ"),
        ((8, 8), "YX", ValueError, "the labels are a single plane, not a movie"),
        ((3, 8, 8), "ZYX", ValueError, "no axis T: .* are ZYX.* such as TYX"),
        ((8, 8, 3), "YXS", ValueError, "no axis T: .* are YXS.* such as YXT"),
        ((2, 3, 8, 8), "ZCYX", ValueError, "no axis T: .* such as ZTYX"),
    ],
)
def test_axes_of_labels_that_do_not_fit_are_refused(
    shape: tuple[int, ...], axes: Any, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        name_label_axes(shape, axes, "T", "movie")


def test_axes_of_labels_may_be_in_any_order_and_case() -> None:
    assert name_label_axes((3, 8, 8), None, "T", "movie") == "TYX"
    assert name_label_axes((8, 8, 3), "yxt", "T", "movie") == "YXT"
