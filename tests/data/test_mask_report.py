from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from napari_nuclei.core.errors import ImageWarning
from napari_nuclei.data.datasets import Sample
from napari_nuclei.data.mask_report import describe_masks, warn_about_masks
from napari_nuclei.data.masks import BINARY, CLASSES, LABELS, SOFT, convert_mask


@pytest.fixture
def make(discs) -> Any:
    def sample(circles: list[tuple[int, int, int]], kind: str = BINARY) -> Sample:
        labels = discs((80, 120), circles)
        if kind != LABELS:
            labels = convert_mask(labels > 0).labels
        return Sample("a", labels, labels, mask_kind=kind)

    return sample


ALONE = [(20, 20, 9), (60, 90, 10)]
TOUCHING = [(30, 30, 12), (30, 52, 12), (65, 100, 9)]


def test_nuclei_that_touch_in_a_binary_mask_are_estimated(make: Any) -> None:
    assert describe_masks([make(ALONE), make(TOUCHING)]) == [
        "All 2 masks are binary: 4 nuclei by connected parts; touching ones count as "
        "one (1 part looks like about 2 touching nuclei)"
    ]


def test_instance_labels_need_no_sentence(make: Any) -> None:
    assert describe_masks([make(TOUCHING, LABELS)]) == []
    assert describe_masks([]) == []


def test_labels_with_a_single_nucleus_are_not_called_binary(make: Any) -> None:
    single = make(ALONE[:1])
    assert describe_masks([make(TOUCHING, LABELS), single]) == []
    assert describe_masks([single])[0].startswith("The mask is binary: 1 nucleus")


def test_each_kind_of_masks_has_a_sentence(make: Any) -> None:
    samples = [make(ALONE), make(ALONE, SOFT), make(ALONE, LABELS)]
    first, second = describe_masks(samples)
    assert first.startswith("1 of 3 masks is binary: 2 nuclei")
    assert second.startswith("1 of 3 masks is cut at half of their largest value")


def test_an_inverted_mask_is_said(make: Any) -> None:
    mask = make(ALONE).labels == 0
    sample = Sample("a", mask * 1, convert_mask(mask).labels, mask_kind=BINARY)
    assert "invert the masks" in describe_masks([sample])[1]


def test_warnings_are_those_sentences(make: Any) -> None:
    with pytest.warns(ImageWarning, match="touching ones count as one"):
        warn_about_masks([make(ALONE)])
    assert np.all(make(ALONE).labels >= 0)


def test_masks_of_classes_are_said(discs) -> None:
    nuclei = discs((60, 150), [(15 + 30 * (n % 2), 15 + 20 * n, 8) for n in range(7)])
    mask = convert_mask(np.where(nuclei > 0, 1 + nuclei % 2, 0))
    assert mask.kind == CLASSES
    sample = Sample("a", nuclei, mask.labels, mask_kind=mask.kind)
    assert describe_masks([sample]) == [
        "The mask is read as classes, since a few numbers have many parts each: 7 "
        "nuclei by connected parts; touching ones count as one"
    ]
