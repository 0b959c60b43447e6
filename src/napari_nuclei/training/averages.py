"""Weights between those of two networks."""

from __future__ import annotations

from typing import Any

from numpy.typing import NDArray

Arrays = list[NDArray[Any]]
"""The weights of a network, as `get_weights` gives them."""


def mixed(one: Arrays, other: Arrays, share: float) -> Arrays:
    """Return weights between `one`, at a share of 0, and `other`, at 1."""
    if share == 1:
        return other
    return [(1 - share) * a + share * b for a, b in zip(one, other, strict=True)]


def averaged(average: Arrays, latest: Arrays, momentum: float, step: int) -> Arrays:
    """Return the moving average of weights; it forgets faster in the first steps."""
    return mixed(latest, average, min(momentum, step / (step + 10)) if momentum else 0)
