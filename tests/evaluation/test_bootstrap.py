from __future__ import annotations

import pytest

from napari_nuclei.core.matching import IOU_THRESHOLDS
from napari_nuclei.core.scores import ImageCounts, ObjectCounts, PixelCounts, pooled
from napari_nuclei.evaluation.bootstrap import (
    compare_paired,
    mean_interval,
    pooled_interval,
)


def counts(tp: int, fp: int = 0, fn: int = 0) -> ImageCounts:
    objects = tuple(ObjectCounts(x, tp, fp, fn, float(tp)) for x in IOU_THRESHOLDS)
    return ImageCounts(PixelCounts(tp, fp, fn, 100), objects)


def test_images_that_are_all_alike_leave_no_doubt() -> None:
    alike = [counts(3, 1)] * 5
    for found in (mean_interval(alike), pooled_interval(alike)):
        assert (found.value, found.low, found.high) == (0.75, 0.75, 0.75)


def test_an_interval_holds_its_value_and_narrows_with_more_images() -> None:
    few = [counts(9, 1), counts(1, 9), counts(5, 5)]
    for score in (mean_interval, pooled_interval):
        wide, narrow = score(few), score(few * 20)
        assert wide.low < wide.value < wide.high
        assert narrow.value == pytest.approx(wide.value)
        assert narrow.high - narrow.low < 0.5 * (wide.high - wide.low)


def test_pooled_counts_weigh_nuclei_and_means_weigh_images() -> None:
    some = [counts(90, 10), counts(0, 1)]
    assert mean_interval(some).value == pytest.approx(0.45)
    assert pooled_interval(some).value == pytest.approx(pooled(some).mean_ap())


def test_images_without_nuclei_count_as_right() -> None:
    assert pooled_interval([counts(0), counts(0)]).low == 1


def test_a_comparison_names_the_images_that_differ() -> None:
    names = ["same", "little", "lost", "won"]
    one = [counts(5, 5), counts(50, 50), counts(2, 8), counts(9, 1)]
    other = [counts(5, 5), counts(51, 50), counts(6, 4), counts(4, 6)]
    found = compare_paired(names, one, other)
    assert found.better == ("won",)
    assert found.worse == ("lost",)
    assert found.difference.low < 0 < found.difference.high
    assert "better by over 0.02 in 1 images: won" in found.table()


def test_a_model_is_no_better_than_itself() -> None:
    some = [counts(5, 5), counts(2, 8)]
    found = compare_paired(["a", "b"], some, some)
    assert (found.difference.value, found.better, found.worse) == (0, (), ())


def test_sets_of_other_images_are_refused() -> None:
    with pytest.raises(ValueError, match="got 2, 1 and 2"):
        compare_paired(["a", "b"], [counts(1)], [counts(1), counts(2)])
