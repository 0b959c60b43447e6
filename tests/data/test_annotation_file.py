from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from napari_nuclei.data.annotation_file import read_annotations, write_annotations
from napari_nuclei.data.datasets import Sample


def test_annotations_come_back_as_they_were(
    tmp_path: Path, rng: np.random.Generator
) -> None:
    image = rng.integers(0, 4000, (20, 30)).astype(np.uint16)
    labels = rng.integers(0, 5, (20, 30)).astype(np.int32)
    known = labels > 2
    parts = [Sample("a (kept)", image, labels, known), Sample("b", image + 1, labels)]
    held = [Sample("a (held out)", image, labels, ~known)]
    path = tmp_path / "new" / "annotations.npz"
    write_annotations(path, parts, held)
    found = read_annotations(path)
    for before, after in zip([*parts, *held], [*found[0], *found[1]], strict=True):
        assert before.name == after.name
        np.testing.assert_array_equal(before.image, after.image)
        np.testing.assert_array_equal(before.labels, after.labels)
        assert (before.annotated is None) == (after.annotated is None)
        if before.annotated is not None:
            np.testing.assert_array_equal(before.annotated, after.annotated)
    with np.load(path) as file:
        assert sum(name.startswith("image") for name in file.files) == 2


@pytest.mark.parametrize("content", [b"", b"PK\x05\x06" + bytes(18), b"text"])
def test_another_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "annotations.npz"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="holds no annotations"):
        read_annotations(path)
