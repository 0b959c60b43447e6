from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.core.segmentation import (
    Segmentation,
    label_offsets,
    offset_labels,
)


@pytest.mark.parametrize(
    ("counts", "offsets"), [([], []), ([4], [0]), ([2, 0, 3, 1], [0, 2, 2, 5])]
)
def test_offsets_number_the_nuclei_of_a_stack_without_gaps(
    counts: list[int], offsets: list[int]
) -> None:
    assert label_offsets(counts, "stack") == offsets
    numbers = [
        offset + number
        for offset, count in zip(offsets, counts, strict=True)
        for number in range(1, count + 1)
    ]
    assert numbers == list(range(1, sum(counts) + 1))
    assert label_offsets(iter(counts), "plane") == [0] * len(counts)


def test_an_offset_changes_neither_background_nor_input() -> None:
    labels = np.array([[0, 1], [2, 0]], np.int32)
    shifted = offset_labels(labels, 70_000)
    assert shifted.tolist() == [[0, 70_001], [70_002, 0]]
    assert shifted.dtype == np.int32
    assert labels.max() == 2
    assert offset_labels(labels, 0) is labels


def test_a_segmentation_is_shown_as_a_small_picture_with_its_count() -> None:
    labels = np.zeros((30, 40), np.int32)
    labels[5:15, 5:15] = 1
    found = Segmentation(labels, labels.astype(np.float32), 1, 11.28, 1.0, 0.1)
    html = found._repr_html_()
    assert html.startswith("<img ")
    assert html.endswith(repr(found)[1:-1])
