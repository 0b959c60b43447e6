from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from napari_nuclei.core.matching import (
    IOU_THRESHOLDS,
    choose_pairs,
    count_image,
    count_objects,
    count_pixels,
    find_overlaps,
    match_objects,
)
from napari_nuclei.core.scores import (
    ObjectCounts,
    PixelCounts,
    PixelScores,
)

EMPTY = np.zeros((4, 5), np.int32)


def row(*runs: tuple[int, int]) -> NDArray[np.int32]:
    """Return one row of labels from pairs of label and length."""
    labels = [label for label, length in runs for _ in range(length)]
    return np.array([labels], np.int32)


def patchwork(rng: np.random.Generator, side: int = 60) -> NDArray[np.int32]:
    """Return random labels that cover about half of the image."""
    blurred = ndimage.gaussian_filter(rng.random((side, side)), 2)
    labels, _ = ndimage.label(blurred > np.median(blurred))
    cells = np.add.outer(np.arange(side) // 9 * 100, np.arange(side) // 9)
    split = np.where(labels > 0, labels + 1000 * cells, 0)
    _, numbers = np.unique(split, return_inverse=True)
    return numbers.reshape(side, side).astype(np.int32)


@pytest.mark.parametrize(
    ("true", "predicted", "expected"),
    [
        pytest.param(
            [1, 1, 1, 0], [1, 1, 0, 0], (0.75, 1, 2 / 3, 2 / 3, 0.8), id="part"
        ),
        pytest.param([1, 1, 0, 0], [0, 0, 1, 1], (0, 0, 0, 0, 0), id="opposite"),
        pytest.param([1, 0, 0, 1], [1, 0, 0, 1], (1, 1, 1, 1, 1), id="same"),
        pytest.param([0, 0, 0, 0], [0, 0, 0, 0], (1, 1, 1, 1, 1), id="both empty"),
        pytest.param([0, 0, 0, 0], [1, 0, 0, 0], (0.75, 0, 0, 0, 0), id="none true"),
        pytest.param([1, 0, 0, 0], [0, 0, 0, 0], (0.75, 0, 0, 0, 0), id="none found"),
    ],
)
def test_pixel_scores_match_values_computed_by_hand(
    true: list[int], predicted: list[int], expected: tuple[float, ...]
) -> None:
    scores = count_pixels(np.array(true), np.array(predicted)).scores()
    assert scores == pytest.approx(PixelScores(*expected))


def test_pixels_of_masks_and_of_labels_count_alike(rng: np.random.Generator) -> None:
    true, predicted = patchwork(rng), patchwork(rng)
    assert count_pixels(true, predicted) == count_pixels(true > 0, predicted > 0)


def test_object_counts_match_values_computed_by_hand() -> None:
    true = row((0, 2), (5, 10), (0, 2), (9, 10), (0, 1), (2, 4), (0, 11))
    predicted = row((0, 2), (1, 8), (0, 4), (2, 10), (0, 5), (3, 4), (0, 7))
    counts = count_objects(true, predicted, (0.5, 0.8, 0.85))
    assert counts == (
        ObjectCounts(0.5, 2, 1, 1, pytest.approx(1.8)),
        ObjectCounts(0.8, 2, 1, 1, pytest.approx(1.8)),
        ObjectCounts(0.85, 1, 2, 2, pytest.approx(1.0)),
    )
    scores = counts[0].scores()
    assert scores.ap == 0.5
    assert scores.precision == scores.recall == scores.f1 == pytest.approx(2 / 3)
    assert scores.mean_iou == pytest.approx(0.9)
    assert scores.pq == pytest.approx(0.6)


def test_one_prediction_over_two_nuclei_finds_at_most_one() -> None:
    true, predicted = row((1, 6), (2, 4)), row((7, 10))
    (counts,) = count_objects(true, predicted, [0.4])
    assert counts == ObjectCounts(0.4, 1, 0, 1, pytest.approx(0.6))


def test_two_halves_of_a_nucleus_find_it_once() -> None:
    true, predicted = row((1, 10)), row((1, 5), (2, 5))
    (counts,) = count_objects(true, predicted, [0.5])
    assert counts == ObjectCounts(0.5, 1, 1, 0, pytest.approx(0.5))


def test_more_pairs_are_preferred_to_one_better_pair() -> None:
    true = row((1, 6), (2, 6), (0, 8))
    predicted = row((3, 3), (4, 7), (0, 10))
    overlaps = find_overlaps(true, predicted)
    matched = match_objects(overlaps, 0.25)
    pairs = list(zip(overlaps.true[matched], overlaps.predicted[matched], strict=True))
    assert pairs == [(1, 3), (2, 4)]


def test_matches_are_one_to_one_and_reach_the_threshold(
    rng: np.random.Generator,
) -> None:
    overlaps = find_overlaps(patchwork(rng), patchwork(rng))
    for threshold in (0.01, 0.1, 0.2, 0.5):
        matched = match_objects(overlaps, threshold)
        assert (overlaps.iou[matched] >= threshold).all()
        for side in (overlaps.true, overlaps.predicted):
            assert len(np.unique(side[matched])) == len(matched)


@pytest.mark.parametrize("threshold", [0.02, 0.1, 0.3, 0.5])
def test_matching_is_the_best_assignment_of_the_whole_table(
    threshold: float, rng: np.random.Generator
) -> None:
    from scipy.optimize import linear_sum_assignment

    overlaps = find_overlaps(patchwork(rng), patchwork(rng))
    _, rows = np.unique(overlaps.true, return_inverse=True)
    _, columns = np.unique(overlaps.predicted, return_inverse=True)
    iou = np.zeros((rows.max() + 1, columns.max() + 1))
    iou[rows, columns] = overlaps.iou
    gain = np.where(iou >= threshold, 1 + iou / 1000, 0)
    best = gain[linear_sum_assignment(gain, maximize=True)]
    matched = match_objects(overlaps, threshold)
    assert len(matched) == np.count_nonzero(best)
    assert (1 + overlaps.iou[matched] / 1000).sum() == pytest.approx(best.sum())


def test_counts_do_not_depend_on_the_numbers_of_labels(
    rng: np.random.Generator,
) -> None:
    true, predicted = patchwork(rng), patchwork(rng)
    numbers = np.arange(int(true.max()) + 1)
    numbers[1:] = rng.permutation(numbers[1:]) * 7 + 100_000
    thresholds = (0.05, 0.2, 0.5)
    for plain, renumbered in zip(
        count_objects(true, predicted, thresholds),
        count_objects(numbers[true], predicted.astype(np.uint16) * 3, thresholds),
        strict=True,
    ):
        assert plain == renumbered


def test_swapping_truth_and_prediction_swaps_invented_and_missed(
    rng: np.random.Generator,
) -> None:
    true, predicted = patchwork(rng), patchwork(rng)
    (there,) = count_objects(true, predicted, [0.1])
    (back,) = count_objects(predicted, true, [0.1])
    assert (there.tp, there.fp, there.fn) == (back.tp, back.fn, back.fp)
    assert there.iou_sum == pytest.approx(back.iou_sum)


def test_a_perfect_segmentation_scores_1_at_every_threshold(
    rng: np.random.Generator,
) -> None:
    labels = patchwork(rng)
    scores = count_image(labels, labels).scores()
    assert [x.threshold for x in scores.objects] == list(IOU_THRESHOLDS)
    assert all(x.ap == x.f1 == x.pq == 1 for x in scores.objects)
    assert scores.mean_ap() == scores.pixels.dice == 1


def test_an_image_without_nuclei_scores_1_if_none_is_predicted() -> None:
    scores = count_image(EMPTY, EMPTY).scores()
    assert scores.mean_ap() == 1
    assert scores.objects[0].pq == scores.objects[0].mean_iou == 1


@pytest.mark.parametrize("swap", [False, True], ids=["invented", "missed"])
def test_an_image_scores_0_if_only_truth_or_prediction_is_empty(swap: bool) -> None:
    one = EMPTY.copy()
    one[1:3, 1:3] = 4
    scores = count_image(*((one, EMPTY) if swap else (EMPTY, one))).scores()
    assert scores.mean_ap() == scores.objects[0].f1 == scores.objects[0].pq == 0
    assert scores.pixels.dice == scores.pixels.precision == scores.pixels.recall == 0


def test_an_image_full_of_one_nucleus_has_no_background_to_count() -> None:
    full = np.full((3, 3), 6)
    (counts,) = count_objects(full, full, [0.5])
    assert (counts.tp, counts.fp, counts.fn) == (1, 0, 0)


def test_arrays_without_pixels_are_empty_masks() -> None:
    nothing = np.zeros((0, 5), np.int32)
    scores = count_image(nothing, nothing).scores()
    assert scores.mean_ap() == scores.pixels.accuracy == 1


def test_the_foreground_may_differ_from_the_labels() -> None:
    true = row((1, 4), (0, 4))
    counts = count_image(true, row((0, 8)), true > 0)
    assert counts.objects[0].fn == 1
    assert counts.pixels == PixelCounts(4, 0, 0, 4)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        pytest.param(
            lambda: count_pixels(EMPTY, EMPTY[1:]),
            r"same shape; got \(4, 5\) and \(3, 5\)",
            id="shapes of masks",
        ),
        pytest.param(
            lambda: count_objects(EMPTY, EMPTY[1:]),
            r"same shape; got \(4, 5\) and \(3, 5\)",
            id="shapes of labels",
        ),
        pytest.param(
            lambda: count_objects(EMPTY, EMPTY - 1),
            "predicted labels must not be negative; got -1",
            id="negative label",
        ),
        pytest.param(
            lambda: count_objects(EMPTY, EMPTY, [0.0]),
            "threshold must be above 0 and at most 1; got 0.0",
            id="threshold of 0",
        ),
    ],
)
def test_bad_input_is_explained(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()


@pytest.mark.stardist
@pytest.mark.parametrize("threshold", [0.1, 0.3, *IOU_THRESHOLDS])
def test_counts_and_scores_agree_with_stardist(
    threshold: float, rng: np.random.Generator
) -> None:
    matching = pytest.importorskip("stardist.matching")
    true = patchwork(rng)
    for shift in (0, 1, 2, 5):
        predicted = np.roll(true, shift, axis=1)
        expected = matching.matching(true, predicted, thresh=threshold)
        (counts,) = count_objects(true, predicted, [threshold])
        assert (counts.tp, counts.fp, counts.fn) == (
            expected.tp,
            expected.fp,
            expected.fn,
        )
        scores = counts.scores()
        assert scores.ap == pytest.approx(expected.accuracy)
        assert scores.f1 == pytest.approx(expected.f1)
        if threshold >= 0.5:
            assert scores.mean_iou == pytest.approx(expected.mean_matched_score)
            assert scores.pq == pytest.approx(expected.panoptic_quality)


def test_overlaps_have_iou_and_share_of_the_smaller_object() -> None:
    true, predicted = np.array([[4, 4, 4, 0, 9, 9]]), np.array([[0, 2, 2, 2, 2, 0]])
    overlaps = find_overlaps(true, predicted)
    assert (overlaps.n_true, overlaps.n_predicted) == (2, 1)
    assert overlaps.true.tolist() == [4, 9]
    assert overlaps.predicted.tolist() == [2, 2]
    assert overlaps.iou.tolist() == [2 / 5, 1 / 5]
    assert overlaps.share.tolist() == [2 / 3, 1 / 2]


def test_no_pairs_give_no_choice() -> None:
    nothing = np.zeros(0, int)
    assert choose_pairs(nothing, nothing, np.zeros(0)).tolist() == []
