"""How far scores could have come out otherwise, had other images been drawn.

Images are drawn again with replacement (the bootstrap of Efron, 1979,
https://doi.org/10.1214/aos/1176344552): nuclei of one image are alike, so the image is
what counts as one observation.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.scores import ImageCounts, pooled

RESAMPLES = 2000
CONFIDENCE_LEVEL = 0.95
"""Share of the resamples that lies in an interval."""

MIN_AP_DIFFERENCE = 0.02
"""Least difference of the mean AP for which an image is named."""

MAX_NAMES = 5
"""Images that are named on a line."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A score with the range that 95 % of the resamples fall in."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4f} ({self.low:.4f} to {self.high:.4f})"


@dataclass(frozen=True, slots=True)
class PairedComparison:
    """How a model does against another on the same images.

    Attributes
    ----------
    difference : Interval
        Of the mean over images of the mean AP at IoU .5 to .95; above 0 where the
        first is better.
    better, worse : tuple of str
        Names of the images in which the first is better, and worse, by over
        `MIN_AP_DIFFERENCE`; those with the largest differences first.
    """

    difference: Interval
    better: tuple[str, ...]
    worse: tuple[str, ...]

    def table(self) -> str:
        """Return lines for a terminal."""
        lines = [f"difference of the mean AP, paired by image: {self.difference}"]
        for what, names in (("better", self.better), ("worse", self.worse)):
            shown = ", ".join(names[:MAX_NAMES]) + (
                ", ..." if len(names) > MAX_NAMES else ""
            )
            lines.append(
                f"{what} by over {MIN_AP_DIFFERENCE} in {len(names)} images: {shown}"
            )
        return "\n".join(lines)


def resample_indices(images: int, seed: int = 0) -> NDArray[np.int64]:
    """Return the numbers of images drawn, shape (RESAMPLES, images)."""
    return np.random.default_rng(seed).integers(0, images, (RESAMPLES, images))


def percentile_interval(value: float, drawn: Floats) -> Interval:
    """Return a value with the percentiles of its resamples."""
    edges = np.quantile(drawn, [(1 - CONFIDENCE_LEVEL) / 2, (1 + CONFIDENCE_LEVEL) / 2])
    return Interval(value, *edges.tolist())


def image_scores(counts: Sequence[ImageCounts]) -> Floats:
    """Return the mean AP at IoU .5 to .95 of each image."""
    return np.array([image.scores().mean_ap() for image in counts])


def mean_interval(counts: Sequence[ImageCounts]) -> Interval:
    """Return the mean over images of the mean AP at IoU .5 to .95."""
    scores = image_scores(counts)
    return percentile_interval(
        float(scores.mean()), scores[resample_indices(len(scores))].mean(axis=1)
    )


def pooled_interval(counts: Sequence[ImageCounts]) -> Interval:
    """Return the mean AP at IoU .5 to .95 of all nuclei together."""
    table = np.array([[(x.tp, x.fp, x.fn) for x in i.objects] for i in counts])
    sums = table[resample_indices(len(table))].sum(axis=1)
    every = sums.sum(axis=-1)
    # Nothing found and nothing missed counts as 1, as in `ObjectCounts.scores`.
    ap = np.where(every > 0, sums[..., 0] / np.maximum(every, 1), 1.0)
    return percentile_interval(pooled(counts).mean_ap(), ap.mean(axis=-1))


def compare_paired(
    names: Sequence[str], one: Sequence[ImageCounts], other: Sequence[ImageCounts]
) -> PairedComparison:
    """Compare two models image by image.

    Parameters
    ----------
    names : sequence of str
        Of the images.
    one, other : sequence of ImageCounts
        What each model counted in them, in that order.

    Raises
    ------
    ValueError
        If they are not as many.
    """
    if not len(names) == len(one) == len(other):
        raise ValueError(
            "names, one and other must be as many; got "
            f"{len(names)}, {len(one)} and {len(other)}"
        )
    difference = image_scores(one) - image_scores(other)
    drawn = difference[resample_indices(len(names))].mean(axis=1)
    order = np.argsort(-np.abs(difference), kind="stable")
    return PairedComparison(
        percentile_interval(float(difference.mean()), drawn),
        tuple(names[i] for i in order if difference[i] > MIN_AP_DIFFERENCE),
        tuple(names[i] for i in order if difference[i] < -MIN_AP_DIFFERENCE),
    )
