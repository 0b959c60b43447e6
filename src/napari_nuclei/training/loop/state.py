"""Where a training stands, and what its epochs came to."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Epoch:
    """What one epoch came to.

    Attributes
    ----------
    number : int
        From 1.
    seconds : float
        Since training began, earlier runs included.
    train, validation : dict
        Loss, accuracy, dice and iou: the mean over the epoch's batches as they were
        learnt, and those of the validation patches at its end.
    """

    number: int
    seconds: float
    train: dict[str, float]
    validation: dict[str, float]

    def as_row(self) -> dict[str, float]:
        """Return one flat row of a table."""
        row: dict[str, float] = {
            "epoch": self.number,
            "seconds": round(self.seconds, 1),
        }
        row |= {name: round(value, 5) for name, value in self.train.items()}
        row |= {f"val_{k}": round(v, 5) for k, v in self.validation.items()}
        return row


@dataclass(slots=True)
class TrainingState:
    """Where training stands; all that a later run needs beside the weights.

    `base_loss` is that of the weights it began with, where an epoch has to beat it;
    `figures` are those of each batch so far of the epoch that is not whole; `share` is
    what was taken in the end of the weights learnt, if not `finetuned_weight`.
    """

    step: int = 0
    seconds: float = 0.0
    best_epoch: int = 0
    best_loss: float = math.inf
    base_loss: float | None = None
    ended: str = ""
    share: float | None = None
    epochs: list[Epoch] = field(default_factory=list)
    figures: list[dict[str, float]] = field(default_factory=list)


def mean_metrics(figures: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the mean of each figure over batches.

    Examples
    --------
    >>> mean_metrics([{"loss": 1.0, "dice": 0.5}, {"loss": 0.5, "dice": 1.0}])
    {'loss': 0.75, 'dice': 0.75}
    """
    return {
        name: math.fsum(one[name] for one in figures) / len(figures)
        for name in figures[0]
    }
