from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.data.datasets import Sample
from napari_nuclei.evaluation.model_comparison import (
    PANEL_GAP,
    ModelComparison,
    draw_comparison,
    most_annotated,
    read_comparison,
)


@pytest.mark.parametrize(
    ("f1", "is_not_worse"), [(0.9, True), (0.71, True), (0.7, False)], ids=str
)
def test_a_model_is_worse_only_with_a_lower_f1(f1: float, is_not_worse: bool) -> None:
    comparison = ModelComparison(9, f1, "nuclei", 0.71)
    assert comparison.is_not_worse == is_not_worse
    assert read_comparison({"held_out": comparison.as_dict()}) == comparison
    assert read_comparison({}) is None


def test_without_a_base_nothing_is_compared() -> None:
    assert (
        ModelComparison(1, 0.5).summary_line("mine")
        == "Tested on 1 held-out nucleus: F1 0.50 (mine)."
    )


@pytest.mark.parametrize(
    ("nuclei", "f1", "is_conclusive"),
    [(3, 1.0, False), (20, 0.9, True), (20, 0.5, False), (200, 0.5, True)],
    ids=["three", "very different", "similar", "many"],
)
def test_too_few_nuclei_are_reported(nuclei, f1, is_conclusive) -> None:
    comparison = ModelComparison(nuclei, f1, "nuclei", 0.45)
    assert comparison.is_conclusive == is_conclusive
    message = " Too few to decide; paint more."
    assert comparison.summary_line("mine").endswith(message) != is_conclusive


def test_a_comparison_in_an_older_card_is_read() -> None:
    old = {"nuclei": 9, "f1": 0.8, "base": None, "base_f1": None}
    assert read_comparison({"held_out": old}) == ModelComparison(9, 0.8)


def test_predictions_are_drawn_side_by_side(discs) -> None:
    labels = discs((90, 120), [(30, 40, 9), (60, 80, 9)])
    sample = Sample("made", np.zeros(labels.shape, np.uint8), labels)
    picture = draw_comparison(sample, np.zeros_like(labels), labels)
    assert picture.shape[1] == 2 * (40 + 18 + 1 + 32) + PANEL_GAP
    left, right = picture[:, : (picture.shape[1] - PANEL_GAP) // 2], picture[:, -91:]
    assert (left == 255).all(axis=-1).any()
    assert not (right == 255).all(axis=-1).any()
    assert (
        most_annotated([Sample("none", labels.astype("u1"), 0 * labels), sample]) == 1
    )
