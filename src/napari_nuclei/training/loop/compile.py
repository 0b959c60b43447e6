"""Compile a network for training, and evaluate it on patches."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import keras
import numpy as np
from numpy.typing import NDArray

from napari_nuclei.config import TrainConfig
from napari_nuclei.model.losses import accuracy, dice, iou, nuclei_loss
from napari_nuclei.training.loop.user_metrics import UserMetric, foreground_metrics

EVALUATION_BATCH = 16

Patches = tuple[NDArray[np.float32], NDArray[np.float32]]
"""Images and targets, as returned by `sample_batch`."""

Loss = Callable[[Any, Any], Any]


def build_loss(config: TrainConfig) -> Loss:
    """Return the loss function of a training run."""

    def batch_loss(y_true: Any, y_pred: Any) -> Any:
        # An array of one value: Keras cannot average scalars over devices.
        loss = nuclei_loss(y_true, y_pred, config.offset_weight, config.loss)
        return keras.ops.expand_dims(loss, 0)

    return batch_loss


def compile_model(
    model: keras.Model, config: TrainConfig, metrics: Sequence[UserMetric] = ()
) -> None:
    """Set the optimizer, the loss and the metrics of a network.

    Parameters
    ----------
    model : keras.Model
    config : TrainConfig
    metrics : sequence of str, keras.metrics.Metric or callable
        More metrics, of the foreground.
    """
    model.compile(
        keras.optimizers.AdamW(
            config.learning_rate, weight_decay=config.weight_decay, clipnorm=1.0
        ),
        loss=build_loss(config),
        metrics=[accuracy, dice, iou, *foreground_metrics(metrics)],
        jit_compile=False,  # XLA is several times slower here on a CPU
    )


def evaluate_patches(model: keras.Model, patches: Patches) -> dict[str, float]:
    """Return loss, accuracy, dice and iou on patches, in inference mode."""
    logs = model.evaluate(
        *patches, batch_size=EVALUATION_BATCH, verbose=0, return_dict=True
    )
    return {name: float(value) for name, value in logs.items()}
