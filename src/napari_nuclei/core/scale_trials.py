"""The typical diameter of the nuclei in an image, from trials at several scales.

A network finds whole nuclei only near the diameter it was trained for. At other scales
it finds fragments or debris, and different ones at each scale. So the image is
segmented at several scales, and each trial is weighted by its quality: at about the
right scale, the inner distance rises to 1, the foreground probability is high, and
trials at neighbouring scales agree on the diameter. One trial at the image's own size
is enough if its quality is high.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from napari_nuclei.core.blocks import candidate_windows
from napari_nuclei.core.diameter import (
    PlaneDiameter,
    area_weighted_diameter,
    object_areas,
)

TRIAL_SIDE = 256
"""Side of the window that is segmented in a trial, in pixels after resizing."""

TRIAL_SCALES = (4.0, 2.0, 1.0, 0.5, 0.25, 0.125, 0.0625)
"""Scales that are tried."""

MODEL_DIAMETER_SIGMA = 0.8
"""Spread, in log units, of the diameters that a trial finds around the model's.
Diameters further away lower the quality of a trial."""

IMAGE_DIAMETER_SIGMA = 1.5
"""Spread, in log units, around the model's diameter, of diameters in images at their
own size. It is wide because images have all magnifications. It is limited because
objects much larger than the model's diameter are mostly glands or cell clusters."""

EXPECTED_DIAMETER_SIGMA = 0.8
"""Spread, in log units, around an expected diameter, for models whose trials alone do
not measure sizes well.

Measured with six models that were trained on one, three or five crops of grey tissue,
which their base model was not trained on: 25 of 36 diameters are right within a factor
of 1.4, and 16 without this setting."""

HALF_WEIGHT_COUNT = 2
"""Number of nuclei at which a trial has half the weight of one with very many nuclei.
A few nuclei are unreliable: in an image that is shrunk too far, a single gland may look
like a nucleus.

With this weight and the wide spread above, 17 of 20 diameters are measured correctly in
crops and resized copies of scikit-image's brown (DAB) sample, which the model was not
trained on at the time; without them, 9. For validation images resized by .25 to 4, it
is 228 of 229 in both cases."""

MIN_SINGLE_SCALE = 0.5
"""Smallest scale at which one confident nucleus is evidence; several nuclei of any
confidence also are, at scales below 1."""

AGREEMENT_SIGMA = 0.3
"""Spread, in log units, within which two trials agree on a diameter."""

SUFFICIENT_QUALITY, SUFFICIENT_RANGE = 0.65, (0.7, 1.55)
"""Lowest quality of a trial at scale 1 that makes other trials unnecessary, and the
range of its diameter, in multiples of the model's.

On the 57 validation images resized by .25 to 4, with either bundled model, the network
scale of every image is the same as after all trials (``pytest -m dsb2018
tests/benchmark/test_diameter.py``). With a quality of .5, it differs for one image."""

Floats = NDArray[np.float32]
Labels = NDArray[np.int32]
SegmentAtScale = Callable[[Floats, float], tuple[Labels, Floats, Floats]]
"""Takes a normalised plane and a scale; returns labels, foreground probability and
inner distance at that scale."""


@dataclass(frozen=True, slots=True)
class ScaleTrial:
    """Result of segmenting an image at one scale.

    Attributes
    ----------
    scale : float
    diameter : float
        Typical diameter of the nuclei, in pixels at that scale.
    quality : float
        0 to 1: product of the inner distance, the foreground probability and the
        likelihood of the diameter for the model.
    nuclei, confident : int
        Number of nuclei, and of the confident ones among them.
    """

    scale: float
    diameter: float
    quality: float
    nuclei: int
    confident: int

    @property
    def is_evidence(self) -> bool:
        """Whether the trial may change the scale of the image.

        The network also finds nuclei in enlarged noise, and in the illumination of an
        image that is shrunk to a few pixels.
        """
        if self.confident > 1 or self.scale == 1:
            return True
        several = self.nuclei > 1 and self.scale < 1
        return self.scale >= MIN_SINGLE_SCALE and (several or self.confident > 0)

    @property
    def image_diameter(self) -> float:
        """The diameter in pixels of the image."""
        return self.diameter / self.scale

    def weight(self, expected: float, sigma: float) -> float:
        """Return the weight of the trial among other trials.

        Parameters
        ----------
        expected : float
            Expected diameter, in pixels of the image.
        sigma : float
            Spread of diameters around it, in log units.
        """
        likelihood = gaussian_weight(np.log(self.image_diameter / expected) / sigma)
        return (
            self.quality * likelihood * self.nuclei / (self.nuclei + HALF_WEIGHT_COUNT)
        )


def gaussian_weight(sigmas: float) -> float:
    """Return the weight of a value at this distance, in sigmas: 1 at distance 0."""
    return float(np.exp(-0.5 * sigmas**2))


def select_window(plane: NDArray[Any], side: float) -> NDArray[Any]:
    """Return the one of nine windows that has the highest contrast.

    Parameters
    ----------
    plane : ndarray of shape (Y, X, ...)
    side : float
        Largest side of a window, in pixels.

    Returns
    -------
    ndarray
        A view of the plane.
    """
    windows = candidate_windows((plane.shape[0], plane.shape[1]), side)
    views = [plane[window.index] for window in windows]
    return max(views, key=lambda view: float(view[::4, ::4].std()))


def try_scale(
    plane: Floats,
    segment_at: SegmentAtScale,
    scale: float,
    model_diameter: float,
    noise_confidence: float = 0.0,
) -> ScaleTrial | None:
    """Segment a window of a plane at one scale; return None if it has no nucleus.

    Parameters
    ----------
    plane : ndarray of float32, shape (Y, X, 3)
        A normalised plane.
    segment_at : callable
        Segments a window at a scale.
    scale : float
    model_diameter : float
        Diameter that the model was trained for, in pixels.
    noise_confidence : float
        Lowest mean foreground probability of a confident nucleus.
    """
    window = select_window(plane, TRIAL_SIDE / scale)
    labels, foreground, distance = segment_at(window, scale)
    areas = object_areas(labels)
    if not len(areas):
        return None
    diameter = area_weighted_diameter(areas)
    flat = labels.ravel()
    peaks = np.zeros(int(flat.max()) + 1, np.float32)
    np.maximum.at(peaks, flat, distance.ravel())
    mean_peak = float(np.average(peaks[1:], weights=np.bincount(flat)[1:]))
    confidence = float(foreground[labels > 0].mean())
    sizes = np.maximum(np.bincount(flat), 1)
    means = np.bincount(flat, foreground.ravel()) / sizes
    confident = int((means[np.unique(flat[flat > 0])] >= noise_confidence).sum())
    likelihood = gaussian_weight(
        np.log(diameter / model_diameter) / MODEL_DIAMETER_SIGMA
    )
    quality = mean_peak * confidence * likelihood
    return ScaleTrial(scale, diameter, quality, len(areas), confident)


def is_sufficient(trial: ScaleTrial, model_diameter: float) -> bool:
    """Return whether a trial at scale 1 needs no other trial."""
    low, high = SUFFICIENT_RANGE
    return (
        trial.quality >= SUFFICIENT_QUALITY
        and low <= trial.diameter / model_diameter <= high
    )


def estimate_plane_diameter(
    plane: Floats,
    segment_at: SegmentAtScale,
    model_diameter: float,
    expected_diameter: float | None = None,
    noise_confidence: float | None = None,
) -> PlaneDiameter:
    """Measure the typical diameter of a plane's nuclei.

    Segments the plane at its own size, and at other scales unless the result is
    certain.

    Parameters
    ----------
    plane : ndarray of float32, shape (Y, X, 3)
        A normalised plane.
    segment_at : callable
        Segments a window at a scale; called from several threads.
    model_diameter : float
        Diameter that the model was trained for, in pixels.
    expected_diameter : float, optional
        Expected diameter in the image, in pixels, for models whose trials alone do
        not measure sizes well.
    noise_confidence : float, optional
        Upper limit, 0 to 1, of the confidence of nuclei in pure noise. If given,
        trials that are not evidence are ignored.

    Returns
    -------
    PlaneDiameter
    """
    side = min(plane.shape[:2])
    scales = [s for s in TRIAL_SCALES if side * s >= model_diameter] or [1.0]

    def try_at(scale: float) -> ScaleTrial | None:
        return try_scale(
            plane, segment_at, scale, model_diameter, noise_confidence or 0.0
        )

    first = try_at(1.0) if 1.0 in scales else None
    if first and expected_diameter is None and is_sufficient(first, model_diameter):
        return PlaneDiameter(first.diameter, first.confident > 0)
    others = [scale for scale in scales if scale != 1.0]
    # In parallel, since one window has too few tiles to use all cores.
    with ThreadPoolExecutor(len(TRIAL_SCALES), "scale trial") as pool:
        results = pool.map(try_at, others)
        trials = [trial for trial in (first, *results) if trial is not None]
    if noise_confidence:
        trials = [trial for trial in trials if trial.is_evidence]
    # Sums of floats depend on their order.
    trials.sort(key=lambda trial: TRIAL_SCALES.index(trial.scale))
    expected, sigma = model_diameter, IMAGE_DIAMETER_SIGMA
    if expected_diameter:
        expected, sigma = expected_diameter, EXPECTED_DIAMETER_SIGMA
    confident = any(trial.confident for trial in trials)
    return PlaneDiameter(combine_trials(trials, expected, sigma), confident)


def combine_trials(
    trials: Sequence[ScaleTrial], expected: float, sigma: float
) -> float:
    """Return the diameter on which the trials agree best.

    Parameters
    ----------
    trials : sequence of ScaleTrial
    expected, sigma : float
        As for `ScaleTrial.weight`.

    Returns
    -------
    float
        In pixels of the image; NaN if there is no trial.
    """
    if not trials:
        return float("nan")
    logs = np.log([trial.image_diameter for trial in trials])
    weights = np.array([trial.weight(expected, sigma) for trial in trials])
    differences = (logs[:, np.newaxis] - logs) / AGREEMENT_SIGMA
    votes = np.exp(-0.5 * differences**2) * weights
    best = votes[np.argmax(votes.sum(axis=1))]
    return float(np.exp(np.average(logs, weights=best)))
