"""Confidence intervals of scores, by resampling images with replacement.

Nuclei of one image are similar, so an image counts as one observation (Efron,
"Bootstrap methods", 1979, https://doi.org/10.1214/aos/1176344552).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from napari_nuclei.core.measure.counts import counted
from napari_nuclei.core.scores import ImageCounts, pooled

RESAMPLES = 2000
CONFIDENCE_LEVEL = 0.95

MIN_AP_DIFFERENCE = 0.02
"""Smallest difference of the mean AP for which an image is listed."""

MAX_NAMES = 5
"""Largest number of image names on one line."""

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Interval:
    """A score with its 95 % confidence interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.4f} ({self.low:.4f} to {self.high:.4f})"


@dataclass(frozen=True, slots=True)
class PairedComparison:
    """Difference between two models on the same images.

    Attributes
    ----------
    difference : Interval
        Mean over images of the difference of the mean AP at IoU 0.5 to 0.95; above 0 if
        the first model is better.
    better, worse : tuple of str
        Names of the images in which the first model is better, or worse, by more than
        `MIN_AP_DIFFERENCE`; largest difference first.
    """

    difference: Interval
    better: tuple[str, ...]
    worse: tuple[str, ...]

    def table(self) -> str:
        """Return the comparison as lines of text for a terminal."""
        lines = [f"difference of the mean AP, paired by image: {self.difference}"]
        for title, names in (("better", self.better), ("worse", self.worse)):
            more = ", ..." if len(names) > MAX_NAMES else ""
            lines.append(
                f"{title} by over {MIN_AP_DIFFERENCE} in "
                f"{counted(len(names), 'image')}: "
                f"{', '.join(names[:MAX_NAMES])}{more}"
            )
        return "\n".join(lines)


def bootstrap_interval(
    statistic: Callable[..., Any], observations: NDArray[Any]
) -> Interval:
    """Return a statistic with its 95 % percentile interval.

    Parameters
    ----------
    statistic : callable
        Takes an array of observations and the keyword `axis`, returns the statistic
        along that axis.
    observations : ndarray of shape (images,)

    Returns
    -------
    Interval
        Its ends equal the value if there is a single image.
    """
    value = float(statistic(observations, axis=-1))
    if len(observations) < 2:  # SciPy refuses to resample one observation
        return Interval(value, value, value)
    low, high = stats.bootstrap(
        (observations,),
        statistic,
        n_resamples=RESAMPLES,
        confidence_level=CONFIDENCE_LEVEL,
        method="percentile",
        vectorized=True,
        random_state=0,
    ).confidence_interval
    return Interval(value, float(low), float(high))


def image_scores(counts: Sequence[ImageCounts]) -> Floats:
    """Return the mean AP at IoU 0.5 to 0.95 of each image, shape (images,)."""
    return np.array([image.scores().mean_ap() for image in counts])


def mean_interval(counts: Sequence[ImageCounts]) -> Interval:
    """Return the mean over images of the mean AP at IoU 0.5 to 0.95."""
    return bootstrap_interval(np.mean, image_scores(counts))


def pooled_interval(counts: Sequence[ImageCounts]) -> Interval:
    """Return the mean AP at IoU 0.5 to 0.95, pooled over the nuclei of all images."""
    table = np.array([[(x.tp, x.fp, x.fn) for x in i.objects] for i in counts])

    def pooled_mean_ap(images: NDArray[np.intp], axis: int) -> Any:
        # SciPy may resample along any axis; sum counts over the images of a resample.
        sums = table[np.moveaxis(images, axis, -1)].sum(axis=-3)
        objects = sums.sum(axis=-1)
        # No nuclei and no prediction counts as 1, as in `ObjectCounts.scores`.
        ap = np.where(objects > 0, sums[..., 0] / np.maximum(objects, 1), 1.0)
        return ap.mean(axis=-1)

    interval = bootstrap_interval(pooled_mean_ap, np.arange(len(table)))
    return Interval(pooled(counts).mean_ap(), interval.low, interval.high)


def compare_paired(
    names: Sequence[str], first: Sequence[ImageCounts], second: Sequence[ImageCounts]
) -> PairedComparison:
    """Compare two models image by image.

    Parameters
    ----------
    names : sequence of str
        Names of the images.
    first, second : sequence of ImageCounts
        Counts of each model in these images.

    Raises
    ------
    ValueError
        If the lengths differ.
    """
    if not len(names) == len(first) == len(second):
        raise ValueError(
            "names, first and second must have the same length; got "
            f"{len(names)}, {len(first)} and {len(second)}"
        )
    difference = image_scores(first) - image_scores(second)
    order = np.argsort(-np.abs(difference), kind="stable")
    return PairedComparison(
        bootstrap_interval(np.mean, difference),
        tuple(names[i] for i in order if difference[i] > MIN_AP_DIFFERENCE),
        tuple(names[i] for i in order if difference[i] < -MIN_AP_DIFFERENCE),
    )
