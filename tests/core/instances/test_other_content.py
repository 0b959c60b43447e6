from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.instances.other_content import describe_other_content
from napari_nuclei.core.synthetic import synthetic_nuclei

IMAGE, LABELS = synthetic_nuclei((200, 200), seed=3)


@pytest.mark.parametrize("value", [1, 255])
def test_a_mask_is_no_labels(value: int) -> None:
    text = describe_other_content((LABELS > 0) * value)
    assert text is not None
    assert text.startswith(f"Their only number, {value}, has")


def test_an_image_is_no_labels() -> None:
    text = describe_other_content(IMAGE)
    assert text is not None
    assert "scattered over" in text


@pytest.mark.parametrize(
    "labels",
    [
        LABELS,
        LABELS.astype(np.int64) * 2**33,
        LABELS * 0,
        LABELS == 1,
        np.stack([LABELS, LABELS]),
        np.eye(40, dtype=int) * np.arange(1, 41),
        np.arange(1, 4097).reshape(64, 64),
        np.zeros((0, 4), int),
    ],
    ids=["labels", "high", "empty", "one", "stack", "pixels", "distinct", "no pixels"],
)
def test_labels_are_taken_for_labels(labels: np.ndarray) -> None:
    assert describe_other_content(labels) is None
