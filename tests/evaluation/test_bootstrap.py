from __future__ import annotations

import numpy as np
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


def test_equal_images_give_an_interval_of_no_width() -> None:
    equal = [counts(3, 1)] * 5
    for found in (mean_interval(equal), pooled_interval(equal)):
        assert (found.value, found.low, found.high) == (0.75, 0.75, 0.75)


def test_an_interval_contains_its_value_and_narrows_with_more_images() -> None:
    few = [counts(9, 1), counts(1, 9), counts(5, 5)]
    for score in (mean_interval, pooled_interval):
        wide, narrow = score(few), score(few * 20)
        assert wide.low < wide.value < wide.high
        assert narrow.value == pytest.approx(wide.value)
        assert narrow.high - narrow.low < 0.5 * (wide.high - wide.low)


def test_pooled_scores_weight_nuclei_and_mean_scores_weight_images() -> None:
    some = [counts(90, 10), counts(0, 1)]
    assert mean_interval(some).value == pytest.approx(0.45)
    assert pooled_interval(some).value == pytest.approx(pooled(some).mean_ap())


def test_images_without_nuclei_count_as_correct() -> None:
    assert pooled_interval([counts(0), counts(0)]).low == 1


def test_a_comparison_lists_the_images_that_differ() -> None:
    names = ["same", "little", "lost", "won"]
    one = [counts(5, 5), counts(50, 50), counts(2, 8), counts(9, 1)]
    other = [counts(5, 5), counts(51, 50), counts(6, 4), counts(4, 6)]
    found = compare_paired(names, one, other)
    assert found.better == ("won",)
    assert found.worse == ("lost",)
    assert found.difference.low < 0 < found.difference.high
    assert "better by over 0.02 in 1 image: won" in found.table()


def test_a_model_is_no_better_than_itself() -> None:
    some = [counts(5, 5), counts(2, 8)]
    found = compare_paired(["a", "b"], some, some)
    assert (found.difference.value, found.better, found.worse) == (0, (), ())


def test_counts_of_other_images_are_refused() -> None:
    with pytest.raises(ValueError, match="got 2, 1 and 2"):
        compare_paired(["a", "b"], [counts(1)], [counts(1), counts(2)])


def test_one_image_has_no_interval() -> None:
    for interval in (mean_interval, pooled_interval):
        found = interval([counts(3, 1)])
        assert (found.value, found.low, found.high) == (0.75, 0.75, 0.75)


def test_the_interval_is_that_of_resampled_means() -> None:
    rng = np.random.default_rng(0)
    images = [counts(int(n), 10 - int(n)) for n in rng.integers(0, 11, 30)]
    scores = np.array([image.scores().mean_ap() for image in images])
    means = scores[rng.integers(0, 30, (20_000, 30))].mean(axis=1)
    found = mean_interval(images)
    assert found.value == pytest.approx(scores.mean())
    assert [found.low, found.high] == pytest.approx(
        np.quantile(means, [0.025, 0.975]), abs=0.01
    )
    # All images have ten objects, so that pooling weights them equally.
    assert pooled_interval(images).low == pytest.approx(found.low, abs=0.01)
    assert pooled_interval(images).high == pytest.approx(found.high, abs=0.01)
