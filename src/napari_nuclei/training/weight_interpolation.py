"""Interpolate between the weights of a base model and fine-tuned weights.

Wortsman et al., "Robust fine-tuning of zero-shot models" (WiSE-FT), 2022,
https://arxiv.org/abs/2109.01903
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from numpy.typing import NDArray

Weights = list[NDArray[Any]]
"""The weights of a network, as returned by `get_weights`."""


BASE_EQUIVALENT_IMAGES = 2
"""The base weights count as much as this many training images."""

RELIABLE_BASE_F1 = 0.5
"""The base weights count less if the F1 of the base model is below this."""

MIN_LOSS_REDUCTION = 0.2
"""Fine-tuning is clearly better if it lowers the validation loss by this fraction."""

INTERPOLATION_FACTORS = (0.25, 0.5, 0.75, 1.0)
"""Factors to try if a larger one may be better."""

MIN_GAIN_FRACTION = 0.9
"""The smallest factor with this fraction of the largest gain is chosen, unless the
model is meant for the annotated images alone."""


def interpolation_factor(images: int, base_f1: float) -> float:
    """Return the weight of the fine-tuned against the base weights, 0 to 1.

    The factor grows with the number of images and with the errors of the base model. A
    single image mostly shows its own appearance. What images have in common is learnt
    from pairs of images, so the number of images is squared.

    Parameters
    ----------
    images : int
        Number of training images with nuclei.
    base_f1 : float
        F1 of the base model on their annotated nuclei, 0 to 1.

    Examples
    --------
    >>> [interpolation_factor(images, 0.8) for images in (1, 2, 4)]
    [0.2, 0.5, 0.8]
    >>> interpolation_factor(2, 0.25), interpolation_factor(2, 0.0)
    (0.6666666666666666, 1.0)
    """
    base_weight = BASE_EQUIVALENT_IMAGES**2 * min(1.0, base_f1 / RELIABLE_BASE_F1)
    return images**2 / (images**2 + base_weight)


def select_factor(
    losses: Mapping[float, float], base_loss: float, min_reduction: float
) -> float:
    """Return the smallest factor whose validation loss is low enough.

    Parameters
    ----------
    losses : mapping of float to float
        Validation loss at each interpolation factor.
    base_loss : float
        Validation loss of the base weights.
    min_reduction : float
        Fraction of `base_loss` by which the best factor must lower the loss. Otherwise
        the smallest factor is returned. With 0 the model is meant for the annotated
        images alone, and the factor with the lowest loss is returned.

    Examples
    --------
    >>> losses = {0.2: 1.7, 0.5: 1.3, 0.75: 1.01, 1.0: 1.0}
    >>> [select_factor(losses, 2.0, reduction) for reduction in (0.2, 0.6, 0)]
    [0.75, 0.2, 1.0]
    """
    gains = {factor: base_loss - losses[factor] for factor in sorted(losses)}
    best = max(gains.values())
    # The comparisons are False for NaN, the loss of a training run that diverged.
    if not (best > 0 and best >= min_reduction * base_loss):
        return min(losses)
    needed = MIN_GAIN_FRACTION * best if min_reduction else best
    return next(x for x, gain in gains.items() if gain >= needed)


def find_larger_factor(
    loss_at: Callable[[float], float],
    current: Mapping[float, float],
    base_loss: float | None,
    min_reduction: float,
) -> float | None:
    """Return a larger interpolation factor if its loss is clearly lower.

    Parameters
    ----------
    loss_at : callable
        Returns the validation loss at a factor.
    current : mapping of float to float
        The present factor and its validation loss.
    base_loss : float, optional
        Validation loss of the base weights; without it, no factor is tried.
    min_reduction : float
        See `select_factor`.
    """
    (factor,) = current
    larger = [other for other in INTERPOLATION_FACTORS if other > factor]
    if base_loss is None or len(larger) < 2:  # no base, or the factor is near 1
        return None
    losses = dict(current) | {other: loss_at(other) for other in larger}
    best = select_factor(losses, base_loss, min_reduction)
    return best if best > factor else None


def interpolate_weights(first: Weights, second: Weights, factor: float) -> Weights:
    """Interpolate between `first` (factor 0) and `second` (factor 1)."""
    if factor == 1:
        return second
    return [(1 - factor) * a + factor * b for a, b in zip(first, second, strict=True)]


def update_moving_average(
    average: Weights, latest: Weights, momentum: float, step: int
) -> Weights:
    """Return the exponential moving average of weights after one more step.

    The momentum is lower in the first steps, so that initial weights soon lose their
    influence.

    Parameters
    ----------
    average, latest : list of ndarray
    momentum : float
        0 returns the latest weights.
    step : int
        Number of steps so far.
    """
    momentum = min(momentum, step / (step + 10)) if momentum else 0
    return interpolate_weights(latest, average, momentum)
