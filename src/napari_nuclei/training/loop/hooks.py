"""Functions of the caller that a training run calls."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import keras

from napari_nuclei.core.tiling import Progress
from napari_nuclei.training.loop.state import Epoch
from napari_nuclei.training.loop.user_metrics import UserMetric

LOGGER = logging.getLogger("napari_nuclei")


@dataclass(frozen=True, slots=True)
class Hooks:
    """Callbacks of a training run.

    Attributes
    ----------
    progress : callable, optional
        Called with (done, total) after each step.
    epoch : callable, optional
        Called after each epoch with the `Epoch` and the network, with the weights that
        it would get if the training ended now.
    stop : callable, optional
        Called after each step; returns True to end the training.
    message : callable, optional
        Called with each line of text for the user: what the training starts with, what
        is unusual about its settings, and why it ended.
    callbacks : sequence of keras.callbacks.Callback
        Called at the start and the end of the training, of epochs and of batches. The
        model they see is the network with the weights that are validated.
    metrics : sequence of str, keras.metrics.Metric or callable
        Metrics of the foreground, logged for the batches and for the validation.
    started : float, optional
        When the budget began, from `time.monotonic`, in seconds. None counts from the
        call of `train`.
    """

    progress: Progress | None = None
    epoch: Callable[[Epoch, keras.Model], None] | None = None
    stop: Callable[[], bool] | None = None
    message: Callable[[str], None] | None = None
    callbacks: Sequence[keras.callbacks.Callback] = ()
    metrics: Sequence[UserMetric] = ()
    started: float | None = None

    def say(self, line: str) -> None:
        """Pass a line of text to the user, or to the log if there is no `message`."""
        if self.message:
            self.message(line)
        else:
            LOGGER.info(line)
