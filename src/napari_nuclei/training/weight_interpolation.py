"""Weights between those of two networks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from numpy.typing import NDArray

Weights = list[NDArray[Any]]
"""The weights of a network, as `get_weights` gives them."""


BASE_EQUIVALENT_IMAGES = 2
"""What a base knows counts as much as what so many images teach."""

RELIABLE_BASE_F1 = 0.5
"""It counts less where the base's F1 is below this."""

MIN_LOSS_REDUCTION = 0.2
"""What is learnt is clearly better if it lowers the loss of what is held out by this
share of the base's."""

INTERPOLATION_FACTORS = (0.25, 0.5, 0.75, 1.0)
"""Shares of what was learnt that are tried where more may be taken of it."""

MIN_GAIN_FRACTION = 0.9
"""Of shares the smallest is taken that gains so much of what the best one does."""


def interpolation_factor(images: int, found: float) -> float:
    """Return what share of the weights learnt from images is taken beside a base's.

    One image teaches what it looks like itself, and spoils others of its kind; several
    tell what each two of them have in common, so that their number counts squared. A
    base that finds nothing has nothing to be kept.

    Parameters
    ----------
    images : int
        That were learnt from.
    found : float
        F1 of the base on what is annotated of them, 0 to 1.

    Examples
    --------
    >>> [interpolation_factor(images, 0.8) for images in (1, 2, 4)]
    [0.2, 0.5, 0.8]
    >>> interpolation_factor(2, 0.25), interpolation_factor(2, 0.0)
    (0.6666666666666666, 1.0)
    """
    kept = BASE_EQUIVALENT_IMAGES**2 * min(1.0, found / RELIABLE_BASE_F1)
    return images**2 / (images**2 + kept)


def select_factor(
    losses: Mapping[float, float], before: float, clearly: float
) -> float:
    """Return the smallest share of what was learnt that gains nearly all there is.

    Parameters
    ----------
    losses : mapping of float to float
        The loss of what is held out at each share that may be taken.
    before : float
        That of the base.
    clearly : float
        Share of `before` that must be gained; or else the smallest share is returned.

    Examples
    --------
    >>> losses = {0.2: 1.7, 0.5: 1.3, 0.75: 1.01, 1.0: 1.0}
    >>> select_factor(losses, 2.0, 0.2), select_factor(losses, 2.0, 0.6)
    (0.75, 0.2)
    """
    gains = {factor: before - losses[factor] for factor in sorted(losses)}
    best = max(gains.values())
    if not (best > 0 and best >= clearly * before):  # NaN where training went astray
        return min(losses)
    return next(x for x, gain in gains.items() if gain >= MIN_GAIN_FRACTION * best)


def interpolate_weights(one: Weights, other: Weights, factor: float) -> Weights:
    """Return weights between `one`, at a share of 0, and `other`, at 1."""
    if factor == 1:
        return other
    return [(1 - factor) * a + factor * b for a, b in zip(one, other, strict=True)]


def update_moving_average(
    average: Weights, latest: Weights, momentum: float, step: int
) -> Weights:
    """Return the moving average of weights; it forgets faster in the first steps."""
    return interpolate_weights(
        latest, average, min(momentum, step / (step + 10)) if momentum else 0
    )
