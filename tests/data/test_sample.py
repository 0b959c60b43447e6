from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from napari_nuclei.data.sample import Dataset, Sample


def make(name: str, split: str = "") -> Sample:
    return Sample(name, np.zeros((4, 5)), np.zeros((4, 5), np.int32), split=split)


def test_a_data_set_is_the_sequence_of_its_parts() -> None:
    one, two, three = (make(name) for name in ("train", "val", "test"))
    data = Dataset((one,), (two,), (three,))
    assert isinstance(data, Sequence)
    assert [sample.name for sample in data] == ["train", "val", "test"]
    assert data[1] is two and data[-1] is three
    assert [x.name for x in data[1:]] == ["val", "test"]
    assert (len(data), len(Dataset(()))) == (3, 0)
    assert repr(data) == "Dataset of 3 images: 1 train, 1 val, 1 test"


def test_shapes_must_agree() -> None:
    labels = np.zeros((4, 5), np.int32)
    with pytest.raises(ValueError, match=r"a: The mask must have .*\(4, 6\); got"):
        Sample("a", np.zeros((4, 6)), labels)
    with pytest.raises(ValueError, match="a: The annotated mask must have the shape"):
        Sample("a", np.zeros((4, 5)), labels, np.zeros((5, 4), bool))
