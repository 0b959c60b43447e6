"""Estimate the time that a training run needs to finish, to keep its budget."""

from __future__ import annotations

FIRST_FRACTION = 1 / 3
"""Time of a validation relative to the first one, which compiles the network. Measured
with the real network on 10 images: 1/9."""


class RemainingTime:
    """Estimate the time of one more step and of what follows.

    Parameters
    ----------
    trials : int
        Number of validations after the last epoch.

    Examples
    --------
    >>> remaining = RemainingTime(trials=1)
    >>> remaining.add_step(20.0)  # the first step compiles the network
    >>> remaining.add_validation(6.0)  # and so does the first validation
    >>> remaining.seconds
    4.0
    >>> remaining.add_step(1.0)
    >>> remaining.add_validation(1.5)
    >>> remaining.seconds
    4.0
    """

    def __init__(self, trials: int = 0) -> None:
        self._trials = trials
        self._steps = 0
        self._step = 0.0
        self._validations: list[float] = []
        self._epoch_end: float | None = None

    def add_step(self, seconds: float) -> None:
        """Add the time of a step. The first one compiles the network and is ignored."""
        self._steps += 1
        if self._steps > 1:
            self._step = seconds

    def add_validation(self, seconds: float) -> None:
        """Add the time of a validation. The first one compiles the network too."""
        self._validations.append(seconds)

    def add_epoch_end(self, seconds: float) -> None:
        """Add the time of a validation with logs and figures."""
        self._epoch_end = seconds

    @property
    def seconds(self) -> float:
        """Time of one more step, of the end of the epoch and of the trials."""
        validation = 0.0
        if self._validations:
            first, *later = self._validations
            validation = min(later, default=FIRST_FRACTION * first)
        epoch_end = validation if self._epoch_end is None else self._epoch_end
        return self._step + epoch_end + self._trials * validation
