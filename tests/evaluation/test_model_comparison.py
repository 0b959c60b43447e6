from __future__ import annotations

import numpy as np
import pytest

from napari_nuclei.data.datasets import Sample
from napari_nuclei.evaluation.model_comparison import (
    ModelComparison,
    draw_comparison,
    most_annotated,
    read_comparison,
)
from napari_nuclei.evaluation.titled_pictures import GAP, STRIP


@pytest.mark.parametrize(
    ("corrected", "added", "is_better", "is_worse"),
    [
        (11, 2, True, False),
        (4, 4, False, False),
        (0, 0, False, False),
        (2, 11, False, True),
    ],
    ids=["better", "tie", "same", "worse"],
)
def test_a_tie_is_neither_better_nor_worse(
    corrected, added, is_better, is_worse
) -> None:
    comparison = ModelComparison(
        90, 0.7, "nuclei", 0.7, corrected=corrected, added=added
    )
    assert (comparison.is_better, comparison.is_worse) == (is_better, is_worse)
    assert read_comparison({"held_out": comparison.as_dict()}) == comparison
    assert read_comparison({}) is None


def test_without_a_base_nothing_is_compared() -> None:
    comparison = ModelComparison(1, 0.5)
    assert comparison.is_better
    assert not comparison.is_worse
    assert (
        comparison.summary_line("mine")
        == "Tested on 1 held-out nucleus: F1 0.50 (mine)."
    )


@pytest.mark.parametrize(
    ("nuclei", "corrected", "added", "end"),
    [
        (3, 3, 0, "Too few to decide; annotate more nuclei."),
        (3, 0, 0, "Too few to decide; annotate more nuclei."),
        (
            48,
            11,
            2,
            "mine is better: it corrects 11 errors of nuclei and makes 2 new ones "
            "(p = 0.02).",
        ),
        (
            90,
            4,
            4,
            "No clear difference: mine corrects 4 errors of nuclei and makes 4 new "
            "ones.",
        ),
    ],
    ids=["three", "tie of three", "better", "tie"],
)
def test_the_summary_says_which_model_is_better(nuclei, corrected, added, end) -> None:
    comparison = ModelComparison(
        nuclei, 0.76, "nuclei", 0.58, corrected=corrected, added=added
    )
    assert comparison.summary_line("mine") == (
        f"Tested on {nuclei} held-out nuclei: F1 0.58 (nuclei), 0.76 (mine). {end}"
    )


def test_a_comparison_in_an_older_card_is_read() -> None:
    old = {"nuclei": 9, "f1": 0.8, "base": None, "base_f1": None}
    assert read_comparison({"held_out": old}) == ModelComparison(9, 0.8)
    scored = {**old, "base": "nuclei", "base_f1": 0.7, "of_a_later_version": 1}
    comparison = read_comparison({"held_out": scored})
    assert comparison is not None
    assert not comparison.is_better
    assert (
        comparison.summary_line("mine")
        == "Tested on 9 held-out nuclei: F1 0.70 (nuclei), 0.80 (mine)."
    )


def test_predictions_are_drawn_side_by_side(discs) -> None:
    labels = discs((90, 120), [(30, 40, 9), (60, 80, 9)])
    sample = Sample("made", np.zeros(labels.shape, np.uint8), labels)
    titles = ("nuclei", "mine")
    picture = draw_comparison(sample, np.zeros_like(labels), labels, titles)
    width = 2 * (40 + 18 + 1 + 32)  # enlarged twice
    assert picture.shape[1] == 2 * width + GAP
    assert (picture[:STRIP, :width] < 128).any()  # the titles
    assert (picture[:STRIP, -width:] < 128).any()
    left, right = picture[STRIP:, :width], picture[STRIP:, -width:]
    assert (left == 255).all(axis=-1).any()
    assert not (right == 255).all(axis=-1).any()
    assert (
        most_annotated([Sample("none", labels.astype("u1"), 0 * labels), sample]) == 1
    )
