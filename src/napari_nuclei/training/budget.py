"""Divide the time budget of a training run between fitting and finishing."""

from __future__ import annotations

from dataclasses import dataclass, replace
from time import monotonic

from napari_nuclei.config import TrainConfig
from napari_nuclei.training.package_model import MIN_THRESHOLD_NUCLEI
from napari_nuclei.training.setup import TrainingSetup

FINISH_PER_BUILD = 4.0
"""Time to convert, save and draw a network, relative to the time to build or load it.
Both depend on the machine and on the network in the same way. Measured: 3.5."""

EVALUATIONS = 3
"""Passes over the held-out images after fitting."""

NOISE_SECONDS = 3.0
"""Longest time to measure the confidence in noise."""

RECALIBRATION_FRACTION = 0.1
"""Fraction of the budget for the recalibration of batch normalisation."""

THRESHOLD_FRACTION = 0.1
"""Fraction of the budget for the choice of thresholds."""


@dataclass(frozen=True, slots=True)
class TimeBudget:
    """The time of a training run.

    Attributes
    ----------
    started : float
        Start of the training from `time.monotonic`, in seconds.
    seconds : float, optional
        Time for the whole training; None for no limit.
    """

    started: float
    seconds: float | None

    @property
    def elapsed(self) -> float:
        """Seconds since the training started."""
        return monotonic() - self.started

    def config_for_fit(self, setup: TrainingSetup, build_seconds: float) -> TrainConfig:
        """Return the settings with the time that is left for fitting.

        Parameters
        ----------
        setup : TrainingSetup
        build_seconds : float
            Time that building or loading the network took.
        """
        if not self.seconds:
            return setup.config
        reserve = FINISH_PER_BUILD * build_seconds + NOISE_SECONDS
        reserve += EVALUATIONS * setup.evaluation_seconds
        reserve += self.recalibration_seconds(setup) or 0.0
        nuclei = 0 if setup.baseline is None else setup.baseline.nuclei
        if nuclei >= MIN_THRESHOLD_NUCLEI:
            reserve += THRESHOLD_FRACTION * self.seconds
        remaining = self.seconds - self.elapsed - reserve
        return replace(setup.config, budget=max(1.0, remaining))

    def recalibration_seconds(self, setup: TrainingSetup) -> float | None:
        """Return the time to recalibrate batch normalisation; None for no limit."""
        if not self.seconds or not setup.learns_batch_norm:
            return None
        return RECALIBRATION_FRACTION * self.seconds

    def threshold_seconds(self) -> float | None:
        """Return the time for the choice of thresholds; None for no limit."""
        return THRESHOLD_FRACTION * self.seconds if self.seconds else None
