from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from napari_nuclei.evaluation.nucleus_comparison import (
    Conclusion,
    NucleusComparison,
    compare_nuclei,
    count_shared,
)
from napari_nuclei.evaluation.nucleus_outcomes import NucleusOutcomes, nucleus_outcomes


@pytest.mark.parametrize(
    ("corrected", "added", "p"),
    [
        # 2 (C(13, 0) + C(13, 1) + C(13, 2)) / 2^13 = 184 / 8192
        (11, 2, 184 / 8192),
        (2, 11, 184 / 8192),
        (6, 0, 2 / 2**6),
        (5, 0, 2 / 2**5),
        (3, 3, 1.0),
        (0, 0, 1.0),
    ],
)
def test_the_p_value_is_that_of_the_exact_binomial_test(corrected, added, p) -> None:
    assert NucleusComparison(48, corrected, added).p_value == pytest.approx(p)
    if corrected + added:
        assert p == pytest.approx(stats.binomtest(corrected, corrected + added).pvalue)


@pytest.mark.parametrize(
    ("nuclei", "corrected", "added", "conclusion"),
    [
        # F1 .58 and .76 on 48 nuclei: 28 and 37 of them are found.
        (48, 11, 2, Conclusion.BETTER),
        (48, 2, 11, Conclusion.WORSE),
        (48, 6, 1, Conclusion.PROBABLY_BETTER),  # p = 16 / 128
        (48, 1, 6, Conclusion.PROBABLY_WORSE),
        (48, 3, 1, Conclusion.UNDECIDED),  # p = 10 / 16
        (48, 2, 2, Conclusion.UNDECIDED),
        (90, 2, 2, Conclusion.EQUAL),
        (90, 0, 0, Conclusion.EQUAL),
        (600, 33, 30, Conclusion.EQUAL),
        (3, 0, 0, Conclusion.UNDECIDED),
        (3, 3, 0, Conclusion.UNDECIDED),
        (
            3,
            9,
            0,
            Conclusion.UNDECIDED,
        ),  # false detections of three nuclei do not decide
        (6, 6, 0, Conclusion.BETTER),
    ],
)
def test_better_is_better_and_a_tie_is_a_tie(
    nuclei, corrected, added, conclusion
) -> None:
    assert NucleusComparison(nuclei, corrected, added).conclusion is conclusion


@pytest.mark.parametrize(
    ("comparison", "sentence"),
    [
        (
            NucleusComparison(48, 20, 1),
            "mine is clearly better: it corrects 20 errors of nuclei and makes 1 new "
            "one (p < 0.001).",
        ),
        (
            NucleusComparison(48, 6, 1),
            "mine is probably better: it corrects 6 errors of nuclei and makes 1 new "
            "one (p = 0.12).",
        ),
        (
            NucleusComparison(48, 0, 8),
            "mine is clearly worse: it corrects no errors of nuclei and makes 8 new "
            "ones (p = 0.008).",
        ),
        (
            NucleusComparison(90, 0, 0),
            "No difference: mine and nuclei make the same errors.",
        ),
        (NucleusComparison(3, 3, 0), "Too few nuclei to decide."),
    ],
    ids=["clearly", "probably", "worse", "same", "few"],
)
def test_the_sentence_says_how_sure_the_result_is(comparison, sentence) -> None:
    assert comparison.sentence("mine", "nuclei") == sentence


def test_errors_of_one_model_alone_are_counted_image_by_image() -> None:
    true = np.repeat([1, 0, 2, 0, 3, 0, 0, 0, 0, 0], 4)
    base = np.repeat([1, 0, 0, 0, 0, 0, 6, 0, 7, 0], 4)
    new = np.repeat([0, 0, 2, 0, 3, 0, 9, 0, 0, 8], 4)
    # New finds 2 and 3 and makes no detection at 8; it misses 1 and adds one at 9.
    # The false detection at 6 is made by both.
    once = compare_nuclei([nucleus_outcomes(true, new)], [nucleus_outcomes(true, base)])
    assert once == NucleusComparison(3, corrected=3, added=2)
    twice = compare_nuclei(
        [nucleus_outcomes(true, new)] * 2, [nucleus_outcomes(true, base)] * 2
    )
    assert twice == NucleusComparison(6, 6, 4)


def test_swapped_models_swap_the_counts(discs) -> None:
    true = discs((90, 120), [(20, 20, 9), (60, 80, 9), (20, 80, 9)])
    first = nucleus_outcomes(true, np.where(true == 1, 1, 0))
    second = nucleus_outcomes(true, np.roll(true, 30, axis=0))
    forth, back = compare_nuclei([first], [second]), compare_nuclei([second], [first])
    assert (forth.corrected, forth.added) == (back.added, back.corrected) == (4, 0)


def test_false_detections_at_the_same_spot_are_shared() -> None:
    a, b, c = np.arange(0, 9), np.arange(2, 11), np.arange(20, 29)
    assert count_shared([a, c], [b]) == 1
    assert count_shared([a], [c]) == 0
    assert count_shared([a], []) == 0


def test_outcomes_of_other_images_are_refused() -> None:
    one = NucleusOutcomes(np.array([True]), ())
    two = NucleusOutcomes(np.array([True, False]), ())
    with pytest.raises(ValueError, match="the same annotated nuclei; got 1 and 2"):
        compare_nuclei([one], [two])
