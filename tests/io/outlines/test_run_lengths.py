from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from napari_nuclei.io.outlines.run_lengths import (
    decode_runs,
    encode_runs,
    encode_submission,
    has_run_lengths,
    join_submissions,
    read_run_lengths,
)

LABELS = arrays(
    np.int32,
    st.tuples(st.integers(1, 9), st.integers(1, 9)),
    elements=st.integers(0, 4),
)


@given(LABELS)
def test_decoding_gives_back_what_was_encoded(labels: np.ndarray) -> None:
    _, ordered = np.unique(np.append(labels, 0), return_inverse=True)
    found = decode_runs(encode_runs(labels), labels.shape)
    np.testing.assert_array_equal(found.ravel(), ordered[:-1])


def test_runs_go_down_the_columns_from_pixel_1() -> None:
    """The example is that of Kaggle's description: 1 3 10 5 is 1, 2, 3, 10 to 14."""
    labels = decode_runs(["1 3 10 5"], (4, 5))
    inside = np.flatnonzero(labels.ravel(order="F")) + 1
    assert inside.tolist() == [1, 2, 3, 10, 11, 12, 13, 14]
    assert encode_runs(labels) == ["1 3 10 5"]


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("1 2 3", "pairs of a first pixel and a length; got 3 numbers"),
        ("a b", "must be whole numbers; got 'a b'"),
        ("0 2", "at least 1, from pixel 1"),
        ("3 0", "at least 1, from pixel 1"),
        ("11 3", r"A run ends at pixel 13, but the image has 12 \(3 x 4\)"),
        ("1 99999999999999999999", "whole numbers"),
        ("9223372036854775807 2", "A run ends|at least 1"),
    ],
)
def test_wrong_run_lengths_are_refused(row: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        decode_runs([row], (3, 4))


def test_a_submission_is_read_back(tmp_path: Path) -> None:
    labels = np.array([[1, 0, 2], [1, 0, 2]])
    parts = [tmp_path / "a.csv", tmp_path / "b.csv"]
    parts[0].write_bytes(encode_submission("a", labels))
    parts[1].write_bytes(encode_submission("b", 0 * labels))
    whole = tmp_path / "all.csv"
    whole.write_bytes(join_submissions(parts))
    assert whole.read_text() == "ImageId,EncodedPixels\na,1 2\na,5 2\nb,\n"
    rows = read_run_lengths(whole)
    assert rows == {"a": ["1 2", "5 2"], "b": [""]}
    np.testing.assert_array_equal(decode_runs(rows["a"], (2, 3)), labels)
    assert not decode_runs(rows["b"], (2, 3)).any()


def test_columns_are_found_by_name(tmp_path: Path) -> None:
    path = tmp_path / "solution.csv"
    path.write_text("Usage,ImageId,Height,EncodedPixels\nPublic,a.png,9,1 2\n")
    assert has_run_lengths(path)
    assert read_run_lengths(path) == {"a": ["1 2"]}
    path.write_text("id,group\na,b\n")
    assert not has_run_lengths(path)
    with pytest.raises(
        ValueError, match=r"must have the columns ImageId and Encoded.*id"
    ):
        read_run_lengths(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ValueError, match="is not a CSV file of run lengths"):
        read_run_lengths(path)
