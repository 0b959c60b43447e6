"""The state of a training run and the metrics of its epochs."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Epoch:
    """Metrics of an epoch.

    Attributes
    ----------
    number : int
        From 1.
    seconds : float
        Seconds since the training started, including interrupted runs.
    train, validation : dict of str to float
        Loss, accuracy, dice and iou: mean over the batches of the epoch, and values on
        the validation patches at its end.
    """

    number: int
    seconds: float
    train: dict[str, float]
    validation: dict[str, float]

    def as_row(self) -> dict[str, float]:
        """Return a row of the history; validation columns begin with `val_`."""
        row: dict[str, float] = {
            "epoch": self.number,
            "seconds": round(self.seconds, 1),
        }
        row |= {name: round(value, 5) for name, value in self.train.items()}
        row |= {f"val_{k}": round(v, 5) for k, v in self.validation.items()}
        return row


@dataclass(slots=True)
class TrainingState:
    """The state of a training run, except weights.

    Attributes
    ----------
    step : int
        Number of steps so far.
    seconds : float
        Seconds since the training started, including interrupted runs.
    best_epoch : int
        Epoch of the best weights; 0 for the initial weights.
    best_loss : float
        Validation loss of the best weights.
    base_loss : float, optional
        Validation loss of the base weights, which an epoch has to improve on.
    ended : str
        Why the training ended: finished, early, budget, callback or stopped; empty if
        it did not.
    finetuned_weight : float, optional
        Final weight of the fine-tuned against the base weights, 0 to 1, if it differs
        from the setting of that name.
    epochs : list of Epoch
    batch_metrics : list of dict
        Metrics of each batch so far of the current epoch.
    """

    step: int = 0
    seconds: float = 0.0
    best_epoch: int = 0
    best_loss: float = math.inf
    base_loss: float | None = None
    ended: str = ""
    finetuned_weight: float | None = None
    epochs: list[Epoch] = field(default_factory=list)
    batch_metrics: list[dict[str, float]] = field(default_factory=list)


def mean_metrics(batches: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the mean of each metric over batches.

    Examples
    --------
    >>> mean_metrics([{"loss": 1.0, "dice": 0.5}, {"loss": 0.5, "dice": 1.0}])
    {'loss': 0.75, 'dice': 0.75}
    """
    return {
        name: math.fsum(metrics[name] for metrics in batches) / len(batches)
        for name in batches[0]
    }
