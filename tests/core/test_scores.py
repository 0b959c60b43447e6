from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import ndimage

from napari_nuclei.core.matching import count_image, count_objects
from napari_nuclei.core.scores import ObjectCounts, average_scores, pooled


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


def test_panoptic_quality_is_mean_iou_times_f1(rng: np.random.Generator) -> None:
    for counts in count_objects(patchwork(rng), patchwork(rng), (0.1, 0.3, 0.5)):
        scores = counts.scores()
        assert scores.pq == pytest.approx(scores.mean_iou * scores.f1)


def test_pooling_sums_counts_and_averaging_weighs_images_equally() -> None:
    many = count_image(row(*((n, 2) for n in range(1, 10))), row((0, 18)))
    one = count_image(row((1, 2), (0, 16)), row((1, 2), (0, 16)))
    assert pooled([many, one]).objects[0].ap == pytest.approx(0.1)
    assert pooled([many, one]).pixels.recall == pytest.approx(0.1)
    mean = average_scores([many, one])
    assert mean.objects[0].ap == mean.mean_ap() == mean.pixels.recall == 0.5


def test_pooled_and_mean_of_one_image_are_its_scores(rng: np.random.Generator) -> None:
    counts = count_image(patchwork(rng), patchwork(rng))
    assert pooled([counts]) == average_scores([counts]) == counts.scores()


def test_mean_ap_ends_at_the_highest_threshold() -> None:
    true, predicted = row((1, 10)), row((1, 9), (0, 1))
    scores = count_image(true, predicted).scores()
    assert scores.mean_ap(0.9) == 1
    assert scores.mean_ap(0.95) == pytest.approx(0.9)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        pytest.param(lambda: pooled([]), "at least one image", id="pooled of none"),
        pytest.param(
            lambda: average_scores([]), "at least one image", id="mean of none"
        ),
        pytest.param(
            lambda: ObjectCounts(0.5, 1, 0, 0, 1) + ObjectCounts(0.6, 1, 0, 0, 1),
            "different thresholds cannot be added; got 0.5 and 0.6",
            id="sum over thresholds",
        ),
    ],
)
def test_counts_that_cannot_be_summed_are_refused(call: Any, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        call()
