"""Compute scores from counts of correct and wrong pixels and objects.

Counts of several images can be added (`pooled`), and scores averaged
(`average_scores`). A ratio 0/0 is 1 if truth and prediction are both empty, and 0
otherwise.

References
----------
Caicedo et al., "Nucleus segmentation across imaging experiments: the 2018 Data
Science Bowl", 2019, https://doi.org/10.1038/s41592-019-0612-7 (average precision)
Kirillov et al., "Panoptic Segmentation", 2019, https://arxiv.org/abs/1801.00868
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass

import numpy as np


def safe_ratio(part: float, whole: float, if_empty: bool) -> float:
    """Return part / whole; for 0/0 return 1 if `if_empty` is true, otherwise 0."""
    return part / whole if whole else float(if_empty)


@dataclass(frozen=True, slots=True)
class PixelScores:
    """The scores of a foreground mask, 0 to 1."""

    accuracy: float
    precision: float
    recall: float
    iou: float
    dice: float


@dataclass(frozen=True, slots=True)
class ObjectScores:
    """The scores of objects, 0 to 1, at one IoU threshold.

    Attributes
    ----------
    threshold : float
        Lowest IoU at which an object counts as found.
    ap : float
        Average precision of the Data Science Bowl: TP / (TP + FP + FN).
    precision, recall, f1 : float
    mean_iou : float
        Mean IoU of the matched pairs (segmentation quality).
    pq : float
        Panoptic quality: `mean_iou` times `f1`.
    """

    threshold: float
    ap: float
    precision: float
    recall: float
    f1: float
    mean_iou: float
    pq: float


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of one image or of a set of images."""

    pixels: PixelScores
    objects: tuple[ObjectScores, ...]

    def mean_ap(self, highest: float = 0.95) -> float:
        """Return the mean AP over the thresholds up to `highest`."""
        return float(np.mean([x.ap for x in self.objects if x.threshold <= highest]))


@dataclass(frozen=True, slots=True)
class PixelCounts:
    """Count pixels: true (t) or false (f), foreground (p) or background (n)."""

    tp: int
    fp: int
    fn: int
    tn: int

    def __add__(self, other: PixelCounts) -> PixelCounts:
        pairs = zip(astuple(self), astuple(other), strict=True)
        return PixelCounts(*(a + b for a, b in pairs))

    def scores(self) -> PixelScores:
        """Return the scores; all are 1 if both masks are empty."""
        wrong = self.fp + self.fn
        right, total = self.tp + self.tn, self.tp + self.tn + wrong
        empty = self.tp + wrong == 0
        return PixelScores(
            safe_ratio(right, total, True),
            safe_ratio(self.tp, self.tp + self.fp, empty),
            safe_ratio(self.tp, self.tp + self.fn, empty),
            safe_ratio(self.tp, self.tp + wrong, empty),
            safe_ratio(2 * self.tp, 2 * self.tp + wrong, empty),
        )


@dataclass(frozen=True, slots=True)
class ObjectCounts:
    """Count objects found (tp), invented (fp) and missed (fn) at an IoU threshold.

    `iou_sum` is the sum of the IoU of all matched pairs.
    """

    threshold: float
    tp: int
    fp: int
    fn: int
    iou_sum: float

    def __add__(self, other: ObjectCounts) -> ObjectCounts:
        if self.threshold != other.threshold:
            raise ValueError(
                "counts at different thresholds cannot be added; got "
                f"{self.threshold} and {other.threshold}"
            )
        mine, others = astuple(self)[1:], astuple(other)[1:]
        sums = (a + b for a, b in zip(mine, others, strict=True))
        return ObjectCounts(self.threshold, *sums)

    def scores(self) -> ObjectScores:
        """Return the scores; all are 1 if there are no objects."""
        wrong = self.fp + self.fn
        empty = self.tp + wrong == 0
        return ObjectScores(
            threshold=self.threshold,
            ap=safe_ratio(self.tp, self.tp + wrong, empty),
            precision=safe_ratio(self.tp, self.tp + self.fp, empty),
            recall=safe_ratio(self.tp, self.tp + self.fn, empty),
            f1=safe_ratio(2 * self.tp, 2 * self.tp + wrong, empty),
            mean_iou=safe_ratio(self.iou_sum, self.tp, empty),
            pq=safe_ratio(self.iou_sum, self.tp + wrong / 2, empty),
        )


@dataclass(frozen=True, slots=True)
class ImageCounts:
    """The counts of one image, or their sums over several images."""

    pixels: PixelCounts
    objects: tuple[ObjectCounts, ...]

    def __add__(self, other: ImageCounts) -> ImageCounts:
        pairs = zip(self.objects, other.objects, strict=True)
        return ImageCounts(self.pixels + other.pixels, tuple(a + b for a, b in pairs))

    def scores(self) -> Scores:
        """Return the scores of these counts."""
        objects = tuple(counts.scores() for counts in self.objects)
        return Scores(self.pixels.scores(), objects)


def check_not_empty(counts: Sequence[ImageCounts]) -> None:
    """Raise ValueError if there is no image."""
    if not counts:
        raise ValueError("counts must have at least one image; got none")


def pooled(counts: Sequence[ImageCounts]) -> Scores:
    """Return the scores of the summed counts: each object has the same weight."""
    check_not_empty(counts)
    return sum(counts[1:], start=counts[0]).scores()


def average_scores(counts: Sequence[ImageCounts]) -> Scores:
    """Return the mean of the images' scores: each image has the same weight.

    An image without true and predicted objects has the score 1.
    """
    check_not_empty(counts)
    scores = [image.scores() for image in counts]
    pixels = np.mean([astuple(x.pixels) for x in scores], axis=0)
    objects = np.mean([[astuple(y) for y in x.objects] for x in scores], axis=0)
    return Scores(
        PixelScores(*pixels.tolist()),
        tuple(
            ObjectScores(counts.threshold, *row[1:].tolist())
            for counts, row in zip(counts[0].objects, objects, strict=True)
        ),
    )
