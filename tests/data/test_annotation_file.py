from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from napari_nuclei.data.annotation_file import read_annotations, write_annotations
from napari_nuclei.data.datasets import Sample


def test_annotations_are_read_back_exactly(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    image = rng.integers(0, 4000, (20, 30)).astype(np.uint16)
    labels = rng.integers(0, 5, (20, 30)).astype(np.int32)
    annotated = labels > 2
    parts = [
        Sample("a (training)", image, labels, annotated),
        Sample("b", image + 1, labels),
    ]
    held_out = [Sample("a (held out)", image, labels, ~annotated)]
    path = tmp_path / "new" / "annotations.npz"
    write_annotations(path, parts, held_out)
    found = read_annotations(path)
    for before, after in zip([*parts, *held_out], [*found[0], *found[1]], strict=True):
        assert before.name == after.name
        np.testing.assert_array_equal(before.image, after.image)
        np.testing.assert_array_equal(before.labels, after.labels)
        assert (before.annotated is None) == (after.annotated is None)
        if before.annotated is not None:
            np.testing.assert_array_equal(before.annotated, after.annotated)
    with np.load(path) as file:
        assert sum(name.startswith("image") for name in file.files) == 2


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + bytes(18), b"text"])
def test_other_files_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "annotations.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="does not contain annotations"):
        read_annotations(path)


def test_a_file_of_an_earlier_version_is_read(tmp_path: Path) -> None:
    labels = np.eye(8, dtype=np.int32)
    rows = [
        {"name": "a (kept)", "part": "kept", "image": 0},
        {"name": "a (held out)", "part": "held out", "image": 0},
    ]
    path = tmp_path / "annotations.npz"
    np.savez(
        path,
        image0=np.zeros((8, 8), np.uint8),
        labels0=labels,
        known0=labels > 0,
        labels1=labels,
        samples=np.array(json.dumps(rows)),
    )
    (training,), (held_out,) = read_annotations(path)
    assert (training.name, held_out.name) == ("a (kept)", "a (held out)")
    np.testing.assert_array_equal(training.annotated, labels > 0)
    assert held_out.annotated is None
